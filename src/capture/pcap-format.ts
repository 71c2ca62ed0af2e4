/**
 * What reader and writer of classic pcap share (draft-ietf-opsawg-pcap). A capture begins with a file header:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Magic Number                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Major Version        |         Minor Version         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 Reserved: once the time zone                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             Reserved: once the accuracy of times              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            SnapLen                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  FCS  |R|P|       Reserved3       |         Link Type         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * and has for every packet a header and its bytes, not padded:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Timestamp (Seconds)                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            Timestamp (Microseconds or nanoseconds)            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Captured Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Original Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /                 Packet Data, variable, not padded             /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

import type { OutputBuffer } from "./output-buffer.ts";

export const FILE_HEADER_LENGTH = 24;
export const PACKET_HEADER_LENGTH = 16;
export const MAJOR_VERSION = 2;
const MINOR_VERSION = 4;

/** The magic number tells readers the byte order, and the unit of the second field of times. */
export const Magic = {
  MICROSECONDS: 0xa1b2c3d4,
  NANOSECONDS: 0xa1b23c4d,
  /** As MICROSECONDS, with eight bytes more for a packet: a patch of Linux's libpcap by A. Kuznetsov. */
  MODIFIED: 0xa1b2cd34,
} as const;

/** The field of the link type: whether a length of the FCS stands in it, and where, in 16-bit words. */
const FCS_PRESENT = 0x0400_0000;
const FCS_SHIFT = 28;

/** Writes a file header, little endian, where `reserve` has made room. */
export function writeFileHeader(output: OutputBuffer, magic: number, snapLength: number, linkTypeField: number): void {
  const start = output.reserve(FILE_HEADER_LENGTH);
  const { view } = output;
  view.setUint32(start, magic, true);
  view.setUint16(start + 4, MAJOR_VERSION, true);
  view.setUint16(start + 6, MINOR_VERSION, true);
  view.setUint32(start + 8, 0, true);
  view.setUint32(start + 12, 0, true);
  view.setUint32(start + 16, snapLength, true);
  view.setUint32(start + 20, linkTypeField, true);
  output.commit(start + FILE_HEADER_LENGTH);
}

/** Bits of the link type's field for a frame check sequence of so many bytes. */
export function fcsBits(length: number | undefined): number {
  return length === undefined ? 0 : FCS_PRESENT | (((length >> 1) & 0xf) << FCS_SHIFT);
}

/** Bytes of frame check sequence that the link type's field tells; undefined when it tells none. */
export function fcsLength(linkTypeField: number): number | undefined {
  return (linkTypeField & FCS_PRESENT) === 0 ? undefined : 2 * (linkTypeField >>> FCS_SHIFT);
}
