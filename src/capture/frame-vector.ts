/**
 * Vectors of frames that lie in one memory, each written as an Enhanced Packet Block (enhanced-packet-block.ts) with
 * its direction and packet id, and nothing else: so that all blocks come from one loop over words.
 */

import type { BlockBuilder } from "./block-builder.ts";
import { COPIED_BY_WORDS, copyWords } from "./copy-bytes.ts";
import type { OutputBuffer } from "./output-buffer.ts";

/** Frames in one memory. The arrays go by handle, a frame's number. */
export interface FrameMemory {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  /** Offset of a frame's first byte. */
  readonly start: Int32Array;
  readonly length: Int32Array;
  /** The same at every interface that sees the packet, an integer below 2^53. */
  readonly id: Float64Array;
}

const BLOCK_TYPE = 6;
/** Block type and length, interface, time, and both lengths of the packet. */
const HEADER_LENGTH = 28;
/** The options flags and packet id, the end of options, and the block's length again. */
const TRAILER_LENGTH = 28;

/** Code and length of an option, as the one word that they are in a little-endian file. */
const FLAGS_OPTION = 2 | (4 << 16);
const PACKET_ID_OPTION = 5 | (8 << 16);

/** Writes the blocks of the frames handles[first..end). `flags`: bits of the flags word. */
export function writeFrameVector(
  output: OutputBuffer,
  block: BlockBuilder,
  interfaceId: number,
  snapLength: number,
  time: number,
  flags: number,
  memory: FrameMemory,
  handles: Int32Array,
  first: number,
  end: number,
): void {
  const { view: from, start, length, id } = memory;
  const timeHigh = block.timeHigh(time) | 0;
  const timeLow = block.timeLow(time) | 0;
  let at = output.reserve(0);
  let { view } = output;
  for (let i = first; i < end; i++) {
    const handle = handles[i]!;
    const size = length[handle]!;
    const captured = size < snapLength ? size : snapLength;
    const padded = (captured + 3) & ~3;
    const total = HEADER_LENGTH + padded + TRAILER_LENGTH;
    if (at + total > view.byteLength) {
      output.commit(at);
      at = output.reserve(total);
      ({ view } = output);
    }
    view.setInt32(at, BLOCK_TYPE, true);
    view.setInt32(at + 4, total, true);
    view.setInt32(at + 8, interfaceId, true);
    view.setInt32(at + 12, timeHigh, true);
    view.setInt32(at + 16, timeLow, true);
    view.setInt32(at + 20, captured, true);
    view.setInt32(at + 24, size, true);
    const data = at + HEADER_LENGTH;
    if (captured <= COPIED_BY_WORDS) copyWords(from, start[handle]!, view, data, captured);
    else output.bytes.set(memory.bytes.subarray(start[handle]!, start[handle]! + captured), data);
    const options = data + padded;
    for (let gap = data + captured; gap < options; gap++) view.setUint8(gap, 0);
    view.setInt32(options, FLAGS_OPTION, true);
    view.setInt32(options + 4, flags, true);
    view.setInt32(options + 8, PACKET_ID_OPTION, true);
    view.setInt32(options + 12, id[handle]!, true);
    view.setInt32(options + 16, id[handle]! / 2 ** 32, true);
    view.setInt32(options + 20, 0, true);
    view.setInt32(options + 24, total, true);
    at += total;
  }
  output.commit(at);
}
