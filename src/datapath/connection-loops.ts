/**
 * The loop that looks whether the packets of a vector belong to connections that are known and allowed: TCP and UDP
 * without options and fragments, in states that such a packet does not change. What it does not know for sure is decided
 * on packet by packet.
 *
 * It is a closure over one pool, made once for an engine, as the loops of the flow cache are (flow-match-loops.ts).
 */
import type { PacketPool } from "../packet/index.ts";
import { type ConnectionTable, connectionHash, ConnectionWord } from "../table/index.ts";
import { Protocol, TcpFlag } from "../wire/index.ts";
import { lifeOf, STREAM_AGE } from "./connection-state.ts";
import { TcpTrack } from "./connection-tcp.ts";
import { TrackBit } from "./track-bit.ts";
import { VECTOR_LENGTH } from "./stage.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { TCP, UDP } = Protocol;
const { ACK, FIN, RST, SYN } = TcpFlag;
const { LOW, HIGH, PORTS, PROTOCOL, EXPIRY, STATE, GENERATION, CREATED } = ConnectionWord;
const { STATE_MASK, SWAPPED, REPLIED, SYN_IGNORED } = TrackBit;
const { ESTABLISHED } = TcpTrack;
const hash = connectionHash;

/** Ethernet, IPv4 and UDP or TCP headers without options. */
const UDP_HEADERS_LENGTH = 42;
const TCP_HEADERS_LENGTH = 54;
/** The upper three bytes of the word that begins with the EtherType: IPv4, and a header without options. */
const PLAIN_IPV4 = 0x0800_45;
/** In the word that begins with the fragment field: more fragments, the offset, and the protocol. */
const FRAGMENT_AND_PROTOCOL = 0x3fff_00ff;
/** Of these flags those of a segment that changes nothing of an established connection have ACK alone. */
const STATE_FLAGS = SYN | FIN | RST | ACK;

/** In `known`: it passes; its record, if there is one, is behind another. */
const KNOWN = 1;
const BEHIND = 2;

const TCP_LIFE = lifeOf(TCP, ESTABLISHED, true, 0);
const PICKED_UP_LIFE = lifeOf(TCP, ESTABLISHED, false, 0);
const UDP_LIFE = lifeOf(UDP, 0, false, 0);
const STREAM_LIFE = lifeOf(UDP, 0, true, STREAM_AGE + 1);

export interface ConnectionLoops {
  /** By position in the vector, of the last call of `findKnown`: 1 for packets that pass. */
  readonly known: Uint8Array;
  /** Of the last call: bytes of the frames of those packets. */
  readonly knownBytes: Int32Array;
  /**
   * Finds those of frames handles[first..end) whose connections were allowed where `passed` says: by rules of this
   * `generation`, or by whichever when STATE has the bit `trusted`. Answers pass once the first is known. Refreshes them at `now` (milliseconds), marks their
   * frames in `known`, and returns how many those are.
   */
  findKnown(
    table: ConnectionTable,
    handles: Int32Array,
    first: number,
    end: number,
    passed: number,
    trusted: number,
    generation: number,
    now: number,
  ): number;
}

export function createConnectionLoops(pool: PacketPool): ConnectionLoops {
  const { view, start, length } = pool;
  const known = new Uint8Array(VECTOR_LENGTH);
  const knownBytes = new Int32Array(1);

  function findKnown(
    table: ConnectionTable,
    handles: Int32Array,
    first: number,
    end: number,
    passed: number,
    trusted: number,
    generation: number,
    now: number,
  ): number {
    const { words, heads, hashShift, seed } = table;
    let knownCount = 0;
    let bytes = 0;
    let isAnyBehind = false;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      const size = length[handle]!;
      known[i - first] = 0;
      if (size < UDP_HEADERS_LENGTH || view.getInt32(offset + 12) >>> 8 !== PLAIN_IPV4) continue;
      // Flags and fragment offset, time to live, protocol.
      const protocol = view.getInt32(offset + 20) & FRAGMENT_AND_PROTOCOL;
      if (protocol === TCP) {
        if (size < TCP_HEADERS_LENGTH || (view.getUint8(offset + 47) & STATE_FLAGS) !== ACK) continue;
      } else if (protocol !== UDP) {
        continue;
      }
      const source = view.getInt32(offset + 26);
      const destination = view.getInt32(offset + 30);
      const both = view.getInt32(offset + 34);
      const isSwapped = source > destination || (source === destination && both >>> 16 > (both & 0xffff));
      const low = isSwapped ? destination : source;
      const high = isSwapped ? source : destination;
      const ports = isSwapped ? (both << 16) | (both >>> 16) : both;
      const at = heads[hash(seed, low, high, ports, protocol) >>> hashShift]!;
      const isFirst =
        words[at + PORTS] === ports &&
        words[at + LOW] === low &&
        words[at + HIGH] === high &&
        words[at + PROTOCOL] === protocol;
      if (!isFirst) {
        // A loop in this one would have V8 look at every array anew for every packet.
        known[i - first] = BEHIND;
        isAnyBehind = true;
      } else if (refresh(words, at, protocol, isSwapped, passed, trusted, generation, now)) {
        known[i - first] = KNOWN;
        knownCount++;
        bytes = (bytes + size) | 0;
      }
    }
    knownBytes[0] = bytes;
    return isAnyBehind
      ? knownCount + findBehind(table, handles, first, end, passed, trusted, generation, now)
      : knownCount;
  }

  /** The same for those whose record is not the first of its chain, or that have none. */
  function findBehind(
    table: ConnectionTable,
    handles: Int32Array,
    first: number,
    end: number,
    passed: number,
    trusted: number,
    generation: number,
    now: number,
  ): number {
    let count = 0;
    for (let i = first; i < end; i++) {
      if (known[i - first] !== BEHIND) continue;
      const offset = start[handles[i]!]!;
      const protocol = view.getUint8(offset + 23);
      const source = view.getInt32(offset + 26);
      const destination = view.getInt32(offset + 30);
      const both = view.getInt32(offset + 34);
      const isSwapped = source > destination || (source === destination && both >>> 16 > (both & 0xffff));
      const at = isSwapped
        ? table.find(destination, source, (both << 16) | (both >>> 16), protocol)
        : table.find(source, destination, both, protocol);
      const isKnown = at !== 0 && refresh(table.words, at, protocol, isSwapped, passed, trusted, generation, now);
      known[i - first] = isKnown ? KNOWN : 0;
      if (!isKnown) continue;
      count++;
      knownBytes[0] = knownBytes[0]! + length[handles[i]!]!;
    }
    return count;
  }

  /** Whether a packet of the record's connection passes, which then lives on. */
  function refresh(
    words: Int32Array,
    at: number,
    protocol: number,
    isSwapped: boolean,
    passed: number,
    trusted: number,
    generation: number,
    now: number,
  ): boolean {
    const state = words[at + STATE]!;
    const expiry = words[at + EXPIRY]!;
    if (((expiry - now) | 0) <= 0) return false;
    const isReplied = (state & REPLIED) !== 0;
    if (((state & SWAPPED) !== 0) !== isSwapped) {
      if (!isReplied) return false;
    } else if ((state & trusted) === 0 && ((state & passed) === 0 || words[at + GENERATION] !== generation)) {
      return false;
    }
    let life = UDP_LIFE;
    if (protocol === TCP) {
      if ((state & (STATE_MASK | SYN_IGNORED)) !== ESTABLISHED) return false;
      life = isReplied ? TCP_LIFE : PICKED_UP_LIFE;
    } else if (isReplied && (now - words[at + CREATED]!) >>> 0 > STREAM_AGE) {
      life = STREAM_LIFE;
    }
    const next = (now + life) | 0;
    if (next !== expiry) words[at + EXPIRY] = next;
    return true;
  }

  return { known, knownBytes, findKnown };
}
