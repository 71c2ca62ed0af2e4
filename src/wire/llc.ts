/**
 * Logical link control, which an Ethernet frame with a length in place of a type carries (IEEE 802.2), and SNAP,
 * by which it names an EtherType after all (IEEE 802-2014 clause 9; IPv4 in it: RFC 1042).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |     DSAP      |     SSAP      |  Control, one byte or two     |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  SNAP: 0xaa   |     0xaa      |     0x03      | Organisation  :
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     :  (24 bits)                    |     Protocol                  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the DSAP's byte. No accessor may be called before `check` has returned 0.
 */

import { DropReason } from "./drop-reason.ts";

const DESTINATION = 0;
const SOURCE = 1;
const CONTROL = 2;
const ORGANISATION = 3; // with eight bits of the protocol below it
const PROTOCOL = 6;

/** Length of the header with a control field of one byte: the least there is. */
export const HEADER_LENGTH = 3;

/** Length of the header with SNAP behind it. */
export const SNAP_LENGTH = 8;

/** Service access points (IEEE 802 "LLC addresses") that a capture of Ethernet may hold. */
export const ServiceAccessPoint = {
  SPANNING_TREE: 0x42,
  SNAP: 0xaa,
  IPX: 0xe0,
  NETBIOS: 0xf0,
  /** ISO network layer: IS-IS, CLNP. */
  ISO: 0xfe,
} as const;

/** Fields that `write` needs. */
export interface LlcFields {
  readonly destination: number;
  readonly source: number;
  /** Takes one byte when its lower two bits are set, two otherwise; 3, unnumbered information, when left out. */
  readonly control?: number;
  /** With SNAP: 24 bits; 0, "an EtherType follows", when left out. */
  readonly organisation?: number;
  /** With SNAP: an EtherType, or what the organisation says. */
  readonly protocol?: number;
}

/** Whether the header is there, SNAP included: `HDR_TRUNC` when not, otherwise 0. */
export function check(view: DataView, offset: number, end: number): DropReason {
  const isCut = offset + HEADER_LENGTH > end || offset + headerLength(view, offset) > end;
  return isCut ? DropReason.HDR_TRUNC : DropReason.NONE;
}

/** Length in bytes, 3, 4 or with SNAP 8. The first three bytes must be there. */
export function headerLength(view: DataView, offset: number): number {
  if (isSnap(view, offset)) return SNAP_LENGTH;
  return (view.getUint8(offset + CONTROL) & 3) === 3 ? HEADER_LENGTH : HEADER_LENGTH + 1;
}

/** Whether SNAP follows. The first three bytes must be there. */
export function isSnap(view: DataView, offset: number): boolean {
  return view.getUint16(offset) === 0xaaaa && view.getUint8(offset + CONTROL) === 3;
}

/** DSAP: the destination service access point, its lowest bit set for a group. */
export function destination(view: DataView, offset: number): number {
  return view.getUint8(offset + DESTINATION);
}

/** SSAP: the source service access point, its lowest bit set for a response. */
export function source(view: DataView, offset: number): number {
  return view.getUint8(offset + SOURCE);
}

/** Control: 3 for unnumbered information. Of two bytes the first is the lower, which tells the format. */
export function control(view: DataView, offset: number): number {
  const first = view.getUint8(offset + CONTROL);
  return (first & 3) === 3 ? first : view.getUint16(offset + CONTROL, true);
}

/** With SNAP: the organisation, 24 bits; 0 says that the protocol is an EtherType. */
export function organisation(view: DataView, offset: number): number {
  return view.getUint32(offset + ORGANISATION) >>> 8;
}

/** With SNAP: the protocol. */
export function protocol(view: DataView, offset: number): number {
  return view.getUint16(offset + PROTOCOL);
}

/** Writes the header, and SNAP where a protocol is given. @returns its length in bytes */
export function write(view: DataView, offset: number, fields: LlcFields): number {
  const { destination, source, control = 3, organisation = 0, protocol } = fields;
  view.setUint8(offset + DESTINATION, destination);
  view.setUint8(offset + SOURCE, source);
  if ((control & 3) !== 3) {
    view.setUint16(offset + CONTROL, control, true);
    return HEADER_LENGTH + 1;
  }
  view.setUint8(offset + CONTROL, control);
  if (protocol === undefined) return HEADER_LENGTH;
  view.setUint32(offset + ORGANISATION, organisation << 8);
  view.setUint16(offset + PROTOCOL, protocol);
  return SNAP_LENGTH;
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

/** The header as tcpdump prints it of what it does not know, without its names. */
export function text(view: DataView, offset: number, end: number): string {
  if (check(view, offset, end) !== DropReason.NONE) return "[|llc]";
  if (isSnap(view, offset)) {
    return `SNAP, oui ${hex(organisation(view, offset), 6)}, pid ${hex(protocol(view, offset), 4)}`;
  }
  const points = `dsap ${hex(destination(view, offset), 2)}, ssap ${hex(source(view, offset), 2)}`;
  return `LLC, ${points}, ctrl ${hex(control(view, offset), 2)}`;
}
