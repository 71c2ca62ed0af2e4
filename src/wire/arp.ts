/**
 * Address Resolution Protocol for IPv4 over Ethernet (RFC 826; gratuitous and probe: RFC 5227).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |      Hardware type (1)        |     Protocol type (0x0800)    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     | HW length (6) | Pr. length (4)|           Operation           |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                 Sender hardware address (SHA)                 |
 *     +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                               | Sender protocol address (SPA) |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |         SPA (continued)       | Target hardware address (THA) |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 *     |                         THA (continued)                       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                 Target protocol address (TPA)                 |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the hardware type's first byte. No accessor may be called before `check` has returned 0.
 */

import { DropReason } from "./drop-reason.ts";
import { formatIpv4 } from "./ipv4-address.ts";
import { formatMac, readMac, writeMac } from "./mac-address.ts";

const KIND = 0; // hardware and protocol type
const LENGTHS = 4; // hardware and protocol length
const OPERATION = 6;
const SENDER_HARDWARE = 8;
const SENDER_PROTOCOL = 14;
const TARGET_HARDWARE = 18;
const TARGET_PROTOCOL = 24;

/** Hardware type 1 (Ethernet) and protocol type 0x0800 (IPv4), as one word. */
const ETHERNET_IPV4 = 0x00010800;
/** Hardware length 6 and protocol length 4, as one word. */
const SIX_AND_FOUR = 0x0604;

/** Length of the packet in bytes. */
export const LENGTH = 28;

/** Values of the operation field (IANA "ARP Parameters"). */
export const ArpOperation = {
  REQUEST: 1,
  REPLY: 2,
  /** Of reverse ARP (RFC 903), under an EtherType of its own. */
  REVERSE_REQUEST: 3,
  REVERSE_REPLY: 4,
} as const;

/** Fields that `write` needs. */
export interface ArpFields {
  readonly operation: number;
  /** MAC address, a number below 2^48. */
  readonly senderHardware: number;
  /** IPv4 address, unsigned; 0 in a probe (RFC 5227 section 2.1.1). */
  readonly senderProtocol: number;
  /** MAC address; 0 when left out, which is what a request carries (RFC 5227 section 2.1.1). */
  readonly targetHardware?: number;
  /** IPv4 address, unsigned. */
  readonly targetProtocol: number;
}

/**
 * Whether a packet for Ethernet and IPv4 is there: `PKT_TOO_SMALL` when it is cut short, `ARP_INVALID`
 * when its types or lengths are others, otherwise 0. The operation is the receiver's to judge.
 */
export function check(view: DataView, offset: number, end: number): DropReason {
  if (offset + LENGTH > end) return DropReason.PKT_TOO_SMALL;
  if (view.getUint32(offset + KIND) !== ETHERNET_IPV4) return DropReason.ARP_INVALID;
  if (view.getUint16(offset + LENGTHS) !== SIX_AND_FOUR) return DropReason.ARP_INVALID;
  return DropReason.NONE;
}

/** Operation: 1 for a request, 2 for a reply. */
export function operation(view: DataView, offset: number): number {
  return view.getUint16(offset + OPERATION);
}

/** SHA: the sender's MAC address. */
export function senderHardware(view: DataView, offset: number): number {
  return readMac(view, offset + SENDER_HARDWARE);
}

/** SPA: the sender's IPv4 address. */
export function senderProtocol(view: DataView, offset: number): number {
  return view.getUint32(offset + SENDER_PROTOCOL);
}

/** THA: the target's MAC address; without meaning in a request. */
export function targetHardware(view: DataView, offset: number): number {
  return readMac(view, offset + TARGET_HARDWARE);
}

/** TPA: the target's IPv4 address. */
export function targetProtocol(view: DataView, offset: number): number {
  return view.getUint32(offset + TARGET_PROTOCOL);
}

/** Sets the operation. */
export function setOperation(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + OPERATION, value);
}

/** Sets the sender's MAC address. */
export function setSenderHardware(view: DataView, offset: number, value: number): void {
  writeMac(view, offset + SENDER_HARDWARE, value);
}

/** Sets the sender's IPv4 address. */
export function setSenderProtocol(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + SENDER_PROTOCOL, value);
}

/** Sets the target's MAC address. */
export function setTargetHardware(view: DataView, offset: number, value: number): void {
  writeMac(view, offset + TARGET_HARDWARE, value);
}

/** Sets the target's IPv4 address. */
export function setTargetProtocol(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + TARGET_PROTOCOL, value);
}

/** Writes the packet. @returns its length in bytes */
export function write(view: DataView, offset: number, fields: ArpFields): number {
  view.setUint32(offset + KIND, ETHERNET_IPV4);
  view.setUint16(offset + LENGTHS, SIX_AND_FOUR);
  setOperation(view, offset, fields.operation);
  setSenderHardware(view, offset, fields.senderHardware);
  setSenderProtocol(view, offset, fields.senderProtocol);
  setTargetHardware(view, offset, fields.targetHardware ?? 0);
  setTargetProtocol(view, offset, fields.targetProtocol);
  return LENGTH;
}

/** The packet as tcpdump prints it; the length, in bytes, is the link layer's and so counts its padding. */
export function text(view: DataView, offset: number, end: number): string {
  if (offset + LENGTH > end) return "ARP, [|arp]";
  const length = `length ${end - offset}`;
  if (check(view, offset, end) !== DropReason.NONE) return `ARP, ${foreignKind(view, offset)}, ${length}`;
  return `ARP, ${question(view, offset)}, ${length}`;
}

function question(view: DataView, offset: number): string {
  const sender = formatIpv4(senderProtocol(view, offset));
  const target = formatIpv4(targetProtocol(view, offset));
  const senderMac = formatMac(senderHardware(view, offset));
  const targetMac = targetHardware(view, offset);
  switch (operation(view, offset)) {
    case ArpOperation.REQUEST: {
      const asked = targetMac === 0 ? target : `${target} (${formatMac(targetMac)})`;
      return `Request who-has ${asked} tell ${sender}`;
    }
    case ArpOperation.REPLY:
      return `Reply ${sender} is-at ${senderMac}`;
    case ArpOperation.REVERSE_REQUEST:
      return `Reverse Request who-is ${formatMac(targetMac)} tell ${senderMac}`;
    case ArpOperation.REVERSE_REPLY:
      return `Reverse Reply ${formatMac(targetMac)} at ${target}`;
    default:
      return `Unknown (${operation(view, offset)}) from ${sender} (${senderMac})`;
  }
}

function foreignKind(view: DataView, offset: number): string {
  const hardware = `hardware type ${view.getUint16(offset)} (len ${view.getUint8(offset + LENGTHS)})`;
  const type = view
    .getUint16(offset + 2)
    .toString(16)
    .padStart(4, "0");
  return `[${hardware}, protocol type 0x${type} (len ${view.getUint8(offset + LENGTHS + 1)}) (invalid)]`;
}
