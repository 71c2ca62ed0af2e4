/** Fragments of a datagram, as a test wants them cut. */
import { IcmpType } from "../../src/wire/index.ts";
import { counting, icmp, packet, type PacketFields } from "./frames.ts";

/** Bytes of a payload: from `start` up to `end`, and whether more follow; by default when `end` is not the payload's. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly moreFragments?: boolean;
  /** What the payload holds there, where that is not to be the truth. */
  readonly bytes?: Uint8Array;
  readonly fields?: Partial<PacketFields>;
}

/** The fragments of an IPv4 packet with this payload, in the order of the pieces. */
export function fragments(fields: PacketFields, payload: Uint8Array, pieces: readonly Piece[]): Uint8Array[] {
  return pieces.map(({ start, end, moreFragments = end < payload.length, bytes, fields: own }) =>
    packet({
      ...fields,
      ...own,
      payload: bytes ?? payload.subarray(start, end),
      fragmentOffset: start,
      moreFragments,
    }),
  );
}

/** Pieces that end at these positions, the first one at 0. */
export function cut(...ends: readonly number[]): Piece[] {
  return ends.map((end, index) => ({ start: ends[index - 1] ?? 0, end }));
}

/** An echo request of `length` bytes, which count up behind its header. */
export function echoRequest(length: number): Uint8Array {
  return icmp(IcmpType.ECHO, 0, 0x0007_0001, counting(length - 8));
}
