/**
 * Connection tracking of one node (Linux nf_conntrack): which connections have been allowed, so that their packets and
 * the replies pass without being decided on again. Packets are tracked where something filters, not everywhere.
 *
 * Linux takes a connection into its table when the first packet has passed all filters of the node (nf_conntrack_confirm).
 * Here a packet from one pod of the node to another meets two filters, one after the other: between them its connection is
 * pending. Nobody can answer one that is: what the other end sends begins a connection of its own in its place. Of two
 * that are begun at once the first that passes its second filter stays.
 */
import { ConnectionTable, type ConnectionTableOptions, ConnectionWord } from "../table/index.ts";
import { Protocol } from "../wire/index.ts";
import { ConnectionKey, PacketKind } from "./connection-key.ts";
import { firstState, lifeOf, LONGEST_LIFE, step } from "./connection-state.ts";
import { isRepeatedSyn, isReset, Step } from "./connection-tcp.ts";
import type { ConnectionLoops } from "./connection-loops.ts";
import { type Engine, NANOSECONDS_PER_MILLISECOND } from "./engine.ts";
import { FragmentPorts } from "./fragment-ports.ts";
import { TrackBit } from "./track-bit.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { TCP } = Protocol;
const { STATE, EXPIRY, GENERATION, CREATED, FROM_DECISION, TO_DECISION, SYN_END } = ConnectionWord;
const { PLAIN, ERROR, INVALID, UNSOUND } = PacketKind;

const { STATE_MASK, SWAPPED, REPLIED, FROM_POD, TO_POD, PENDING, SYN_IGNORED } = TrackBit;
/** The bits of which `step` tells. */
const STEP_BITS = STATE_MASK | SYN_IGNORED | TrackBit.CLOSE_BEGUN | TrackBit.RESET_LAST | TrackBit.BOTH_BEGAN;

/** Nanoseconds after which records are looked through for old ones, whose times would wrap: after 24 days. */
const SWEEP_INTERVAL = LONGEST_LIFE * NANOSECONDS_PER_MILLISECOND;

/** What tracking says of a packet. */
export const Finding = {
  /** It may begin a connection, or belongs to one that is not decided on yet. */
  NEW: 0,
  ESTABLISHED: 1,
  /** An ICMP error about a connection. */
  RELATED: 2,
  /** It belongs to no connection and can begin none, or none of its connection can be so. */
  INVALID: 3,
  /** No sound IPv4 packet. */
  UNTRACKED: 4,
} as const;

/**
 * Whose tracking it is. Netfilter's lets all packets of a connection pass that has been answered, if they are such as can
 * be at that time. Cilium's lets answers pass, and keeps the direction that began to the rules: it is cut when they change
 * (bpf/bpf_lxc.c, where CT_REPLY and CT_RELATED alone need no verdict). It takes any segment of a connection.
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
  readonly kind: TrackingKind;
  /** The bit of STATE with which the direction that began passes whatever rules have become; 0 for none. */
  readonly trusted: number;
  /** What `look` read last. */
  readonly key: ConnectionKey;
  /** The record that `look` found last, or 0. */
  at = 0;
  private readonly engine: Engine;
  private readonly fragments: FragmentPorts;
  /** What `look` took the packet for. */
  private packetKind = 0;
  /** It has met the other filter of this node, and the connection is what it made of it. */
  private isSecondLook = false;
  /** It is to meet another filter of this node, which must find its connection. */
  private meetsAnother = false;
  /** The bits of its connection behind it, of those in STEP_BITS, and what `Step` adds. */
  private next = 0;
  /** The pending record that the other end began, where `look` found one, or 0. */
  private rival = 0;
  /** When the table was last swept, in nanoseconds. */
  private sweptAt: number;
  /** Pods for which a filter decides on what is sent to them, by address. */
  private readonly filtered = new Set<number>();

  constructor(engine: Engine, options: ConnectionTrackerOptions = {}) {
    this.kind = options.kind ?? "netfilter";
    this.trusted = this.kind === "cilium" ? 0 : REPLIED;
    this.loops = engine.connectionLoops;
    this.engine = engine;
    this.sweptAt = engine.now;
    this.table = new ConnectionTable(options);
    this.fragments = new FragmentPorts(options.seed);
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
    this.packetKind = kind;
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
    this.isSecondLook = passed === TO_POD && this.filtered.has(key.source);
    this.meetsAnother = passed === FROM_POD && this.filtered.has(key.destination);
    this.next = state;
    if (kind === PLAIN && !this.isSecondLook) {
      const isResponse = key.acknowledgment === table.words[at + SYN_END];
      const next = step(key.protocol, state, key.control, isReply, isResponse);
      if (next === Step.REOPENS) {
        table.remove(at);
        return Finding.NEW;
      }
      if (next !== Step.INVALID) this.next = next;
      else if (this.kind === "netfilter") return Finding.INVALID;
    }
    this.at = at;
    if (!isReply && (state & trusted) === 0 && ((state & passed) === 0 || table.words[at + GENERATION] !== generation))
      return Finding.NEW;
    this.advance(at, isReply, now);
    key.letThrough(now);
    return Finding.ESTABLISHED;
  }

  /** What a packet is whose connection is not known. */
  private lookNew(): Finding {
    const { key, packetKind } = this;
    if (packetKind === ERROR) return Finding.INVALID;
    return packetKind !== PLAIN || firstState(key.protocol, key.control) >= 0 ? Finding.NEW : Finding.INVALID;
  }

  /** Reads an IPv4 packet in offset..end as `look` does, and looks for nothing. */
  peek(view: DataView, offset: number, end: number, now: number): ConnectionKey {
    this.key.read(view, offset, end, now);
    return this.key;
  }

  private findLive(now: number): number {
    const { key, table } = this;
    const at = table.find(key.low, key.high, key.ports, key.word);
    if (at === 0 || !table.isOld(at, now)) return at;
    table.remove(at);
    return 0;
  }

  /** Makes of the connection what the packet leads to that `look` read. */
  private advance(at: number, isReply: boolean, now: number): void {
    if (this.isSecondLook) return;
    const { next } = this;
    const { protocol, control, sequenceEnd } = this.key;
    const { words } = this.table;
    const bits = words[at + STATE]!;
    words[at + STATE] = (bits & ~STEP_BITS) | (next & STEP_BITS) | (isReply ? REPLIED : 0);
    if ((next & SYN_IGNORED) !== 0) words[at + SYN_END] = sequenceEnd;
    if ((next & Step.IGNORED) !== 0) return;
    const state = next & STATE_MASK;
    const isReplied = (bits & REPLIED) !== 0;
    let life = lifeOf(protocol, state, isReplied, (now - words[at + CREATED]!) >>> 0);
    if (protocol === TCP && !isReplied && this.packetKind === PLAIN) {
      if (isRepeatedSyn(bits & STATE_MASK, state)) return;
      if (isReset(control)) {
        if (!this.meetsAnother) return this.table.remove(at);
        life = 1;
      }
    }
    words[at + EXPIRY] = (now + life) | 0;
  }

  /**
   * The packet that `look` found new is allowed where `passed` says, by `decision` of rules of this `generation`. False
   * when the table is at its bound.
   */
  admit(passed: number, decision: number, generation: number, now: number): boolean {
    const { table } = this;
    if (this.at === 0) {
      // Only a datagram's first fragment can begin anything.
      if (this.packetKind !== PLAIN) return true;
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
    table.words[at + STATE] = (key.isSwapped ? SWAPPED : 0) | (isPending ? PENDING : 0);
    table.words[at + CREATED] = now;
    this.at = at;
    this.next = firstState(key.protocol, key.control);
    this.isSecondLook = false;
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
