/**
 * Other addresses for a captured packet: of Ethernet, ARP and IPv4, in tunnels (VXLAN, IP in IP), in what ICMP errors
 * quote and in IPv4's options. Checksums follow: right ones stay right, wrong ones wrong.
 */

import * as arp from "./arp.ts";
import { ChecksumChange, wordSum } from "./checksum-change.ts";
import * as ethernet from "./ethernet.ts";
import * as icmpv4 from "./icmpv4.ts";
import { IcmpType } from "./icmpv4-types.ts";
import { type Ipv4Extent, ipv4Extent } from "./ipv4-extent.ts";
import * as ipv4 from "./ipv4.ts";
import { LinkType } from "./link-headers.ts";
import { readMac, writeMac } from "./mac-address.ts";
import { ethernetPayload, findNetworkLayer, type NetworkLayer } from "./network-layer.ts";
import * as udp from "./udp.ts";
import * as vxlan from "./vxlan.ts";

/** What to put in the place of an address. */
export interface AddressMap {
  /** IPv4 addresses, unsigned. */
  ipv4(address: number): number;
  /** MAC addresses, numbers below 2^48. */
  mac(mac: number): number;
}

/** Where Linux's "cooked" headers, by their link types, have the length of an address and the address. */
const COOKED: Readonly<Record<number, readonly [length: number, address: number]>> = {
  [LinkType.LINUX_SLL]: [5, 6],
  [LinkType.LINUX_SLL2]: [11, 12],
};

const MAC_LENGTH = 6;

const VXLAN_PORTS: readonly number[] = [vxlan.PORT, vxlan.LINUX_PORT];
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;
const ICMP_CHECKSUM = 2;
const ICMP_GATEWAY = 4;
const HEADER_CHECKSUM = 10;

/** Packets within packets that are looked at: what is deeper was made to be deep. */
const DEPTH_LIMIT = 8;

/** Maps the addresses of one packet after another. */
export class AddressMapper {
  readonly #map: AddressMap;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(map: AddressMap) {
    this.#map = map;
  }

  /** Maps the addresses of a packet, or of what is there of it. Returns whether it carries IPv4 or ARP. */
  mapPacket(view: DataView, offset: number, end: number, linkType: number): boolean {
    this.#view = view;
    if (linkType === LinkType.ETHERNET) return this.#ethernet(offset, end, null, 0);
    const cooked = COOKED[linkType];
    if (cooked !== undefined && offset + cooked[1] + MAC_LENGTH <= end) {
      if (view.getUint8(offset + cooked[0]) === MAC_LENGTH) this.#mac(offset + cooked[1], null);
    }
    return this.#network(findNetworkLayer(view, offset, end, linkType), end, null, 0);
  }

  #ethernet(offset: number, end: number, around: ChecksumChange | null, depth: number): boolean {
    if (offset + ethernet.HEADER_LENGTH > end) return false;
    this.#mac(offset, around);
    this.#mac(offset + MAC_LENGTH, around);
    return this.#network(ethernetPayload(this.#view, offset, end), end, around, depth);
  }

  #network(layer: NetworkLayer | undefined, end: number, around: ChecksumChange | null, depth: number): boolean {
    if (layer?.etherType === ethernet.EtherType.ARP) return this.#arp(layer.offset, end, around);
    if (layer?.etherType !== ethernet.EtherType.IPV4) return false;
    this.#ipv4(layer.offset, end, around, depth);
    return true;
  }

  #arp(offset: number, end: number, around: ChecksumChange | null): boolean {
    if (arp.check(this.#view, offset, end) !== 0) return false;
    for (const address of [8, 18]) this.#mac(offset + address, around);
    for (const address of [14, 24]) this.#address(offset + address, around);
    return true;
  }

  #ipv4(offset: number, end: number, around: ChecksumChange | null, depth: number): void {
    const extent = ipv4Extent(this.#view, offset, end);
    if (extent === undefined || depth === DEPTH_LIMIT) return;
    const header = new ChecksumChange(around, offset + HEADER_CHECKSUM, offset);
    for (const option of ipv4.options(this.#view, offset)) this.#option(option, header);
    const transport = this.#transport(offset, extent, around);
    for (const address of [ipv4.SOURCE, ipv4.DESTINATION]) {
      const change = this.#address(offset + address, header);
      transport?.addAlone(change);
    }
    header.apply(this.#view);
    if (ipv4.fragmentOffset(this.#view, offset) === 0) this.#payload(offset, extent, transport ?? around, depth);
    transport?.apply(this.#view);
  }

  /** The checksum of the payload, when it has one and it is there: in the first fragment alone. */
  #transport(offset: number, extent: Ipv4Extent, around: ChecksumChange | null): ChecksumChange | undefined {
    if (ipv4.fragmentOffset(this.#view, offset) !== 0) return undefined;
    const protocol = ipv4.protocol(this.#view, offset);
    const place = CHECKSUM_OF[protocol];
    if (place === undefined || extent.payload + place + 2 > extent.end) return undefined;
    const zeroIsNone = protocol === ipv4.Protocol.UDP;
    return new ChecksumChange(around, extent.payload + place, extent.payload, zeroIsNone);
  }

  /** What is within the payload; `around`: the payload's own checksum. */
  #payload(offset: number, { payload, end }: Ipv4Extent, around: ChecksumChange | null, depth: number): void {
    const view = this.#view;
    const protocol = ipv4.protocol(view, offset);
    if (protocol === ipv4.Protocol.IPIP) this.#ipv4(payload, end, around, depth + 1);
    else if (protocol === ipv4.Protocol.UDP) this.#udp(payload, end, around, depth);
    else if (protocol === ipv4.Protocol.ICMP && payload + icmpv4.HEADER_LENGTH <= end) {
      const message = new ChecksumChange(around, payload + ICMP_CHECKSUM, payload);
      const type = icmpv4.type(view, payload);
      if (type === IcmpType.REDIRECT) this.#address(payload + ICMP_GATEWAY, message);
      if (icmpv4.isError(type)) this.#ipv4(icmpv4.quotedOffset(payload), end, message, depth + 1);
      message.apply(view);
    }
  }

  #udp(offset: number, end: number, around: ChecksumChange | null, depth: number): void {
    const tunnel = offset + udp.HEADER_LENGTH;
    const frame = tunnel + vxlan.HEADER_LENGTH;
    if (frame > end || !VXLAN_PORTS.includes(udp.destinationPort(this.#view, offset))) return;
    if (!vxlan.hasVni(this.#view, tunnel) || depth === DEPTH_LIMIT) return;
    this.#ethernet(frame, Math.min(end, offset + udp.datagramLength(this.#view, offset)), around, depth + 1);
  }

  /** Addresses of routes that were recorded or are to be taken, and of those who left a timestamp. */
  #option({ type, offset, length }: ipv4.Ipv4OptionPlace, header: ChecksumChange): void {
    const { RECORD_ROUTE, LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE, TIMESTAMP } = ipv4.OptionType;
    if (type === RECORD_ROUTE || type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE) {
      for (let at = 3; at + 4 <= length; at += 4) this.#address(offset + at, header);
    }
    const hasAddresses = type === TIMESTAMP && length >= 4 && (this.#view.getUint8(offset + 3) & 0xf) !== 0;
    if (hasAddresses) for (let at = 4; at + 8 <= length; at += 8) this.#address(offset + at, header);
  }

  /** Returns by how much the sum of its words has changed. */
  #address(position: number, covered: ChecksumChange | null): number {
    const before = this.#view.getUint32(position);
    const after = this.#map.ipv4(before);
    const change = wordSum(after) - wordSum(before);
    this.#view.setUint32(position, after);
    covered?.add(position, change);
    return change;
  }

  #mac(position: number, covered: ChecksumChange | null): void {
    const before = readMac(this.#view, position);
    const after = this.#map.mac(before);
    writeMac(this.#view, position, after);
    covered?.add(position, macSum(after) - macSum(before));
  }
}

const CHECKSUM_OF: Readonly<Record<number, number>> = {
  [ipv4.Protocol.TCP]: TCP_CHECKSUM,
  [ipv4.Protocol.UDP]: UDP_CHECKSUM,
};

function macSum(mac: number): number {
  return Math.floor(mac / 2 ** 32) + wordSum(mac % 2 ** 32);
}
