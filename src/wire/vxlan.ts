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
 * The group policy extension (draft-smith-vxlan-group-policy-05 section 2.1; Linux's `gbp`) gives some of the
 * reserved bits a meaning, where G is set:
 *
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |G|R|R|R|I|R|R|R|R|D|R|R|A|R|R|R|        Group policy id        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the flags' byte. No accessor may be called before `check` has returned 0.
 */

import { DropReason } from "./drop-reason.ts";

const FLAGS = 0;
const POLICY_FLAGS = 1;
const GROUP_POLICY_ID = 2;
const VNI = 4; // with eight reserved bits below it
const RESERVED2 = 7;

/** The I bit: the VNI is valid (RFC 7348 section 5). */
const INSTANCE = 0x08;
/** Flags and first reserved field when the I bit alone is set. */
const INSTANCE_WORD = 0x08000000;

/** The G bit: a group policy id is there. */
const GROUP_POLICY = 0x80;
/** Among the policy flags, the D bit: the receiving VTEP must not learn the inner source. */
const DONT_LEARN = 0x40;
/** Among the policy flags, the A bit: a policy has been applied, and none is to be applied again. */
const POLICY_APPLIED = 0x08;

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
  /** All eight flag bits; the I bit alone when left out. */
  readonly flags?: number;
  /** The 24 reserved bits behind the flags, where an extension has its own; 0 when left out. */
  readonly reserved1?: number;
  /** The eight reserved bits behind the VNI; 0 when left out. */
  readonly reserved2?: number;
}

/** What the group policy extension says. */
export interface GroupPolicy {
  /** 0 to 65,535. */
  readonly id: number;
  /** The receiving VTEP must not learn the inner source; false when left out. */
  readonly dontLearn?: boolean;
  /** A policy has been applied; false when left out. */
  readonly isApplied?: boolean;
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

/** Whether the G bit is set, so that the first reserved field is a group policy. */
export function hasGroupPolicy(view: DataView, offset: number): boolean {
  return (flags(view, offset) & GROUP_POLICY) !== 0;
}

/** The group policy; without meaning unless `hasGroupPolicy`. */
export function groupPolicy(view: DataView, offset: number): Required<GroupPolicy> {
  const bits = view.getUint8(offset + POLICY_FLAGS);
  return {
    id: view.getUint16(offset + GROUP_POLICY_ID),
    dontLearn: (bits & DONT_LEARN) !== 0,
    isApplied: (bits & POLICY_APPLIED) !== 0,
  };
}

/** Sets all eight flag bits. */
export function setFlags(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + FLAGS, value);
}

/** Sets the VNI and leaves the reserved bits behind it as they are. */
export function setVni(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + VNI, (value << 8) | reserved2(view, offset));
}

/** Sets the 24 reserved bits behind the flags. */
export function setReserved1(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + FLAGS, (flags(view, offset) << 24) | (value & 0xffffff));
}

/** Sets the eight reserved bits behind the VNI. */
export function setReserved2(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + RESERVED2, value);
}

/** Sets the G bit and what it announces; the reserved bits between are cleared. */
export function setGroupPolicy(view: DataView, offset: number, policy: GroupPolicy): void {
  setFlags(view, offset, flags(view, offset) | GROUP_POLICY);
  const bits = (policy.dontLearn === true ? DONT_LEARN : 0) | (policy.isApplied === true ? POLICY_APPLIED : 0);
  view.setUint8(offset + POLICY_FLAGS, bits);
  view.setUint16(offset + GROUP_POLICY_ID, policy.id);
}

/**
 * Writes the header: unless told otherwise with the I bit set and zeroes in the reserved fields.
 *
 * @returns its length in bytes
 */
export function write(view: DataView, offset: number, fields: VxlanFields): number {
  const { vni, flags = INSTANCE, reserved1 = 0, reserved2 = 0 } = fields;
  view.setUint32(offset + FLAGS, (flags << 24) | (reserved1 & 0xffffff));
  view.setUint32(offset + VNI, (vni << 8) | reserved2);
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
