/**
 * Connection tracking of one node (Linux nf_conntrack): which connections have been allowed, so that their packets and
 * the replies pass without being decided on again. Packets are tracked where something filters, not everywhere.
 *
 * Linux takes a connection into its table when the first packet has passed all filters of the node (nf_conntrack_confirm).
 * Here a packet from one pod of the node to another meets two filters, one after the other: between them its connection is
 * pending. Nobody can answer one that is: what the other end sends begins a connection of its own, and of two that are
 * begun at once the first that passes its second filter stays.
 */
import { ConnectionTable, type ConnectionTableOptions, ConnectionWord } from "../table/index.ts";
import { ConnectionKey, PacketKind } from "./connection-key.ts";
import { firstState, lifeOf, LONGEST_LIFE, nextState, reopens } from "./connection-state.ts";
import type { ConnectionLoops } from "./connection-loops.ts";
import { type Engine, NANOSECONDS_PER_MILLISECOND } from "./engine.ts";
import { FragmentPorts } from "./fragment-ports.ts";
import { TrackBit } from "./track-bit.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { STATE, EXPIRY, GENERATION, CREATED, FROM_DECISION, TO_DECISION } = ConnectionWord;
const { PLAIN, ERROR, INVALID, UNSOUND } = PacketKind;

const { STATE_MASK, SWAPPED, REPLIED, FROM_POD, TO_POD, PENDING } = TrackBit;

/** Nanoseconds after which records are looked through for old ones, whose times would wrap: after 24 days. */
const SWEEP_INTERVAL = LONGEST_LIFE * NANOSECONDS_PER_MILLISECOND;

/** What tracking says of a packet. */
export const Finding = {
  /** It may begin a connection, or belongs to one that is not decided on yet. */
  NEW: 0,
  ESTABLISHED: 1,
  /** An ICMP error about a connection. */
  RELATED: 2,
  /** It belongs to no connection and can begin none. */
  INVALID: 3,
  /** No sound IPv4 packet. */
  UNTRACKED: 4,
} as const;

/**
 * Whose tracking it is. Netfilter's lets all packets of a connection pass that has been answered. Cilium's lets answers
 * pass, and keeps the direction that began to the rules: it is cut when they change (bpf/bpf_lxc.c, where CT_REPLY and
 * CT_RELATED alone need no verdict).
 */
export type TrackingKind = "netfilter" | "cilium";

export interface ConnectionTrackerOptions extends ConnectionTableOptions {
  /** "netfilter" when left out. */
  readonly kind?: TrackingKind | undefined;
}

export type Finding = (typeof Finding)[keyof typeof Finding];

export class ConnectionTracker {
  readonly table: ConnectionTable;
  readonly loops: ConnectionLoops;
  /** The bit of STATE with which the direction that began passes whatever rules have become; 0 for none. */
  readonly trusted: number;
  /** What `look` read last. */
  readonly key: ConnectionKey;
  /** The record that `look` found last, or 0. */
  at = 0;
  private readonly engine: Engine;
  private readonly fragments: FragmentPorts;
  /** What `look` took the packet for. */
  private kind = 0;
  /** The pending record that the other end began, where `look` found one, or 0. */
  private rival = 0;
  /** When the table was last swept, in nanoseconds. */
  private sweptAt: number;
  /** Pods for which a filter decides on what is sent to them, by address. */
  private readonly filtered = new Set<number>();

  constructor(engine: Engine, options: ConnectionTrackerOptions = {}) {
    this.trusted = options.kind === "cilium" ? 0 : REPLIED;
    this.loops = engine.connectionLoops;
    this.engine = engine;
    this.sweptAt = engine.now;
    this.table = new ConnectionTable(options);
    this.fragments = new FragmentPorts();
    this.key = new ConnectionKey(this.fragments);
  }

  /** What is sent to this address (signed) passes a filter of its own on this node. */
  noteFiltered(address: number): void {
    this.filtered.add(address);
  }

  /**
   * To be called before packets are looked at: forgets what is old before its time, which wraps, seems to come again. No
   * record is refreshed later than one interval after a sweep, and none lives longer than another one from then on.
   */
  keepTime(): void {
    const { now, milliseconds } = this.engine;
    if (now - this.sweptAt < SWEEP_INTERVAL) return;
    const { table, fragments } = this;
    if (now - this.sweptAt < 2 * SWEEP_INTERVAL) {
      table.sweep(milliseconds);
      fragments.sweep(milliseconds);
    } else {
      table.clear();
      fragments.clear();
    }
    this.sweptAt = now;
  }

  /** Looks at an IPv4 packet in offset..end: `key` and `at` tell of it until the next one. */
  look(view: DataView, offset: number, end: number, passed: number, generation: number, now: number): Finding {
    const { key, table, trusted } = this;
    const kind = key.read(view, offset, end, now);
    this.kind = kind;
    this.at = 0;
    this.rival = 0;
    if (kind === UNSOUND) return Finding.UNTRACKED;
    if (kind === INVALID) return Finding.INVALID;
    const at = this.findLive(now);
    if (at === 0) return this.lookNew();
    const state = table.words[at + STATE]!;
    const isReply = (state & SWAPPED) !== (key.isSwapped ? SWAPPED : 0);
    if (kind === ERROR) {
      this.at = at;
      return (state & PENDING) !== 0 ? Finding.INVALID : Finding.RELATED;
    }
    if (isReply && (state & PENDING) !== 0) {
      this.rival = at;
      return this.lookNew();
    }
    if (kind === PLAIN && reopens(key.protocol, state & STATE_MASK, key.control)) {
      table.remove(at);
      return Finding.NEW;
    }
    this.at = at;
    if (!isReply && (state & trusted) === 0 && ((state & passed) === 0 || table.words[at + GENERATION] !== generation))
      return Finding.NEW;
    this.advance(at, isReply, now);
    return Finding.ESTABLISHED;
  }

  /** What a packet is whose connection is not known. */
  private lookNew(): Finding {
    const { key, kind } = this;
    if (kind === ERROR) return Finding.INVALID;
    return kind !== PLAIN || firstState(key.protocol, key.control) >= 0 ? Finding.NEW : Finding.INVALID;
  }

  /** Reads an IPv4 packet in offset..end as `look` does, and looks for nothing. */
  peek(view: DataView, offset: number, end: number): ConnectionKey {
    this.key.read(view, offset, end, 0);
    return this.key;
  }

  private findLive(now: number): number {
    const { key, table } = this;
    const at = table.find(key.low, key.high, key.ports, key.word);
    if (at === 0 || !table.isOld(at, now)) return at;
    table.remove(at);
    return 0;
  }

  private advance(at: number, isReply: boolean, now: number): void {
    const { protocol, control } = this.key;
    const { words } = this.table;
    const bits = words[at + STATE]!;
    const before = bits & STATE_MASK;
    const state = this.kind === PLAIN ? nextState(protocol, before, control, isReply) : before;
    words[at + STATE] = (bits & ~STATE_MASK) | state | (isReply ? REPLIED : 0);
    const age = (now - words[at + CREATED]!) >>> 0;
    words[at + EXPIRY] = (now + lifeOf(protocol, state, (bits & REPLIED) !== 0, age)) | 0;
  }

  /**
   * The packet that `look` found new is allowed where `passed` says, by `decision` of rules of this `generation`. False
   * when the table is at its bound.
   */
  admit(passed: number, decision: number, generation: number, now: number): boolean {
    const { table } = this;
    if (this.at === 0) {
      // Only a datagram's first fragment can begin anything; and of two at once, the first that is through.
      if (this.kind !== PLAIN || (this.rival !== 0 && passed === FROM_POD)) return true;
      if (this.rival !== 0) table.remove(this.rival);
      if (!this.insert(passed, now)) return false;
    }
    const { at } = this;
    const { words } = table;
    if (words[at + GENERATION] !== generation) {
      words[at + GENERATION] = generation;
      words[at + STATE] = words[at + STATE]! & ~(FROM_POD | TO_POD);
    }
    if (passed === TO_POD) words[at + STATE] = words[at + STATE]! & ~PENDING;
    words[at + STATE] = words[at + STATE]! | passed;
    words[at + (passed === FROM_POD ? FROM_DECISION : TO_DECISION)] = decision;
    this.advance(at, false, now);
    return true;
  }

  private insert(passed: number, now: number): boolean {
    const { key, table } = this;
    const at = table.insert(key.low, key.high, key.ports, key.word, now);
    if (at === 0) return false;
    const isPending = passed === FROM_POD && this.filtered.has(key.destination);
    table.words[at + STATE] =
      firstState(key.protocol, key.control) | (key.isSwapped ? SWAPPED : 0) | (isPending ? PENDING : 0);
    table.words[at + CREATED] = now;
    this.at = at;
    return true;
  }

  /**
   * The packet that `look` found new is not allowed: where its connection had come so far, it is forgotten. One that has
   * been answered stays: under rules that have become others, its answers pass yet.
   */
  refuse(): void {
    if (this.at !== 0 && (this.table.words[this.at + STATE]! & REPLIED) === 0) this.table.remove(this.at);
    this.at = 0;
  }

  /** What allowed the connection of the packet that `look` found established or related, where `passed` says; 0 for nothing. */
  decisionOf(passed: number): number {
    return this.table.words[this.at + (passed === FROM_POD ? FROM_DECISION : TO_DECISION)]!;
  }
}
