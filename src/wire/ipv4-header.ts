/**
 * IPv4 header (RFC 791; router rules: RFC 1812; DSCP: RFC 2474; ECN: RFC 3168; identification: RFC 6864).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |Version|  IHL  |Type of service|          Total length         |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |         Identification        |Flags|     Fragment offset     |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  Time to live |    Protocol   |        Header checksum        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                         Source address                        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                      Destination address                      |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                    Options (0 to 40 bytes)                    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * This file holds the check and the fields; checksum, `write` and text are in ipv4.ts, which is the
 * one to import.
 *
 * `offset` is the version's byte. No accessor may be called before `check` has returned 0. Setters
 * leave the header checksum alone: `updateHeaderChecksum` comes after the last of them.
 */

import { fold, sum } from "../bytes/checksum.ts";
import { DropReason } from "./drop-reason.ts";

const VERSION_IHL = 0;
const TYPE_OF_SERVICE = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6; // flags and fragment offset
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const HEADER_CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET_MASK = 0x1fff; // in units of eight bytes

/** Length of the header without options, in bytes: the least there is. */
export const HEADER_LENGTH = 20;

/** Values of the protocol field (IANA "Protocol Numbers"). */
export const Protocol = {
  ICMP: 1,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  SCTP: 132,
} as const;

/** The three bits that `flags` returns (RFC 791 section 3.1, "Flags"). */
export const Flag = {
  MORE_FRAGMENTS: 1,
  DONT_FRAGMENT: 2,
  RESERVED: 4,
} as const;

/**
 * Whether a sound packet is there, by the ladder of Linux's ip_rcv_core(). The first rung that fails
 * gives the reason:
 *
 * 1. fewer than 20 bytes: `PKT_TOO_SMALL`
 * 2. version other than 4, or IHL below 5 (RFC 1812 section 5.2.2 rules 3 and 4): `IP_INHDR`
 * 3. the header, options included, reaches beyond the end: `IP_INHDR`
 * 4. wrong header checksum (RFC 1812 section 5.2.2 rule 2): `IP_CSUM`
 * 5. total length beyond the end: `PKT_TOO_SMALL`
 * 6. total length below the header's (RFC 1812 section 5.2.2 rule 5): `IP_INHDR`
 *
 * Bytes behind the total length are link-layer padding and no fault. Options are not looked at:
 * `checkOptions` does.
 */
export function check(view: DataView, offset: number, end: number): DropReason {
  if (offset + HEADER_LENGTH > end) return DropReason.PKT_TOO_SMALL;
  const versionIhl = view.getUint8(offset + VERSION_IHL);
  if (versionIhl < 0x45 || versionIhl > 0x4f) return DropReason.IP_INHDR;
  const length = (versionIhl & 0x0f) << 2;
  if (offset + length > end) return DropReason.IP_INHDR;
  if (fold(headerSum(view, offset, length)) !== 0xffff) return DropReason.IP_CSUM;
  const total = view.getUint16(offset + TOTAL_LENGTH);
  if (offset + total > end) return DropReason.PKT_TOO_SMALL;
  if (total < length) return DropReason.IP_INHDR;
  return DropReason.NONE;
}

/**
 * The unfolded sum over a header of `length` bytes. Nearly every header has 20: unrolled, `check` takes
 * 11 ns in place of the 17 that the loop over words takes.
 */
export function headerSum(view: DataView, offset: number, length: number): number {
  if (length !== HEADER_LENGTH) return sum(view, offset, offset + length);
  const a = view.getInt32(offset);
  const b = view.getInt32(offset + 4);
  const c = view.getInt32(offset + 8);
  const d = view.getInt32(offset + 12);
  const e = view.getInt32(offset + 16);
  const upper = (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16) + (e >>> 16);
  return upper + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff) + (e & 0xffff);
}

/** IP version: 4. */
export function version(view: DataView, offset: number): number {
  return view.getUint8(offset + VERSION_IHL) >> 4;
}

/** Length of the header with its options, in bytes (the IHL field counts 32-bit words). */
export function headerLength(view: DataView, offset: number): number {
  return (view.getUint8(offset + VERSION_IHL) & 0x0f) << 2;
}

/** Type of service: DSCP in the upper six bits, ECN in the lower two. */
export function typeOfService(view: DataView, offset: number): number {
  return view.getUint8(offset + TYPE_OF_SERVICE);
}

/** Differentiated services code point, 0 to 63 (RFC 2474). */
export function dscp(view: DataView, offset: number): number {
  return view.getUint8(offset + TYPE_OF_SERVICE) >> 2;
}

/** Explicit congestion notification, 0 to 3 (RFC 3168 section 5). */
export function ecn(view: DataView, offset: number): number {
  return view.getUint8(offset + TYPE_OF_SERVICE) & 3;
}

/** Length of header and payload in bytes. */
export function totalLength(view: DataView, offset: number): number {
  return view.getUint16(offset + TOTAL_LENGTH);
}

/** Identification, which fragments of one datagram share. */
export function identification(view: DataView, offset: number): number {
  return view.getUint16(offset + IDENTIFICATION);
}

/** The three flag bits, a sum of Flag. */
export function flags(view: DataView, offset: number): number {
  return view.getUint8(offset + FRAGMENT) >> 5;
}

/** The flag that "must be zero" (RFC 791 section 3.1). */
export function reservedFlag(view: DataView, offset: number): boolean {
  return (flags(view, offset) & Flag.RESERVED) !== 0;
}

/** Whether routers may not fragment the packet. */
export function dontFragment(view: DataView, offset: number): boolean {
  return (view.getUint16(offset + FRAGMENT) & DONT_FRAGMENT) !== 0;
}

/** Whether fragments of the same datagram follow this one. */
export function moreFragments(view: DataView, offset: number): boolean {
  return (view.getUint16(offset + FRAGMENT) & MORE_FRAGMENTS) !== 0;
}

/** Position of this payload in the whole datagram, in bytes (the field counts units of eight). */
export function fragmentOffset(view: DataView, offset: number): number {
  return (view.getUint16(offset + FRAGMENT) & FRAGMENT_OFFSET_MASK) << 3;
}

/** Whether the packet is part of a datagram: more fragments follow, or it is not the first. */
export function isFragment(view: DataView, offset: number): boolean {
  return (view.getUint16(offset + FRAGMENT) & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) !== 0;
}

/** Time to live: count of routers that the packet may still pass, and one. */
export function timeToLive(view: DataView, offset: number): number {
  return view.getUint8(offset + TIME_TO_LIVE);
}

/** Protocol of the payload. */
export function protocol(view: DataView, offset: number): number {
  return view.getUint8(offset + PROTOCOL);
}

/** Header checksum, as the header carries it. */
export function headerChecksum(view: DataView, offset: number): number {
  return view.getUint16(offset + HEADER_CHECKSUM);
}

/** Source address. */
export function source(view: DataView, offset: number): number {
  return view.getUint32(offset + SOURCE);
}

/** Destination address. */
export function destination(view: DataView, offset: number): number {
  return view.getUint32(offset + DESTINATION);
}

/** Sets version 4 and the length of the header with its options, in bytes, a multiple of 4. */
export function setHeaderLength(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + VERSION_IHL, 0x40 | (value >> 2));
}

/** Sets DSCP and ECN together. */
export function setTypeOfService(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + TYPE_OF_SERVICE, value);
}

/** Sets the differentiated services code point, 0 to 63. */
export function setDscp(view: DataView, offset: number, value: number): void {
  setTypeOfService(view, offset, (value << 2) | ecn(view, offset));
}

/** Sets the explicit congestion notification, 0 to 3. */
export function setEcn(view: DataView, offset: number, value: number): void {
  setTypeOfService(view, offset, (dscp(view, offset) << 2) | value);
}

/** Sets the length of header and payload, in bytes. */
export function setTotalLength(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + TOTAL_LENGTH, value);
}

/** Sets the identification. */
export function setIdentification(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + IDENTIFICATION, value);
}

/** Sets the three flag bits, a sum of Flag. */
export function setFlags(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + FRAGMENT, (value << 13) | (view.getUint16(offset + FRAGMENT) & FRAGMENT_OFFSET_MASK));
}

/** Sets the position in the whole datagram, in bytes, a multiple of 8. */
export function setFragmentOffset(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + FRAGMENT, (view.getUint16(offset + FRAGMENT) & ~FRAGMENT_OFFSET_MASK) | (value >> 3));
}

/** Sets the time to live. */
export function setTimeToLive(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + TIME_TO_LIVE, value);
}

/** Sets the protocol of the payload. */
export function setProtocol(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + PROTOCOL, value);
}

/** Sets the header checksum to any value; `updateHeaderChecksum` sets the right one. */
export function setHeaderChecksum(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + HEADER_CHECKSUM, value);
}

/** Sets the source address. */
export function setSource(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + SOURCE, value);
}

/** Sets the destination address. */
export function setDestination(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + DESTINATION, value);
}
