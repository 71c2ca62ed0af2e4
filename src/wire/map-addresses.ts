/**
 * Other addresses for a captured packet: of Ethernet, ARP, RARP and IPv4 wherever a scan finds them, in tunnels (VXLAN,
 * IP in IP), in what ICMP errors quote, in IPv4's options. Of a header that is cut, whatever is there is mapped, also of
 * an address. Checksums follow: right ones stay right, wrong ones wrong.
 */

import { ChecksumChange } from "./checksum-change.ts";
import { CHECKSUM_OFFSETS, hasChecksum } from "./checksum-verdict.ts";
import { type as icmpType } from "./icmpv4.ts";
import { IcmpType } from "./icmpv4-types.ts";
import { OptionType } from "./ipv4-options.ts";
import { LayerKind } from "./layer-kinds.ts";
import { LayerScan } from "./layer-scan.ts";
import { walkOptions, type WalkedOption } from "./option-walk.ts";
import { isRouterAdvertisement, unseenContent } from "./unseen-content.ts";

/** What to put in the place of an address. Of one that is cut, it is given the bytes that are there, and zeroes. */
export interface AddressMap {
  /** IPv4 addresses, unsigned. */
  ipv4(address: number): number;
  /** MAC addresses, numbers below 2^48. */
  mac(mac: number): number;
}

const MAC_LENGTH = 6;
const IPV4_LENGTH = 4;
const FIXED_LENGTH = 20; // of an IPv4 header
const SOURCE = 12;
const DESTINATION = 16;
const HEADER_CHECKSUM = 10;
const ICMP_GATEWAY = 4;

/** Where Linux's headers have the last byte of an address's length, and the address. */
const SLL_ADDRESS = [5, 6] as const;
const SLL2_ADDRESS = [11, 12] as const;

/** A checksum, and the position behind what it covers. */
interface Cover {
  readonly change: ChecksumChange;
  readonly end: number;
}

/** Maps the addresses of one packet after another. */
export class AddressMapper {
  readonly #map: AddressMap;
  readonly #scan = new LayerScan();
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** The checksums around what is mapped, the innermost last. */
  #covers: Cover[] = [];
  /** By the index of an IPv4 layer: the change of its addresses, which the pseudo-header has too. */
  readonly #addressChanges: number[] = [];

  constructor(map: AddressMap) {
    this.#map = map;
  }

  /**
   * Maps the addresses of a packet, or of what is there of it. Returns the names of what it carries that was not looked
   * into, so that addresses in there stay: "ipv6", "payload of udp".
   */
  mapPacket(view: DataView, offset: number, end: number, linkType: number): readonly string[] {
    const scan = this.#scan;
    this.#view = view;
    scan.scan(view, offset, end, end - offset, linkType);
    for (let layer = 0; layer < scan.count; layer++) {
      this.#closeCovers(scan.offsets[layer]!);
      this.#mapLayer(layer, scan.offsets[layer]!, scan.offsets[layer]! + scan.lengths[layer]!);
    }
    this.#closeCovers(Infinity);
    return [...unseenContent(scan)];
  }

  /** `offset..end`: what is there of the layer. */
  #mapLayer(layer: number, offset: number, end: number): void {
    switch (this.#scan.kinds[layer]) {
      case LayerKind.ETHERNET:
        for (const address of [0, MAC_LENGTH]) this.#mac(offset + address, end);
        return;
      case LayerKind.LINUX_SLL:
        return this.#linkAddress(offset, end, SLL_ADDRESS);
      case LayerKind.LINUX_SLL2:
        return this.#linkAddress(offset, end, SLL2_ADDRESS);
      case LayerKind.ARP:
        return this.#arp(offset, end);
      case LayerKind.IPV4:
        return this.#ipv4(layer, offset, end);
      case LayerKind.ICMPV4:
        return this.#icmp(layer, offset, end);
      case LayerKind.UDP:
      case LayerKind.TCP:
        return this.#transport(layer);
      case LayerKind.PAYLOAD:
        if (layer > 0 && isRouterAdvertisement(this.#scan, layer - 1)) this.#routers(offset, end);
    }
  }

  #linkAddress(offset: number, end: number, [length, address]: readonly [length: number, address: number]): void {
    if (offset + length < end && this.#view.getUint8(offset + length) === MAC_LENGTH) this.#mac(offset + address, end);
  }

  /** The packet says how long its addresses are: those as long as MAC and IPv4 addresses are taken for such. */
  #arp(offset: number, end: number): void {
    if (offset + 6 > end) return;
    const [hardware, protocol] = [this.#view.getUint8(offset + 4), this.#view.getUint8(offset + 5)];
    for (let pair = 0; pair < 2; pair++) {
      const address = offset + 8 + pair * (hardware + protocol);
      if (hardware === MAC_LENGTH) this.#mac(address, end);
      if (protocol === IPV4_LENGTH) this.#address(address + hardware, end, this.#innermost);
    }
  }

  #ipv4(layer: number, offset: number, end: number): void {
    if (offset + SOURCE >= end) return;
    const header = new ChecksumChange(this.#innermost, offset + HEADER_CHECKSUM, offset);
    const addresses = [offset + SOURCE, offset + DESTINATION];
    this.#addressChanges[layer] = addresses.reduce((sum, at) => sum + this.#address(at, end, header), 0);
    if (offset + FIXED_LENGTH < end) {
      for (const option of walkOptions(this.#view, offset + FIXED_LENGTH, end)) this.#option(option, header);
    }
    header.apply(this.#view);
  }

  /** Addresses of routes that were recorded or are to be taken, and of those who left a timestamp. */
  #option({ type, offset, end }: WalkedOption, header: ChecksumChange): void {
    const { RECORD_ROUTE, LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE, TIMESTAMP } = OptionType;
    if (type === RECORD_ROUTE || type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE) {
      for (let at = offset + 3; at < end; at += 4) this.#address(at, end, header);
    }
    const hasAddresses = type === TIMESTAMP && offset + 4 <= end && (this.#view.getUint8(offset + 3) & 0xf) !== 0;
    if (hasAddresses) for (let at = offset + 4; at < end; at += 8) this.#address(at, end, header);
  }

  /** What the checksum covers lies in a pseudo-header too. */
  #transport(layer: number): void {
    const change = this.#open(layer, this.#scan.kinds[layer] === LayerKind.UDP);
    change?.addAlone(this.#addressChanges[this.#scan.numbers[layer]!] ?? 0);
  }

  #icmp(layer: number, offset: number, end: number): void {
    const message = this.#open(layer, false);
    const isRedirect = icmpType(this.#view, offset) === IcmpType.REDIRECT;
    if (isRedirect && message !== undefined) this.#address(offset + ICMP_GATEWAY, end, message);
  }

  /** A router advertisement's addresses, each with a preference behind (RFC 1256 section 3). */
  #routers(offset: number, end: number): void {
    for (let at = offset; at < end; at += 8) this.#address(at, end, this.#innermost);
  }

  get #innermost(): ChecksumChange | null {
    return this.#covers.at(-1)?.change ?? null;
  }

  /** The checksum of a layer that covers what follows, when it is there. */
  #open(layer: number, zeroIsNone: boolean): ChecksumChange | undefined {
    const scan = this.#scan;
    if (!hasChecksum(scan, layer)) return undefined;
    const offset = scan.offsets[layer]!;
    const change = new ChecksumChange(
      this.#innermost,
      offset + CHECKSUM_OFFSETS[scan.kinds[layer]!]!,
      offset,
      zeroIsNone,
    );
    this.#covers.push({ change, end: scan.ends[layer]! });
    return change;
  }

  /** Changes the checksums of what ends at or before a position. */
  #closeCovers(position: number): void {
    for (let cover = this.#covers.at(-1); cover !== undefined && cover.end <= position; cover = this.#covers.at(-1)) {
      this.#covers.pop();
      cover.change.apply(this.#view);
    }
  }

  #address(position: number, end: number, covered: ChecksumChange | null): number {
    return this.#replace(position, end, IPV4_LENGTH, (address) => this.#map.ipv4(address), covered);
  }

  #mac(position: number, end: number): void {
    this.#replace(position, end, MAC_LENGTH, (mac) => this.#map.mac(mac), this.#innermost);
  }

  /** Maps the bytes of an address that are there. Returns by how much the sum of their 16-bit words has changed. */
  #replace(
    position: number,
    end: number,
    length: number,
    map: (address: number) => number,
    covered: ChecksumChange | null,
  ): number {
    const there = Math.min(length, end - position);
    if (there <= 0) return 0;
    const view = this.#view;
    let address = 0;
    for (let at = 0; at < length; at++) address = address * 256 + (at < there ? view.getUint8(position + at) : 0);
    let rest = map(address);
    let change = 0;
    for (let at = length - 1; at >= 0; at--) {
      const byte = rest % 256;
      rest = (rest - byte) / 256;
      if (at >= there) continue;
      change += (byte - view.getUint8(position + at)) * (at % 2 === 0 ? 256 : 1);
      view.setUint8(position + at, byte);
    }
    covered?.add(position, change);
    return change;
  }
}
