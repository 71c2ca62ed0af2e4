/**
 * The loops that devices run over every vector, with nothing but typed arrays in them. What they leave over, and
 * all that has to be explained, devices look at packet by packet.
 *
 * They are closures over one pool, made once for an engine, as those of the flow cache are (flow-match-loops.ts).
 */
import type { PacketPool } from "../packet/index.ts";
import { ipv4, udp } from "../wire/index.ts";
import { macEntry } from "../table/index.ts";
import * as fdbEntry from "./bridge-fdb.ts";
import { VECTOR_LENGTH } from "./stage.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { headerLength } = ipv4;
const { HEADER_LENGTH: UDP_HEADER_LENGTH, verifyChecksum } = udp;

const { findMac } = macEntry;
const { portIn, refreshIn } = fdbEntry;

/** Longer than any frame. */
const ENDLESS = 2 ** 30;

/** In the first word of a frame: its destination is a group. */
const GROUP_BIT = 0x0100_0000;
/** The same of its source, in the second word. */
const SOURCE_GROUP_BIT = 0x0100;

/** By position in the vector: what a loop found out about each packet. */
const results = new Int32Array(VECTOR_LENGTH);

export interface VectorLoops {
  /** Results of the last loop. Who works packet by packet writes its own here. */
  readonly results: Int32Array;
  /** Where the run of equal results ends that starts at position `at`, of `count` in all. */
  endOfRun(at: number, count: number): number;
  /** Bytes of the frames together, -1 when one is shorter or longer than allowed. */
  measure(handles: Int32Array, first: number, end: number, shortest: number, longest: number): number;
  /** `measure`, and marks the frames as received by device number `index`. */
  admit(handles: Int32Array, first: number, end: number, index: number, shortest: number, longest: number): number;
  /**
   * For a bridge port: each frame's source is refreshed, and its destination looked up (results: port number, 0 for
   * local, -1 for unknown). Ends before the first frame that is for or from a group, or whose source is not known to be at
   * this port; returns its position.
   */
  bridge(fdb: fdbEntry.BridgeFdb, port: number, now: number, handles: Int32Array, first: number, end: number): number;
  /** For UDP: checks each datagram, its IPv4 header first, and trims it. Results: destination port, or -1 when it is unsound. */
  receiveUdp(handles: Int32Array, first: number, end: number): void;
}

export function createVectorLoops(pool: PacketPool): VectorLoops {
  const { view, start, length, ingress } = pool;

  function measure(handles: Int32Array, first: number, end: number, shortest: number, longest: number): number {
    let bytes = 0;
    let least = ENDLESS;
    let most = 0;
    for (let i = first; i < end; i++) {
      const size = length[handles[i]!]!;
      bytes = (bytes + size) | 0;
      if (size < least) least = size;
      if (size > most) most = size;
    }
    return least >= shortest && most <= longest ? bytes : -1;
  }

  function admit(
    handles: Int32Array,
    first: number,
    end: number,
    index: number,
    shortest: number,
    longest: number,
  ): number {
    let bytes = 0;
    let least = ENDLESS;
    let most = 0;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const size = length[handle]!;
      bytes = (bytes + size) | 0;
      if (size < least) least = size;
      if (size > most) most = size;
      ingress[handle] = index;
    }
    return least >= shortest && most <= longest ? bytes : -1;
  }

  function bridge(
    fdb: fdbEntry.BridgeFdb,
    port: number,
    now: number,
    handles: Int32Array,
    first: number,
    end: number,
  ): number {
    const { ageingTime } = fdb;
    const { entries, mask, hashShift } = fdb.table;
    // Neighbours are often from and to the same stations: the three words of both addresses tell.
    let a = 0;
    let b = 0;
    let c = 0;
    let result = 0;
    for (let i = first; i < end; i++) {
      const offset = start[handles[i]!]!;
      const newA = view.getInt32(offset);
      const newB = view.getInt32(offset + 4);
      const newC = view.getInt32(offset + 8);
      if (newA !== a || newB !== b || newC !== c || i === first) {
        a = newA;
        b = newB;
        c = newC;
        const source = findMac(entries, mask, hashShift, b & 0xffff, c);
        if (
          (a & GROUP_BIT) !== 0 ||
          (b & SOURCE_GROUP_BIT) !== 0 ||
          source < 0 ||
          !refreshIn(entries, source, port, now)
        )
          return i;
        const slot = findMac(entries, mask, hashShift, a >>> 16, (a << 16) | (b >>> 16));
        result = slot < 0 ? -1 : portIn(entries, slot, now, ageingTime);
      }
      results[i - first] = result;
    }
    return end;
  }

  function receiveUdp(handles: Int32Array, first: number, end: number): void {
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      const header = offset + headerLength(view, offset);
      const room = offset + length[handle]! - header;
      results[i - first] = -1;
      if (room < UDP_HEADER_LENGTH) continue;
      const lengthAndChecksum = view.getInt32(header + 4);
      const size = lengthAndChecksum >>> 16;
      if (size < UDP_HEADER_LENGTH || size > room) continue;
      if ((lengthAndChecksum & 0xffff) !== 0 && !verifyChecksum(view, offset, header)) continue;
      // Bytes of the packet behind the datagram's own length are nobody's (Linux __udp4_lib_rcv).
      length[handle] = header - offset + size;
      results[i - first] = view.getUint16(header + 2);
    }
  }

  function endOfRun(at: number, count: number): number {
    const result = results[at];
    while (++at < count && results[at] === result);
    return at;
  }

  return { results, endOfRun, measure, admit, bridge, receiveUdp };
}
