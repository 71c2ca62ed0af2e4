/**
 * VLAN tag (IEEE 802.1Q-2018 clause 9.6; stacked service tags: IEEE 802.1ad).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  Tag protocol identifier      | PCP |D|        VLAN id        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the tag's first byte: the frame's plus 12, where an untagged frame has its EtherType.
 * Behind the tag comes another tag or the EtherType of what is carried. No accessor may be called
 * before `check` has returned 0.
 */

import { DropReason } from "./drop-reason.ts";
import { EtherType } from "./ethernet.ts";

const TAG_PROTOCOL = 0;
const TAG_CONTROL = 2;
const ETHER_TYPE_LENGTH = 2;

/** Length of one tag in bytes. */
export const TAG_LENGTH = 4;

/** Fields that `write` needs; a plain 802.1Q tag of priority 0 is the usual one. */
export interface VlanFields {
  /** 0x8100 when left out. */
  readonly tagProtocol?: number;
  /** Priority code point, 0 to 7; 0 when left out. */
  readonly priority?: number;
  /** Drop eligible indicator; false when left out. */
  readonly dropEligible?: boolean;
  /** 0 to 4095; 0 says that the tag carries a priority only. */
  readonly vlanId: number;
}

/** Whether an EtherType announces a VLAN tag: 802.1Q or 802.1ad, the two that Linux knows. */
export function isTag(etherType: number): boolean {
  return etherType === EtherType.VLAN || etherType === EtherType.SERVICE_VLAN;
}

/** What outer tags were announced by before 802.1ad. */
const OLD_SERVICE_TAG = 0x9100;

/** Whether who looks at captures takes an EtherType for a tag, as tshark and tcpdump do: 0x9100 as well. */
export function isCapturedTag(etherType: number): boolean {
  return isTag(etherType) || etherType === OLD_SERVICE_TAG;
}

/** Whether the tag and the EtherType behind it are there: `HDR_TRUNC` when not, otherwise 0. */
export function check(_view: DataView, offset: number, end: number): DropReason {
  return offset + TAG_LENGTH + ETHER_TYPE_LENGTH > end ? DropReason.HDR_TRUNC : DropReason.NONE;
}

/** Tag protocol identifier: 0x8100, or 0x88a8 for a service tag. */
export function tagProtocol(view: DataView, offset: number): number {
  return view.getUint16(offset + TAG_PROTOCOL);
}

/** Priority code point, 0 to 7. */
export function priority(view: DataView, offset: number): number {
  return view.getUint8(offset + TAG_CONTROL) >> 5;
}

/** Drop eligible indicator. */
export function dropEligible(view: DataView, offset: number): boolean {
  return (view.getUint8(offset + TAG_CONTROL) & 0x10) !== 0;
}

/** VLAN id, 0 to 4095. */
export function vlanId(view: DataView, offset: number): number {
  return view.getUint16(offset + TAG_CONTROL) & 0x0fff;
}

/** Sets the tag protocol identifier. */
export function setTagProtocol(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + TAG_PROTOCOL, value);
}

/** Sets the priority code point. */
export function setPriority(view: DataView, offset: number, value: number): void {
  const control = view.getUint16(offset + TAG_CONTROL);
  view.setUint16(offset + TAG_CONTROL, (control & 0x1fff) | (value << 13));
}

/** Sets the drop eligible indicator. */
export function setDropEligible(view: DataView, offset: number, value: boolean): void {
  const control = view.getUint16(offset + TAG_CONTROL);
  view.setUint16(offset + TAG_CONTROL, value ? control | 0x1000 : control & ~0x1000);
}

/** Sets the VLAN id. */
export function setVlanId(view: DataView, offset: number, value: number): void {
  const control = view.getUint16(offset + TAG_CONTROL);
  view.setUint16(offset + TAG_CONTROL, (control & 0xf000) | (value & 0x0fff));
}

/**
 * The position of the EtherType behind all stacked tags, or -1 when the frame ends inside them.
 *
 * @param offset position of the frame's first EtherType or tag: the frame's plus 12
 * @param isTagType which EtherTypes announce a tag
 */
export function lastEtherTypeOffset(
  view: DataView,
  offset: number,
  end: number,
  isTagType: (etherType: number) => boolean = isTag,
): number {
  let position = offset;
  while (position + ETHER_TYPE_LENGTH <= end) {
    if (!isTagType(view.getUint16(position))) return position;
    position += TAG_LENGTH;
  }
  return -1;
}

/** Writes the tag. @returns its length in bytes */
export function write(view: DataView, offset: number, fields: VlanFields): number {
  const { tagProtocol = EtherType.VLAN, priority = 0, dropEligible = false, vlanId } = fields;
  view.setUint16(offset + TAG_PROTOCOL, tagProtocol);
  view.setUint16(offset + TAG_CONTROL, (priority << 13) | (dropEligible ? 0x1000 : 0) | (vlanId & 0x0fff));
  return TAG_LENGTH;
}

/** The tag as `tcpdump -e` prints it: `vlan 10, p 0`, with `, DEI` behind where that is set. */
export function text(view: DataView, offset: number, end: number): string {
  if (check(view, offset, end) !== DropReason.NONE) return "[|vlan]";
  return `vlan ${vlanId(view, offset)}, p ${priority(view, offset)}${dropEligible(view, offset) ? ", DEI" : ""}`;
}
