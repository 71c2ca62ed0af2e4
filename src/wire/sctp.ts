/**
 * Stream Control Transmission Protocol: the common header and its chunks (RFC 9260 section 3).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |          Source port          |       Destination port        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                       Verification tag                        |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                           Checksum                            |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |  Chunk type   |  Chunk flags  |         Chunk length          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     :                             ...                               :
 *
 * `offset` is the source port's first byte. No accessor may be called before `check` has returned 0. The checksum is a
 * CRC32c over header and chunks, without a pseudo-header, and stands with its lowest byte first (appendix A).
 */

import { CRC32C_START, crc32cAdd, crc32cValue } from "../bytes/crc32c.ts";
import { DropReason } from "./drop-reason.ts";
import { chunksText } from "./sctp-text.ts";

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const VERIFICATION_TAG = 4;
const PACKET_CHECKSUM = 8;

/** Length of the common header in bytes. */
export const HEADER_LENGTH = 12;

/** Fields that `write` needs. */
export interface SctpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The tag that the receiver chose; 0 in front of INIT, which chooses the sender's (section 8.5.1). */
  readonly verificationTag: number;
}

/** Whether a common header is there: otherwise `PKT_TOO_SMALL`. */
export function check(_view: DataView, offset: number, end: number): DropReason {
  return offset + HEADER_LENGTH > end ? DropReason.PKT_TOO_SMALL : DropReason.NONE;
}

/** Source port. */
export function sourcePort(view: DataView, offset: number): number {
  return view.getUint16(offset + SOURCE_PORT);
}

/** Destination port. */
export function destinationPort(view: DataView, offset: number): number {
  return view.getUint16(offset + DESTINATION_PORT);
}

/** Verification tag. */
export function verificationTag(view: DataView, offset: number): number {
  return view.getUint32(offset + VERIFICATION_TAG);
}

/** The CRC32c that the header carries. */
export function packetChecksum(view: DataView, offset: number): number {
  return view.getUint32(offset + PACKET_CHECKSUM, true);
}

/** Sets the source port. */
export function setSourcePort(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + SOURCE_PORT, value);
}

/** Sets the destination port. */
export function setDestinationPort(view: DataView, offset: number, value: number): void {
  view.setUint16(offset + DESTINATION_PORT, value);
}

/** Sets the verification tag. */
export function setVerificationTag(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + VERIFICATION_TAG, value);
}

/** Sets the checksum to any CRC32c; `updateChecksum` sets the right one. */
export function setPacketChecksum(view: DataView, offset: number, value: number): void {
  view.setUint32(offset + PACKET_CHECKSUM, value, true);
}

const NO_CHECKSUM = new DataView(new ArrayBuffer(4));

/** The CRC32c that the header should carry: over header and chunks, with the checksum as zeroes (section 6.8). */
export function computeChecksum(view: DataView, offset: number, end: number): number {
  const before = crc32cAdd(CRC32C_START, view, offset, offset + PACKET_CHECKSUM);
  const around = crc32cAdd(before, NO_CHECKSUM, 0, 4);
  return crc32cValue(crc32cAdd(around, view, offset + HEADER_LENGTH, end));
}

/** Whether the header carries the right checksum. */
export function verifyChecksum(view: DataView, offset: number, end: number): boolean {
  return packetChecksum(view, offset) === computeChecksum(view, offset, end);
}

/** Computes the checksum over header and chunks, and stores it. */
export function updateChecksum(view: DataView, offset: number, end: number): void {
  setPacketChecksum(view, offset, computeChecksum(view, offset, end));
}

/** Writes the common header with checksum 0: `updateChecksum` follows once the chunks are there. @returns its length */
export function write(view: DataView, offset: number, fields: SctpFields): number {
  setSourcePort(view, offset, fields.sourcePort);
  setDestinationPort(view, offset, fields.destinationPort);
  setVerificationTag(view, offset, fields.verificationTag);
  setPacketChecksum(view, offset, 0);
  return HEADER_LENGTH;
}

/** The packet as tcpdump prints it behind the addresses: `sctp (1) [INIT] [init tag: 1] [rwnd: 65535] ...`. */
export function text(view: DataView, offset: number, end: number): string {
  if (offset + HEADER_LENGTH > end) return `truncated-sctp - ${offset + HEADER_LENGTH - end} bytes missing!`;
  return `sctp ${chunksText(view, offset + HEADER_LENGTH, end)}`.trimEnd();
}
