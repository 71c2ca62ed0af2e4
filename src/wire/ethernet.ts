/**
 * Ethernet II header (IEEE 802.3-2018 clause 3; carrying IPv4: RFC 894).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                      Destination address                      |
 *     +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                               |         Source address        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 *     |                                                               |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |           EtherType           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the frame's first byte. No accessor may be called before `check` has returned 0. The
 * frame check sequence never appears: network cards add and remove it.
 */

import { DropReason } from "./drop-reason.ts";
import { formatMac, readMac, writeMac } from "./mac-address.ts";

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;

/** Where the EtherType stands, in bytes from `offset`. */
export const ETHER_TYPE = 12;

/** Length of the header without VLAN tags, in bytes. */
export const HEADER_LENGTH = 14;

/** Values of the EtherType field (IANA "IEEE 802 Numbers"). */
export const EtherType = {
  IPV4: 0x0800,
  ARP: 0x0806,
  /** Reverse ARP, in the form of ARP (RFC 903). */
  RARP: 0x8035,
  /** IEEE 802.1Q customer tag. */
  VLAN: 0x8100,
  IPV6: 0x86dd,
  /** IEEE 802.1ad service tag. */
  SERVICE_VLAN: 0x88a8,
} as const;

/** The least EtherType: a smaller value is an 802.3 payload length in bytes (IEEE 802.3 clause 3.2.6). */
export const MINIMUM_ETHER_TYPE = 0x0600;

/** The longest 802.3 payload in bytes: a value above it is no length (IEEE 802.3 clause 3.2.6). */
export const MAXIMUM_PAYLOAD_LENGTH = 1500;

const ETHER_TYPE_NAMES: Readonly<Record<number, string>> = {
  [EtherType.IPV4]: "IPv4",
  [EtherType.ARP]: "ARP",
  [EtherType.VLAN]: "802.1Q",
  [EtherType.IPV6]: "IPv6",
  [EtherType.SERVICE_VLAN]: "802.1Q-QinQ",
};

/** Fields that `write` needs. */
export interface EthernetFields {
  /** MAC address, a number below 2^48. */
  readonly destination: number;
  /** MAC address, a number below 2^48. */
  readonly source: number;
  readonly etherType: number;
}

/** Whether the header is there: `HDR_TRUNC` when the frame ends inside it, otherwise 0. */
export function check(_view: DataView, offset: number, end: number): DropReason {
  return offset + HEADER_LENGTH > end ? DropReason.HDR_TRUNC : DropReason.NONE;
}

/** Destination MAC address. */
export function destination(view: DataView, offset: number): number {
  return readMac(view, offset + DESTINATION);
}

/** Source MAC address. */
export function source(view: DataView, offset: number): number {
  return readMac(view, offset + SOURCE);
}

/** EtherType, or the tag protocol where a VLAN tag follows the addresses, or an 802.3 length below 0x0600. */
export function etherType(view: DataView, offset: number): number {
  return view.getUint16(offset + TYPE);
}

/** Sets the destination MAC address. */
export function setDestination(view: DataView, offset: number, value: number): void {
  writeMac(view, offset + DESTINATION, value);
}

/** Sets the source MAC address. */
export function setSource(view: DataView, offset: number, value: number): void {
  writeMac(view, offset + SOURCE, value);
}

/** Sets the EtherType. */
export function setEtherType(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + TYPE, value);
}

/** Writes the header. @returns its length in bytes */
export function write(view: DataView, offset: number, fields: EthernetFields): number {
  setDestination(view, offset, fields.destination);
  setSource(view, offset, fields.source);
  setEtherType(view, offset, fields.etherType);
  return HEADER_LENGTH;
}

/** The header as `tcpdump -e` prints it: addresses, EtherType, and the frame's length in bytes. */
export function text(view: DataView, offset: number, end: number): string {
  return taggedText(view, offset, end, offset + TYPE);
}

/** The same for a frame whose EtherType stands at `typeOffset`, behind VLAN tags. */
export function taggedText(view: DataView, offset: number, end: number, typeOffset: number): string {
  if (typeOffset + 2 > end) return "[|ether]";
  const addresses = `${formatMac(source(view, offset))} > ${formatMac(destination(view, offset))}`;
  const type = view.getUint16(typeOffset);
  if (type < MINIMUM_ETHER_TYPE) return `${addresses}, 802.3, length ${Math.min(type, end - typeOffset - 2)}`;
  return `${addresses}, ${etherTypeText(type)}, length ${end - offset}`;
}

/** An EtherType as tcpdump prints it: `ethertype IPv6 (0x86dd)`. */
export function etherTypeText(type: number): string {
  return `ethertype ${ETHER_TYPE_NAMES[type] ?? "Unknown"} (0x${type.toString(16).padStart(4, "0")})`;
}
