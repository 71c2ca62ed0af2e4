/**
 * Transmission Control Protocol header (RFC 9293 section 3.1).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |          Source port          |       Destination port        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                        Sequence number                        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                    Acknowledgment number                      |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     | Data  |       |C|E|U|A|P|R|S|F|                               |
 *     | offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 *     |       |       |R|E|G|K|H|T|N|N|                               |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |           Checksum            |         Urgent pointer        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                    Options (0 to 40 bytes)                    |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the source port's first byte, `end` the position behind the segment (the IPv4 total
 * length decides, not the frame). No accessor may be called before `check` has returned 0.
 */

import { checksum, sum } from "../bytes/checksum.ts";
import { DropReason } from "./drop-reason.ts";
import { pseudoHeaderSum } from "./ipv4.ts";
import { options as listOptions, optionsText, type TcpOptionPlace } from "./tcp-options.ts";

export {
  buildOptions,
  OptionKind,
  readOption,
  type SackBlock,
  type TcpOption,
  type TcpOptionPlace,
} from "./tcp-options.ts";

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE_NUMBER = 4;
const ACKNOWLEDGMENT_NUMBER = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const SEGMENT_CHECKSUM = 16;
const URGENT_POINTER = 18;

/** Length of the header without options, in bytes: the least there is. */
export const HEADER_LENGTH = 20;

/** Length of the longest header, in bytes. */
export const MAXIMUM_HEADER_LENGTH = 60;

/** Bits of the flags field (RFC 9293 section 3.1, "Control bits"). */
export const TcpFlag = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
} as const;

/** Fields that `write` needs. */
export interface TcpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Unsigned 32-bit number. */
  readonly sequenceNumber: number;
  /** Unsigned 32-bit number; 0 when left out. */
  readonly acknowledgmentNumber?: number;
  /** Sum of TcpFlag bits. */
  readonly flags: number;
  /** The four reserved bits, the lowest of which AccECN uses (RFC 9768); 0 when left out. */
  readonly reserved?: number;
  /** As the field carries it, not scaled (RFC 7323). */
  readonly window: number;
  /** 0 when left out. */
  readonly urgentPointer?: number;
  /** Options with their padding, a multiple of 4 and at most 40 bytes. */
  readonly options?: Uint8Array;
}

/**
 * Whether a header is there, options included: `PKT_TOO_SMALL` when it is cut short or its data offset
 * is below 5, as Linux's tcp_v4_rcv() has it; otherwise 0.
 */
export function check(view: DataView, offset: number, end: number): DropReason {
  if (offset + HEADER_LENGTH > end) return DropReason.PKT_TOO_SMALL;
  const length = headerLength(view, offset);
  if (length < HEADER_LENGTH || offset + length > end) return DropReason.PKT_TOO_SMALL;
  return DropReason.NONE;
}

/** Source port. */
export function sourcePort(view: DataView, offset: number): number {
  return view.getUint16(offset + SOURCE_PORT);
}

/** Destination port. */
export function destinationPort(view: DataView, offset: number): number {
  return view.getUint16(offset + DESTINATION_PORT);
}

/** Sequence number of the first byte, or of SYN. */
export function sequenceNumber(view: DataView, offset: number): number {
  return view.getUint32(offset + SEQUENCE_NUMBER);
}

/** Next sequence number that the sender expects; without meaning unless ACK is set. */
export function acknowledgmentNumber(view: DataView, offset: number): number {
  return view.getUint32(offset + ACKNOWLEDGMENT_NUMBER);
}

/** Length of the header with its options, in bytes (the data offset field counts 32-bit words). */
export function headerLength(view: DataView, offset: number): number {
  return (view.getUint8(offset + DATA_OFFSET) >> 4) << 2;
}

/** The four bits between data offset and control bits; AccECN uses the lowest (RFC 9768). */
export function reserved(view: DataView, offset: number): number {
  return view.getUint8(offset + DATA_OFFSET) & 0x0f;
}

/** The eight control bits, a sum of TcpFlag. */
export function flags(view: DataView, offset: number): number {
  return view.getUint8(offset + FLAGS);
}

/** Window, as the field carries it, not scaled. */
export function window(view: DataView, offset: number): number {
  return view.getUint16(offset + WINDOW);
}

/** Checksum, as the header carries it. */
export function segmentChecksum(view: DataView, offset: number): number {
  return view.getUint16(offset + SEGMENT_CHECKSUM);
}

/** Urgent pointer; without meaning unless URG is set. */
export function urgentPointer(view: DataView, offset: number): number {
  return view.getUint16(offset + URGENT_POINTER);
}

/** The options in order, up to END or the first that is malformed. */
export function options(view: DataView, offset: number): TcpOptionPlace[] {
  return listOptions(view, offset + HEADER_LENGTH, offset + headerLength(view, offset));
}

/** Sets the source port. */
export function setSourcePort(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + SOURCE_PORT, value);
}

/** Sets the destination port. */
export function setDestinationPort(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + DESTINATION_PORT, value);
}

/** Sets the sequence number. */
export function setSequenceNumber(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + SEQUENCE_NUMBER, value);
}

/** Sets the acknowledgment number. */
export function setAcknowledgmentNumber(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + ACKNOWLEDGMENT_NUMBER, value);
}

/** Sets the length of the header with its options, in bytes, a multiple of 4. */
export function setHeaderLength(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + DATA_OFFSET, ((value >> 2) << 4) | reserved(view, offset));
}

/** Sets the four reserved bits. */
export function setReserved(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + DATA_OFFSET, (view.getUint8(offset + DATA_OFFSET) & 0xf0) | value);
}

/** Sets the eight control bits. */
export function setFlags(view: DataView, offset: number, value: number): void {
  view.setUint8(offset + FLAGS, value);
}

/** Sets the window. */
export function setWindow(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + WINDOW, value);
}

/** Sets the checksum to any value; `updateChecksum` sets the right one. */
export function setSegmentChecksum(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + SEGMENT_CHECKSUM, value);
}

/** Sets the urgent pointer. */
export function setUrgentPointer(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + URGENT_POINTER, value);
}

/** The checksum that the header should carry, whatever it carries now. */
export function computeChecksum(view: DataView, ipOffset: number, tcpOffset: number, end: number): number {
  const pseudo = pseudoHeaderSum(view, ipOffset, end - tcpOffset);
  const before = sum(view, tcpOffset, tcpOffset + SEGMENT_CHECKSUM, pseudo);
  return checksum(view, tcpOffset + URGENT_POINTER, end, before);
}

/** Whether the header carries the right checksum. */
export function verifyChecksum(view: DataView, ipOffset: number, tcpOffset: number, end: number): boolean {
  return checksum(view, tcpOffset, end, pseudoHeaderSum(view, ipOffset, end - tcpOffset)) === 0;
}

/** Computes the checksum over pseudo-header, header and payload, and stores it. */
export function updateChecksum(view: DataView, ipOffset: number, tcpOffset: number, end: number): void {
  setSegmentChecksum(view, tcpOffset, computeChecksum(view, ipOffset, tcpOffset, end));
}

/**
 * Writes the header with checksum 0: `updateChecksum` follows once the payload is there.
 *
 * @returns its length in bytes
 * @throws RangeError when the options are no multiple of 4 bytes or more than 40
 */
export function write(view: DataView, offset: number, fields: TcpFields): number {
  const length = HEADER_LENGTH + writeOptions(view, offset + HEADER_LENGTH, fields.options);
  setSourcePort(view, offset, fields.sourcePort);
  setDestinationPort(view, offset, fields.destinationPort);
  setSequenceNumber(view, offset, fields.sequenceNumber);
  setAcknowledgmentNumber(view, offset, fields.acknowledgmentNumber ?? 0);
  view.setUint8(offset + DATA_OFFSET, ((length >> 2) << 4) | (fields.reserved ?? 0));
  setFlags(view, offset, fields.flags);
  setWindow(view, offset, fields.window);
  setSegmentChecksum(view, offset, 0);
  setUrgentPointer(view, offset, fields.urgentPointer ?? 0);
  return length;
}

function writeOptions(view: DataView, offset: number, bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 0;
  if (bytes.length % 4 !== 0 || bytes.length > MAXIMUM_HEADER_LENGTH - HEADER_LENGTH) {
    throw new RangeError(`expected TCP options of at most 40 bytes in words of 4, found ${bytes.length} bytes`);
  }
  for (let index = 0; index < bytes.length; index++) view.setUint8(offset + index, bytes[index]!);
  return bytes.length;
}

const FLAG_LETTERS = "FSRP.UEW"; // from the lowest bit up

/** What tcpdump's options change of a segment's text. */
export interface SegmentText {
  readonly sequence: number;
  readonly acknowledgment: number;
  /** What `-v` says of the checksum; "" for nothing. */
  readonly checksum?: string;
  /** Whether the sequence number is told of a segment that takes none. */
  readonly isSequenceShown?: boolean;
  /** Whether the capture ends within the options: then so does the text. */
  readonly isCut?: boolean;
}

/**
 * The segment as `tcpdump -S` prints it behind the addresses, with absolute numbers unless others are given:
 * `Flags [S], seq 1, win 64240, options [mss 1460], length 0`. The length is the payload's in bytes.
 *
 * @param end position behind the segment; where only its header is at hand, that is more than can be read
 */
export function text(view: DataView, offset: number, end: number, shown?: SegmentText): string {
  if (offset + HEADER_LENGTH > end) return "[|tcp]";
  const length = headerLength(view, offset);
  const payloadLength = end - offset - length;
  if (length < HEADER_LENGTH) return `tcp ${payloadLength} [bad hdr length ${length} - too short, < ${HEADER_LENGTH}]`;
  const control = `Flags [${flagsText(flags(view, offset))}]`;
  if (payloadLength < 0) return `${control} [bad hdr length ${length} - too long, > ${end - offset}]`;
  const parts = [control];
  if (shown?.checksum) parts.push(shown.checksum);
  const takesNumbers = payloadLength > 0 || (flags(view, offset) & (TcpFlag.SYN | TcpFlag.FIN | TcpFlag.RST)) !== 0;
  if (takesNumbers || shown?.isSequenceShown === true) {
    const first = shown?.sequence ?? sequenceNumber(view, offset);
    parts.push(payloadLength > 0 ? `seq ${first}:${(first + payloadLength) >>> 0}` : `seq ${first}`);
  }
  if (flags(view, offset) & TcpFlag.ACK)
    parts.push(`ack ${shown?.acknowledgment ?? acknowledgmentNumber(view, offset)}`);
  parts.push(`win ${window(view, offset)}`);
  if (flags(view, offset) & TcpFlag.URG) parts.push(`urg ${urgentPointer(view, offset)}`);
  if (shown?.isCut === true) return `${parts.join(", ")}, options [ [|tcp]`;
  const options = optionsText(view, offset + HEADER_LENGTH, offset + length);
  if (options !== "") parts.push(`options [${options}]`);
  parts.push(`length ${payloadLength}`);
  return parts.join(", ");
}

/** The eight control bits in tcpdump's letters: `S.`, or `none`. */
export function flagsText(flags: number): string {
  return [...FLAG_LETTERS].filter((_, bit) => flags & (1 << bit)).join("") || "none";
}
