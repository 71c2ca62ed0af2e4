/**
 * User Datagram Protocol (RFC 768; host rules: RFC 1122 section 4.1).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |          Source port          |       Destination port        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |            Length             |           Checksum            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * `offset` is the source port's first byte. No accessor may be called before `check` has returned 0.
 * The checksum also covers a pseudo-header, so that its functions take the IPv4 header's position.
 */

import { checksum, sum } from "../bytes/checksum.ts";
import { DropReason } from "./drop-reason.ts";
import { pseudoHeaderSum } from "./ipv4.ts";

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const DATAGRAM_LENGTH = 4;
const DATAGRAM_CHECKSUM = 6;

/** Length of the header in bytes. */
export const HEADER_LENGTH = 8;

/** Fields that `write` needs. */
export interface UdpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Length of header and payload in bytes. */
  readonly datagramLength: number;
}

/**
 * Whether a datagram is there: `PKT_TOO_SMALL` when its header is cut short, its length is below 8, or
 * its length reaches beyond the end; otherwise 0. Bytes behind its length are ignored, as Linux does.
 *
 * @param end position behind the IPv4 payload
 */
export function check(view: DataView, offset: number, end: number): DropReason {
  if (offset + HEADER_LENGTH > end) return DropReason.PKT_TOO_SMALL;
  const length = view.getUint16(offset + DATAGRAM_LENGTH);
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

/** Length of header and payload in bytes. */
export function datagramLength(view: DataView, offset: number): number {
  return view.getUint16(offset + DATAGRAM_LENGTH);
}

/** Checksum, as the header carries it; 0 when the sender computed none. */
export function datagramChecksum(view: DataView, offset: number): number {
  return view.getUint16(offset + DATAGRAM_CHECKSUM);
}

/** Sets the source port. */
export function setSourcePort(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + SOURCE_PORT, value);
}

/** Sets the destination port. */
export function setDestinationPort(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + DESTINATION_PORT, value);
}

/** Sets the length of header and payload, in bytes. */
export function setDatagramLength(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + DATAGRAM_LENGTH, value);
}

/** Sets the checksum to any value; `updateChecksum` sets the right one, 0 says that there is none. */
export function setDatagramChecksum(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + DATAGRAM_CHECKSUM, value);
}

/**
 * The checksum that the header should carry, whatever it carries now: 0xffff where the computation
 * gives 0, since 0 says that there is none (RFC 768, "Fields").
 */
export function computeChecksum(view: DataView, ipOffset: number, udpOffset: number): number {
  const length = datagramLength(view, udpOffset);
  const before = sum(view, udpOffset, udpOffset + DATAGRAM_CHECKSUM, pseudoHeaderSum(view, ipOffset, length));
  return checksum(view, udpOffset + HEADER_LENGTH, udpOffset + length, before) || 0xffff;
}

/** Whether the checksum is right, or 0 for none (RFC 768, "Fields"; RFC 1122 section 4.1.3.4). */
export function verifyChecksum(view: DataView, ipOffset: number, udpOffset: number): boolean {
  if (datagramChecksum(view, udpOffset) === 0) return true;
  const length = datagramLength(view, udpOffset);
  return checksum(view, udpOffset, udpOffset + length, pseudoHeaderSum(view, ipOffset, length)) === 0;
}

/** Computes the checksum over pseudo-header, header and payload, and stores it. */
export function updateChecksum(view: DataView, ipOffset: number, udpOffset: number): void {
  setDatagramChecksum(view, udpOffset, computeChecksum(view, ipOffset, udpOffset));
}

/** Writes the header with checksum 0, "none"; `updateChecksum` can follow. @returns its length in bytes */
export function write(view: DataView, offset: number, fields: UdpFields): number {
  setSourcePort(view, offset, fields.sourcePort);
  setDestinationPort(view, offset, fields.destinationPort);
  setDatagramLength(view, offset, fields.datagramLength);
  setDatagramChecksum(view, offset, 0);
  return HEADER_LENGTH;
}

/**
 * The datagram as tcpdump prints it behind the addresses: `UDP, length 100`, the payload's length in
 * bytes. What `check` refuses is told as tcpdump tells it.
 */
export function text(view: DataView, offset: number, end: number): string {
  if (offset + HEADER_LENGTH > end) return `truncated-udp ${end - offset}`;
  const length = datagramLength(view, offset);
  if (length < HEADER_LENGTH) return `truncated-udplength ${length}`;
  const available = end - offset;
  if (length > available) return `UDP, bad length ${length - HEADER_LENGTH} > ${available - HEADER_LENGTH}`;
  return `UDP, length ${length - HEADER_LENGTH}`;
}
