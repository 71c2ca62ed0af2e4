/**
 * VXLAN header (RFC 7348 section 5), carried in UDP and followed by an Ethernet frame.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |R|R|R|R|I|R|R|R|            Reserved                           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                VXLAN Network Identifier (VNI) |   Reserved    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the flags' byte. No accessor may be called before `check` has returned 0.
 */

import { DropReason } from "./drop-reason.ts";

const FLAGS = 0;
const VNI = 4; // with eight reserved bits below it
const RESERVED2 = 7;

/** The I bit: the VNI is valid (RFC 7348 section 5). */
const INSTANCE = 0x08;
/** Flags and first reserved field when the I bit alone is set. */
const INSTANCE_WORD = 0x08000000;

/** Length of the header in bytes. */
export const HEADER_LENGTH = 8;

/** UDP destination port that IANA assigned. */
export const PORT = 4789;

/** UDP destination port of Linux before the assignment, still the default of flannel and of `ip link add`. */
export const LINUX_PORT = 8472;

/** Fields that `write` needs. */
export interface VxlanFields {
  /** VXLAN network identifier, 0 to 2^24 - 1. */
  readonly vni: number;
}

/**
 * Whether a header is there that Linux accepts: `PKT_TOO_SMALL` when it is cut short,
 * `VXLAN_INVALID_HDR` when the I bit is missing or any reserved bit is set, otherwise 0.
 *
 * RFC 7348 has reserved bits ignored on receipt. Linux's vxlan_rcv() drops the packet instead, unless
 * an extension was configured that gives them a meaning, and Linux is the referee here.
 */
export function check(view: DataView, offset: number, end: number): DropReason {
  if (offset + HEADER_LENGTH > end) return DropReason.PKT_TOO_SMALL;
  if (view.getUint32(offset) !== INSTANCE_WORD) return DropReason.VXLAN_INVALID_HDR;
  if (view.getUint8(offset + RESERVED2) !== 0) return DropReason.VXLAN_INVALID_HDR;
  return DropReason.NONE;
}

/** All eight flag bits. */
export function flags(view: DataView, offset: number): number {
  return view.getUint8(offset + FLAGS);
}

/** Whether the I bit is set, so that the VNI is valid. */
export function hasVni(view: DataView, offset: number): boolean {
  return (flags(view, offset) & INSTANCE) !== 0;
}

/** The 24 reserved bits behind the flags. */
export function reserved1(view: DataView, offset: number): number {
  return view.getUint32(offset + FLAGS) & 0xffffff;
}

/** VXLAN network identifier, 24 bits. */
export function vni(view: DataView, offset: number): number {
  return view.getUint32(offset + VNI) >>> 8;
}

/** The eight reserved bits behind the VNI. */
export function reserved2(view: DataView, offset: number): number {
  return view.getUint8(offset + RESERVED2);
}

/** Sets all eight flag bits. */
export function setFlags(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + FLAGS, value);
}

/** Sets the VNI and leaves the reserved bits behind it as they are. */
export function setVni(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + VNI, (value << 8) | reserved2(view, offset));
}

/** Writes the header with the I bit set and zeroes in the reserved fields. @returns its length in bytes */
export function write(view: DataView, offset: number, fields: VxlanFields): number {
  view.setUint32(offset + FLAGS, INSTANCE_WORD);
  view.setUint32(offset + VNI, fields.vni << 8);
  return HEADER_LENGTH;
}

/** The header as tcpdump prints it, and which reserved bits are set if any are. */
export function text(view: DataView, offset: number, end: number): string {
  if (offset + HEADER_LENGTH > end) return "VXLAN, [|vxlan]";
  const value = flags(view, offset);
  const names = hasVni(view, offset) ? "I" : value === 0 ? "none" : "invalid";
  const identifier = hasVni(view, offset) ? `vni ${vni(view, offset)}` : "ERROR: I flag not set";
  const isReservedSet = hasVni(view, offset) && check(view, offset, end) !== DropReason.NONE;
  const remark = isReservedSet ? ", reserved bits set" : "";
  return `VXLAN, flags [${names}] (0x${value.toString(16).padStart(2, "0")}), ${identifier}${remark}`;
}
