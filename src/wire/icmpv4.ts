/**
 * ICMP for IPv4 (RFC 792; host rules: RFC 1122 section 3.2.2; next-hop MTU: RFC 1191 section 4).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |     Type      |     Code      |           Checksum            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     | echo:        Identifier       |        Sequence number        |
 *     | frag needed: unused           |         Next-hop MTU          |
 *     | redirect:              Gateway address                        |
 *     | parameter:   Pointer          | unused                        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     | echo: data; errors: IPv4 header of the packet at fault, and   |
 *     | as much of its payload as is there (RFC 1812 section 4.3.2.3) |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the type's byte, `end` the position behind the message (the IPv4 total length decides,
 * not the frame). No accessor may be called before `check` has returned 0.
 */

import { checksum, sum } from "../bytes/checksum.ts";
import { DropReason } from "./drop-reason.ts";
import {
  IcmpType,
  parameterProblemText,
  redirectText,
  timeExceededText,
  typeText,
  UnreachableCode,
  unreachableText,
} from "./icmpv4-types.ts";
import { formatIpv4 } from "./ipv4-address.ts";
import * as ipv4 from "./ipv4-header.ts";

export { hasIdentifier, IcmpType, isError, RedirectCode, TimeExceededCode, UnreachableCode } from "./icmpv4-types.ts";

const TYPE = 0;
const CODE = 1;
const MESSAGE_CHECKSUM = 2;
const IDENTIFIER = 4;
const SEQUENCE = 6;
const GATEWAY = 4;
const POINTER = 4;
const NEXT_HOP_MTU = 6;
const REST_OF_HEADER = 4;
const ADDRESS_MASK = 8;

/** Length of the header in bytes. */
export const HEADER_LENGTH = 8;

/** Fields that `write` needs: of the four bytes behind the checksum, what the type has there; the rest is written as 0. */
export interface IcmpFields {
  readonly type: number;
  /** 0 when left out. */
  readonly code?: number;
  /** Of an echo. */
  readonly identifier?: number;
  /** Of an echo. */
  readonly sequence?: number;
  /** Of a FRAGMENTATION_NEEDED, in bytes; it stands where an echo has its sequence number. */
  readonly nextHopMtu?: number;
  /** Of a REDIRECT: the better gateway's IPv4 address. */
  readonly gateway?: number;
  /** Of a PARAMETER_PROBLEM: position of the byte at fault in the quoted packet. */
  readonly pointer?: number;
  /** Of any type: all four bytes as one number, in place of the fields above. */
  readonly restOfHeader?: number;
}

/** Whether a header is there: `ICMP_INVALID` when the message ends inside it, otherwise 0. */
export function check(_view: DataView, offset: number, end: number): DropReason {
  return offset + HEADER_LENGTH > end ? DropReason.ICMP_INVALID : DropReason.NONE;
}

/** Type of the message. */
export function type(view: DataView, offset: number): number {
  return view.getUint8(offset + TYPE);
}

/** Code, whose meaning depends on the type. */
export function code(view: DataView, offset: number): number {
  return view.getUint8(offset + CODE);
}

/** Checksum over the message, as it carries it. */
export function messageChecksum(view: DataView, offset: number): number {
  return view.getUint16(offset + MESSAGE_CHECKSUM);
}

/** Identifier of an echo. */
export function identifier(view: DataView, offset: number): number {
  return view.getUint16(offset + IDENTIFIER);
}

/** Sequence number of an echo. */
export function sequence(view: DataView, offset: number): number {
  return view.getUint16(offset + SEQUENCE);
}

/** MTU of the next hop, in bytes, in a FRAGMENTATION_NEEDED; 0 from routers that predate RFC 1191. */
export function nextHopMtu(view: DataView, offset: number): number {
  return view.getUint16(offset + NEXT_HOP_MTU);
}

/** The better gateway's IPv4 address in a REDIRECT. */
export function gateway(view: DataView, offset: number): number {
  return view.getUint32(offset + GATEWAY);
}

/** Position of the byte at fault in the quoted packet, in a PARAMETER_PROBLEM. */
export function pointer(view: DataView, offset: number): number {
  return view.getUint8(offset + POINTER);
}

/** The four bytes behind the checksum as one number, whatever the type makes of them. */
export function restOfHeader(view: DataView, offset: number): number {
  return view.getUint32(offset + REST_OF_HEADER);
}

/** Position of the quoted packet's IPv4 header in an error. Nothing says that it is whole: check its length. */
export function quotedOffset(offset: number): number {
  return offset + HEADER_LENGTH;
}

/** Sets the type. */
export function setType(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + TYPE, value);
}

/** Sets the code. */
export function setCode(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + CODE, value);
}

/** Sets the checksum to any value; `updateChecksum` sets the right one. */
export function setMessageChecksum(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + MESSAGE_CHECKSUM, value);
}

/** Sets the identifier of an echo. */
export function setIdentifier(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + IDENTIFIER, value);
}

/** Sets the sequence number of an echo. */
export function setSequence(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + SEQUENCE, value);
}

/** Sets the MTU of the next hop, in bytes. */
export function setNextHopMtu(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + NEXT_HOP_MTU, value);
}

/** Sets the better gateway's IPv4 address. */
export function setGateway(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + GATEWAY, value);
}

/** Sets the position of the byte at fault. */
export function setPointer(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + POINTER, value);
}

/** The checksum that the message should carry, whatever it carries now. */
export function computeChecksum(view: DataView, offset: number, end: number): number {
  const before = sum(view, offset, offset + MESSAGE_CHECKSUM);
  return checksum(view, offset + IDENTIFIER, end, before);
}

/** Whether the message carries the right checksum. */
export function verifyChecksum(view: DataView, offset: number, end: number): boolean {
  return checksum(view, offset, end) === 0;
}

/** Computes the checksum over header and data, and stores it. */
export function updateChecksum(view: DataView, offset: number, end: number): void {
  setMessageChecksum(view, offset, computeChecksum(view, offset, end));
}

/** Writes the header with checksum 0: `updateChecksum` follows once the data is there. @returns its length in bytes */
export function write(view: DataView, offset: number, fields: IcmpFields): number {
  setType(view, offset, fields.type);
  setCode(view, offset, fields.code ?? 0);
  setMessageChecksum(view, offset, 0);
  view.setUint32(offset + REST_OF_HEADER, fields.restOfHeader ?? fields.gateway ?? 0);
  if (fields.pointer !== undefined) setPointer(view, offset, fields.pointer);
  if (fields.identifier !== undefined) setIdentifier(view, offset, fields.identifier);
  const sequence = fields.sequence ?? fields.nextHopMtu;
  if (sequence !== undefined) setSequence(view, offset, sequence);
  return HEADER_LENGTH;
}

/**
 * The message as tcpdump prints it behind the addresses: `ICMP echo request, id 1, seq 1, length 64`,
 * the message's length in bytes. An error names the quoted destination.
 *
 * @param length length of the message as it was sent, where `end` cuts it short
 */
export function text(view: DataView, offset: number, end: number, length: number = end - offset): string {
  if (check(view, offset, end) !== DropReason.NONE) return "[|icmp]";
  return `ICMP ${meaning(view, offset, end)}, length ${length}`;
}

function meaning(view: DataView, offset: number, end: number): string {
  const kind = type(view, offset);
  switch (kind) {
    case IcmpType.ECHO:
    case IcmpType.ECHO_REPLY:
      return `${typeText(kind)}, id ${identifier(view, offset)}, seq ${sequence(view, offset)}`;
    case IcmpType.TIMESTAMP:
    case IcmpType.TIMESTAMP_REPLY:
      return `${typeText(kind)} id ${identifier(view, offset)} seq ${sequence(view, offset)}`;
    case IcmpType.TIME_EXCEEDED:
      return timeExceededText(code(view, offset));
    case IcmpType.PARAMETER_PROBLEM:
      return parameterProblemText(code(view, offset), pointer(view, offset));
    case IcmpType.REDIRECT:
      return redirectText(code(view, offset), quotedDestination(view, offset, end), formatIpv4(gateway(view, offset)));
    case IcmpType.DESTINATION_UNREACHABLE:
      return unreachable(view, offset, end);
    case IcmpType.ADDRESS_MASK_REPLY:
      return offset + ADDRESS_MASK + 4 > end ? "[|icmp]" : `address mask is ${maskText(view, offset)}`;
    default:
      return typeText(kind);
  }
}

function maskText(view: DataView, offset: number): string {
  return `0x${view
    .getUint32(offset + ADDRESS_MASK)
    .toString(16)
    .padStart(8, "0")}`;
}

function unreachable(view: DataView, offset: number, end: number): string {
  const destination = quotedDestination(view, offset, end);
  const kind = code(view, offset);
  if (kind === UnreachableCode.FRAGMENTATION_NEEDED) {
    const mtu = nextHopMtu(view, offset);
    return `${destination} unreachable - need to frag${mtu === 0 ? "" : ` (mtu ${mtu})`}`;
  }
  const isCutShort = quotedOffset(offset) + ipv4.HEADER_LENGTH > end;
  if (isCutShort) return unreachableText(kind, destination);
  const protocol = ipv4.protocol(view, quotedOffset(offset));
  if (kind === UnreachableCode.PROTOCOL) return `${destination} protocol ${protocol} unreachable`;
  if (kind !== UnreachableCode.PORT) return unreachableText(kind, destination);
  const transport = quotedOffset(offset) + ipv4.headerLength(view, quotedOffset(offset));
  const port = transport + 4 > end ? "[|icmp]" : view.getUint16(transport + 2);
  const name = { [ipv4.Protocol.TCP]: "tcp", [ipv4.Protocol.UDP]: "udp" }[protocol] ?? `protocol ${protocol}`;
  return `${destination} ${name} port ${port} unreachable`;
}

/** The destination of the quoted packet, or tcpdump's mark where the message ends before it. */
function quotedDestination(view: DataView, offset: number, end: number): string {
  const quoted = quotedOffset(offset);
  return quoted + ipv4.HEADER_LENGTH > end ? "[|icmp]" : formatIpv4(ipv4.destination(view, quoted));
}
