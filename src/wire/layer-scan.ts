/**
 * Finds the layers of any frame, sound or not: where each stands, how far it reaches, and what is wrong with it.
 *
 * The scan is lax where the codecs' checks are strict: it goes on as far as the bytes make sense, notes what does
 * not, and reads nothing behind the end. `dissect` makes objects of what it finds, `FrameColumns` a line of text.
 */

import { LENGTH as ARP_LENGTH } from "./arp.ts";
import { EtherType, HEADER_LENGTH as ETHERNET_LENGTH, MAXIMUM_PAYLOAD_LENGTH } from "./ethernet.ts";
import { HEADER_LENGTH as ICMP_LENGTH } from "./icmpv4.ts";
import { IcmpType, isError } from "./icmpv4-types.ts";
import * as ipv4 from "./ipv4-header.ts";
import { hasSourceRoute } from "./ipv4-options.ts";
import { Fault, LayerFlag, LayerKind } from "./layer-kinds.ts";
import { LayerTable } from "./layer-table.ts";
import { LINK_HEADERS, type LinkHeader, LinkType } from "./link-headers.ts";
import * as llc from "./llc.ts";
import { HEADER_LENGTH as SCTP_LENGTH } from "./sctp.ts";
import { HEADER_LENGTH as TCP_LENGTH, headerLength as tcpHeaderLength } from "./tcp.ts";
import { datagramLength, destinationPort, HEADER_LENGTH as UDP_LENGTH } from "./udp.ts";
import { isCapturedTag, TAG_LENGTH } from "./vlan.ts";
import { hasVni, HEADER_LENGTH as VXLAN_LENGTH, LINUX_PORT, PORT } from "./vxlan.ts";

/** What a scan takes besides the bytes. */
export interface ScanOptions {
  /** UDP destination ports that carry VXLAN; 4789 and 8472 when left out. */
  readonly vxlanPorts?: readonly number[];
}


/** What Linux's headers say in place of an EtherType when LLC follows. */
const LINUX_LLC = 4;

/** Where an ICMP error has the length of what it quotes, in 32-bit words (RFC 4884 section 4). */
const QUOTED_LENGTH = 5;

/** What ICMP types have behind the eight bytes of all, in bytes: three timestamps, a mask. */
const FURTHER_LENGTHS: Readonly<Record<number, number>> = {
  [IcmpType.TIMESTAMP]: 12,
  [IcmpType.TIMESTAMP_REPLY]: 12,
  [IcmpType.ADDRESS_MASK_REQUEST]: 4,
  [IcmpType.ADDRESS_MASK_REPLY]: 4,
};

const { QUOTED, FRAGMENT, SOURCE_ROUTED, CUT } = LayerFlag;

export class LayerScan extends LayerTable {
  readonly #vxlanPorts: readonly number[];

  constructor(options: ScanOptions = {}) {
    super();
    this.#vxlanPorts = options.vxlanPorts ?? [PORT, LINUX_PORT];
  }

  /**
   * Scans the frame in `offset..end`.
   *
   * @param originalLength length of the frame on the wire, in bytes, where the capture may have less of it
   * @param linkType what the first byte belongs to, as captures number it: 1 for Ethernet
   */
  scan(view: DataView, offset: number, end: number, originalLength: number, linkType: number): void {
    this.view = view;
    this.count = 0;
    this.faultCount = 0;
    const there = Math.max(offset, Math.min(end, view.byteLength));
    const statedEnd = Math.max(there, offset + originalLength);
    const header = LINK_HEADERS[linkType];
    if (linkType === LinkType.ETHERNET) this.#ethernet(offset, there, statedEnd, 0);
    else if (header !== undefined) this.pad(this.#link(header, offset, there, statedEnd), there);
    else this.add(LayerKind.OTHER_LINK_TYPE, offset, there - offset, there, statedEnd, 0, linkType);
    if (statedEnd > there) this.fault(Fault.CAPTURE_CUT, 0, offset, originalLength, there - offset);
  }

  // Each method below adds the layers of one protocol in `offset..end` and returns the position behind what they
  // cover; whoever carries them pads the rest.

  /** A header of another kind than Ethernet's, or none. */
  #link(header: LinkHeader, offset: number, end: number, statedEnd: number): number {
    const { kind, length, etherType } = header;
    if (length > 0 && this.header(kind, offset, length, end, statedEnd, 0, 0) < 0) return end;
    const payload = offset + length;
    const type = etherType(this.view, offset, end);
    if (type === LINUX_LLC) return this.#lengthFrame(payload, end, statedEnd, 0);
    if (type <= MAXIMUM_PAYLOAD_LENGTH) return this.payload(payload, end, statedEnd, 0);
    return this.#tagged(type, payload, end, statedEnd, 0);
  }

  #ethernet(offset: number, end: number, statedEnd: number, flags: number): number {
    if (this.header(LayerKind.ETHERNET, offset, ETHERNET_LENGTH, end, statedEnd, flags, 0) < 0) return end;
    const payload = offset + ETHERNET_LENGTH;
    const type = this.view.getUint16(payload - 2);
    const isInterSwitchLink = type <= MAXIMUM_PAYLOAD_LENGTH && this.#isInterSwitchLink(offset);
    if (!isInterSwitchLink) return this.pad(this.#tagged(type, payload, end, statedEnd, flags), end);
    this.#noteLength(type, payload, statedEnd);
    const payloadEnd = Math.min(end, payload + type);
    return this.pad(this.#other(LayerKind.INTER_SWITCH_LINK, 0, payload, payloadEnd, payload + type, flags), end);
  }

  /** What a type field announces: tags, each with another type field at its end, and what stands behind them. */
  #tagged(first: number, offset: number, end: number, statedEnd: number, flags: number): number {
    let type = first;
    let payload = offset;
    while (isCapturedTag(type)) {
      if (this.header(LayerKind.VLAN, payload, TAG_LENGTH, end, statedEnd, flags, type) < 0) return end;
      payload += TAG_LENGTH;
      type = this.view.getUint16(payload - 2);
    }
    if (type > MAXIMUM_PAYLOAD_LENGTH) return this.#etherType(type, payload, end, statedEnd, flags);
    this.#noteLength(type, payload, statedEnd);
    return this.#lengthFrame(payload, Math.min(end, payload + type), payload + type, flags);
  }

  /** Notes an 802.3 length that is more than what is left. */
  #noteLength(length: number, payload: number, statedEnd: number): void {
    if (payload + length <= statedEnd) return;
    this.fault(Fault.LENGTH_BEYOND, this.count - 1, payload - 2, length, statedEnd - payload);
  }

  /** Whether the destination address is one of the two that Cisco gave ISL, the last of whose bytes is a field. */
  #isInterSwitchLink(offset: number): boolean {
    const upper = this.view.getUint32(offset);
    return (upper === 0x01000c00 || upper === 0x0c000c00) && this.view.getUint8(offset + 4) === 0;
  }

  #etherType(type: number, offset: number, end: number, statedEnd: number, flags: number): number {
    if (type === EtherType.IPV4) return this.#ipv4(offset, end, statedEnd, flags);
    if (type === EtherType.ARP || type === EtherType.RARP) return this.#arp(offset, end, statedEnd, flags);
    return this.#other(LayerKind.OTHER_ETHER_TYPE, type, offset, end, statedEnd, flags);
  }

  /** What an 802.3 frame carries that has a length in place of a type. */
  #lengthFrame(offset: number, end: number, statedEnd: number, flags: number): number {
    if (offset === statedEnd) return offset;
    // Novell put IPX there without LLC; its first field, a checksum that was not used, is all ones.
    const isNovell = offset + 2 <= end && this.view.getUint16(offset) === 0xffff;
    if (isNovell) return this.#serviceAccessPoint(llc.ServiceAccessPoint.IPX, offset, end, statedEnd, flags);
    const length = offset + llc.HEADER_LENGTH > end ? llc.HEADER_LENGTH : llc.headerLength(this.view, offset);
    if (this.header(LayerKind.LLC, offset, length, end, statedEnd, flags, 0) < 0) return end;
    const payload = offset + length;
    if (!llc.isSnap(this.view, offset)) {
      return this.#serviceAccessPoint(llc.destination(this.view, offset), payload, end, statedEnd, flags);
    }
    const organisation = llc.organisation(this.view, offset);
    const protocol = llc.protocol(this.view, offset);
    if (organisation === 0) return this.#etherType(protocol, payload, end, statedEnd, flags);
    return this.#other(LayerKind.OTHER_SNAP, organisation * 0x10000 + protocol, payload, end, statedEnd, flags);
  }

  #serviceAccessPoint(point: number, offset: number, end: number, statedEnd: number, flags: number): number {
    return this.#other(LayerKind.OTHER_SERVICE_ACCESS_POINT, point, offset, end, statedEnd, flags);
  }

  /** A layer that is named and not taken apart. */
  #other(kind: number, number: number, offset: number, end: number, statedEnd: number, flags: number): number {
    if (offset < end) this.add(kind, offset, end - offset, end, statedEnd, flags, number);
    return end;
  }

  #arp(offset: number, end: number, statedEnd: number, flags: number): number {
    // Each address twice, the lengths of which stand in the fifth and sixth byte.
    const areLengthsThere = offset + 6 <= end;
    const length = areLengthsThere
      ? 8 + 2 * (this.view.getUint8(offset + 4) + this.view.getUint8(offset + 5))
      : ARP_LENGTH;
    return this.header(LayerKind.ARP, offset, length, end, statedEnd, flags, 0) < 0 ? end : offset + length;
  }

  #ipv4(offset: number, end: number, statedEnd: number, flags: number): number {
    const { view } = this;
    if (offset < end && ipv4.version(view, offset) !== 4) return this.#otherVersion(offset, end, statedEnd, flags);
    const layer = this.header(LayerKind.IPV4, offset, ipv4.HEADER_LENGTH, end, statedEnd, flags, 0);
    if (layer < 0) return end;
    const length = ipv4.headerLength(view, offset);
    if (length < ipv4.HEADER_LENGTH) {
      this.fault(Fault.HEADER_LENGTH, layer, offset, ipv4.HEADER_LENGTH, length);
      return this.payload(offset + ipv4.HEADER_LENGTH, end, statedEnd, flags);
    }
    if (!this.extend(layer, length)) return end;
    if (length > ipv4.HEADER_LENGTH && hasSourceRoute(view, offset)) this.flags[layer]! |= SOURCE_ROUTED;
    return this.#ipv4Payload(layer, offset, length);
  }

  /** What announces itself as IPv4 and is not. */
  #otherVersion(offset: number, end: number, statedEnd: number, flags: number): number {
    const version = ipv4.version(this.view, offset);
    if (version === 6) this.#other(LayerKind.OTHER_ETHER_TYPE, EtherType.IPV6, offset, end, statedEnd, flags);
    else this.add(LayerKind.IPV4, offset, 1, end, statedEnd, flags | CUT, 0);
    this.fault(Fault.VERSION, this.count - 1, offset, 4, version);
    return version === 6 ? end : this.payload(offset + 1, end, statedEnd, flags);
  }

  /** What stands behind the `length` bytes of the IPv4 header at `layer`. */
  #ipv4Payload(layer: number, offset: number, length: number): number {
    const { view } = this;
    const total = ipv4.totalLength(view, offset);
    const limit = this.statedEnds[layer]!;
    if (total === 0) this.fault(Fault.NO_TOTAL_LENGTH, layer, offset + 2, limit - offset, 0);
    else if (total < length) {
      this.fault(Fault.LENGTH, layer, offset + 2, length, total);
      return this.payload(offset + length, this.ends[layer]!, limit, this.flags[layer]!);
    } else {
      const isBeyond = offset + total > limit && (this.flags[layer]! & QUOTED) === 0;
      if (isBeyond) this.fault(Fault.LENGTH_BEYOND, layer, offset + 2, total, limit - offset);
      this.statedEnds[layer] = offset + total;
      this.ends[layer] = Math.min(this.ends[layer]!, offset + total);
    }
    if (ipv4.isFragment(view, offset)) this.flags[layer]! |= FRAGMENT;
    const end = this.ends[layer]!;
    const covered =
      ipv4.fragmentOffset(view, offset) > 0
        ? this.payload(offset + length, end, this.statedEnds[layer]!, this.flags[layer]!)
        : this.#protocol(ipv4.protocol(view, offset), layer, offset + length);
    return this.pad(covered, end);
  }

  /** What the IPv4 header at `layer` carries, from `offset` on. */
  #protocol(protocol: number, layer: number, offset: number): number {
    const end = this.ends[layer]!;
    const statedEnd = this.statedEnds[layer]!;
    const flags = this.flags[layer]!;
    switch (protocol) {
      case ipv4.Protocol.TCP:
        return this.#tcp(layer, offset, end, statedEnd, flags);
      case ipv4.Protocol.UDP:
        return this.#udp(layer, offset, end, statedEnd, flags);
      case ipv4.Protocol.ICMP:
        return this.#icmp(layer, offset, end, statedEnd, flags);
      case ipv4.Protocol.IPIP:
        return this.#ipv4(offset, end, statedEnd, flags & QUOTED);
      case ipv4.Protocol.SCTP:
        return this.#sctp(layer, offset, end, statedEnd, flags);
      default:
        return this.#other(LayerKind.OTHER_PROTOCOL, protocol, offset, end, statedEnd, flags);
    }
  }

  #tcp(network: number, offset: number, end: number, statedEnd: number, flags: number): number {
    const layer = this.header(LayerKind.TCP, offset, TCP_LENGTH, end, statedEnd, flags, network);
    if (layer < 0) return end;
    const length = tcpHeaderLength(this.view, offset);
    if (length < TCP_LENGTH) {
      this.fault(Fault.HEADER_LENGTH, layer, offset + 12, TCP_LENGTH, length);
      return this.payload(offset + TCP_LENGTH, end, statedEnd, flags);
    }
    if (!this.extend(layer, length)) return end;
    return this.payload(offset + length, end, statedEnd, flags);
  }

  /** Header and chunks are one layer; of a header that is not whole, nothing is told but its name. */
  #sctp(network: number, offset: number, end: number, statedEnd: number, flags: number): number {
    if (offset + SCTP_LENGTH > end)
      return this.#other(LayerKind.OTHER_PROTOCOL, ipv4.Protocol.SCTP, offset, end, statedEnd, flags);
    this.header(LayerKind.SCTP, offset, end - offset, end, statedEnd, flags, network);
    return end;
  }

  #udp(network: number, offset: number, end: number, statedEnd: number, flags: number): number {
    const layer = this.header(LayerKind.UDP, offset, UDP_LENGTH, end, statedEnd, flags, network);
    if (layer < 0) return end;
    const length = datagramLength(this.view, offset);
    const payload = offset + UDP_LENGTH;
    if (length < UDP_LENGTH) {
      this.fault(Fault.LENGTH, layer, offset + 4, UDP_LENGTH, length);
      return this.payload(payload, end, statedEnd, flags);
    }
    // A first fragment has less than the datagram's length, and rightly so; and so has a quotation.
    const isBeyond = offset + length > statedEnd && (flags & (FRAGMENT | QUOTED)) === 0;
    if (isBeyond) this.fault(Fault.LENGTH_BEYOND, layer, offset + 4, length, statedEnd - offset);
    this.statedEnds[layer] = offset + length;
    const datagramEnd = Math.min(end, offset + length);
    this.ends[layer] = datagramEnd;
    const isVxlan = this.#vxlanPorts.includes(destinationPort(this.view, offset)) && length > UDP_LENGTH;
    if (!isVxlan) return this.payload(payload, datagramEnd, offset + length, flags);
    return this.#vxlan(payload, datagramEnd, Math.min(statedEnd, offset + length), flags);
  }

  #vxlan(offset: number, end: number, statedEnd: number, flags: number): number {
    const layer = this.header(LayerKind.VXLAN, offset, VXLAN_LENGTH, end, statedEnd, flags, 0);
    if (layer < 0) return end;
    if (!hasVni(this.view, offset)) this.fault(Fault.NO_VNI, layer, offset, 0, 0);
    return this.#ethernet(offset + VXLAN_LENGTH, end, statedEnd, flags & QUOTED);
  }

  #icmp(network: number, offset: number, end: number, statedEnd: number, flags: number): number {
    const type = offset < end ? this.view.getUint8(offset) : 0;
    const length = ICMP_LENGTH + (FURTHER_LENGTHS[type] ?? 0);
    const layer = this.header(LayerKind.ICMPV4, offset, length, end, statedEnd, flags, network);
    if (layer < 0) return end;
    const quoted = offset + length;
    if (!isError(type)) return this.payload(quoted, end, statedEnd, flags);
    const stated = this.#quotedLength(type, offset);
    // Of a quotation nobody says how much of it there is to be.
    const isBeyond = quoted + stated > statedEnd && (flags & (FRAGMENT | QUOTED)) === 0;
    if (isBeyond) this.fault(Fault.LENGTH_BEYOND, layer, offset + QUOTED_LENGTH, stated, statedEnd - quoted);
    const quotedEnd = stated === 0 ? end : Math.min(end, quoted + stated);
    this.pad(this.#ipv4(quoted, quotedEnd, quotedEnd, QUOTED), quotedEnd);
    return this.payload(quotedEnd, end, statedEnd, flags);
  }

  /** Length of the quotation in an error where extensions may follow it, in bytes; 0 for all there is (RFC 4884). */
  #quotedLength(type: number, offset: number): number {
    const hasLength =
      type === IcmpType.DESTINATION_UNREACHABLE ||
      type === IcmpType.TIME_EXCEEDED ||
      type === IcmpType.PARAMETER_PROBLEM;
    return hasLength ? 4 * this.view.getUint8(offset + QUOTED_LENGTH) : 0;
  }
}
