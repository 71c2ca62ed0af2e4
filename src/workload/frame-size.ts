/**
 * Frame sizes as RFC 2544 section 9.1 counts them, with the frame check sequence, and what a frame takes of a
 * line. IMIX is the usual simple mix: 7 frames of 64 bytes to 4 of 570 and 1 of 1518.
 */
import { ethernet } from "../wire/index.ts";

const FRAME_CHECK_SEQUENCE = 4;
const PREAMBLE = 8;
const INTERFRAME_GAP = 12;

/** RFC 2544 section 9.1's sizes for Ethernet. */
export const RFC_2544_FRAME_SIZES: readonly number[] = [64, 128, 256, 512, 1024, 1280, 1518];
export const SHORTEST_FRAME_SIZE: number = RFC_2544_FRAME_SIZES.at(0)!;
export const LONGEST_FRAME_SIZE: number = RFC_2544_FRAME_SIZES.at(-1)!;

const IMIX = [64, 570, 64, 64, 570, 64, 64, 570, 64, 64, 570, 1518];

/** The frames of a workload. */
export interface FrameSize {
  /** As it was asked for: "64", "IMIX". */
  readonly name: string;
  /** Bytes of each frame without its frame check sequence, in turn. */
  readonly frameLengths: readonly number[];
  /** With the frame check sequence, where longer frames were shortened so that packets fit an MTU; otherwise null. */
  readonly shortenedTo: number | null;
}

/** The frame size of this name: a number of bytes with the frame check sequence, or IMIX. Undefined for no size. */
export function findFrameSize(name: string): FrameSize | undefined {
  if (name.toUpperCase() === "IMIX") return { name: "IMIX", frameLengths: IMIX.map(withoutCheck), shortenedTo: null };
  const size = /^\d+$/.test(name) ? Number(name) : 0;
  if (size < SHORTEST_FRAME_SIZE || size > LONGEST_FRAME_SIZE) return undefined;
  return { name: String(size), frameLengths: [withoutCheck(size)], shortenedTo: null };
}

/** The same, with no packet above an MTU. */
export function fitMtu(frameSize: FrameSize, mtu: number): FrameSize {
  const longest = mtu + ethernet.HEADER_LENGTH;
  if (frameSize.frameLengths.every((length) => length <= longest)) return frameSize;
  const frameLengths = frameSize.frameLengths.map((length) => Math.min(length, longest));
  return { ...frameSize, frameLengths, shortenedTo: longest + FRAME_CHECK_SEQUENCE };
}

/** Bits that a frame of `frameLength` bytes without its check sequence takes of a line, preamble and gap included. */
export function wireBits(frameLength: number): number {
  return (frameLength + FRAME_CHECK_SEQUENCE + PREAMBLE + INTERFRAME_GAP) * 8;
}

function withoutCheck(size: number): number {
  return size - FRAME_CHECK_SEQUENCE;
}
