/**
 * The flow records of an engine, and when they may be used.
 *
 * A record made now is used from the next rest of the engine on: until then, packets of its flow that came before
 * may still be under way, device by device, and none may overtake them. For the same reason a flow is put on hold
 * until the next rest when one of its packets has to go the long way.
 *
 * There is room for 16,384 records in all. When they are taken, flows without one go the long way; the store starts
 * over as soon as half of the records are void, or after so many packets that it is worth while to see which flows
 * there are now.
 */
import type { PacketPool } from "../packet/index.ts";
import { FlowTable } from "../table/index.ts";
import { createFlowHeaderLoops, type FlowHeaderLoops } from "./flow-header-loops.ts";
import { createFlowMatchLoops, type FlowMatchLoops } from "./flow-match-loops.ts";
import { FlowKind, FlowWord } from "./flow-record.ts";
import { FlowVerdicts } from "./flow-verdicts.ts";

const { LONG_WAY } = FlowKind;
const { KIND, PLANNED_KIND, IS_ON_HOLD, UNTIL } = FlowWord;

/** Packets that are refused a record before the store starts over: making them all again costs a tenth of that. */
const PATIENCE = 2 ** 18;

const NANOSECONDS_PER_MILLISECOND = 1_000_000;
/** The longest life of a record in milliseconds, within which 32-bit differences of times are right. */
const LONGEST_LIFETIME = 2 ** 30;

export class FlowStore {
  readonly words: Int32Array;
  readonly verdicts: FlowVerdicts = new FlowVerdicts();
  readonly matchLoops: FlowMatchLoops;
  readonly headerLoops: FlowHeaderLoops;
  private readonly table: FlowTable;
  /** Records to be used from the next rest on: the first `onHoldCount`. Emptying an array by its length would free its memory. */
  private readonly onHold: number[] = [];
  private onHoldCount = 0;
  private lastTag = 0;
  /** Milliseconds since the engine was made: when `expire` was called last, and before when no record comes to its end. */
  private now = 0;
  private nextEnd = LONGEST_LIFETIME;
  private voidCount = 0;
  private refusedCount = 0;

  /** `seed`: of the hash, so that nobody can choose flows that collide. */
  constructor(pool: PacketPool, seed: number = 0) {
    this.table = new FlowTable(seed);
    this.words = this.table.words;
    this.matchLoops = createFlowMatchLoops(pool, this.table, this.verdicts);
    this.headerLoops = createFlowHeaderLoops(pool, this.table, this.verdicts);
  }

  /** A number for what a device does in the state in which its namespace is now: first word of keys. Never 0. */
  nextTag(): number {
    this.lastTag = (this.lastTag + 1) | 0 || 1;
    return this.lastTag;
  }

  /** The record with this key that has not come to its end, or 0. */
  find(a: number, b: number, c: number, d: number): number {
    const at = this.table.find(a, b, c, d);
    return at !== 0 && this.words[at + PLANNED_KIND] !== LONG_WAY ? at : 0;
  }

  /** Whether a packet is to be asked about that has no record. */
  hasRoom(): boolean {
    if (!this.table.isFull) return true;
    if (this.voidCount < this.table.count / 2 && ++this.refusedCount < PATIENCE) return false;
    this.clear();
    return true;
  }

  private clear(): void {
    this.table.clear();
    this.onHoldCount = 0;
    this.voidCount = 0;
    this.refusedCount = 0;
    this.nextEnd = this.now + LONGEST_LIFETIME;
  }

  /** A record, void until `plan` is called for it; there must be room. Of one that has come to its end the place is taken. */
  make(a: number, b: number, c: number, d: number): number {
    return this.table.find(a, b, c, d) || this.table.insert(a, b, c, d);
  }

  /** Puts a complete record to use from the next rest on, for so many milliseconds. */
  plan(at: number, kind: number, lifetime: number): void {
    const end = this.now + Math.min(lifetime, LONGEST_LIFETIME);
    this.words[at + PLANNED_KIND] = kind;
    this.words[at + UNTIL] = end;
    this.nextEnd = Math.min(this.nextEnd, end);
    this.hold(at);
  }

  /** No packet takes the short way of this flow before the next rest. */
  hold(at: number): void {
    if (this.words[at + IS_ON_HOLD] === 1) return;
    this.words[at + IS_ON_HOLD] = 1;
    this.words[at + KIND] = LONG_WAY;
    this.onHold[this.onHoldCount++] = at;
  }

  /** All packets are at rest. */
  rest(): void {
    const { words, onHold } = this;
    for (let i = 0; i < this.onHoldCount; i++) {
      const at = onHold[i]!;
      words[at + KIND] = words[at + PLANNED_KIND]!;
      words[at + IS_ON_HOLD] = 0;
    }
    this.onHoldCount = 0;
  }

  /** So many records are not found any more: their tags are given up. */
  abandon(count: number): void {
    this.voidCount += count;
  }

  /** Makes void what has come to its end. `now`: nanoseconds since the engine was made. */
  expire(now: number): void {
    this.now = Math.floor(now / NANOSECONDS_PER_MILLISECOND);
    if (this.now < this.nextEnd) return;
    if (this.now - this.nextEnd >= LONGEST_LIFETIME) {
      this.clear();
      return;
    }
    const { words } = this;
    let next = this.now + LONGEST_LIFETIME;
    this.table.forEach((at) => {
      const left = (words[at + UNTIL]! - this.now) | 0;
      if (left <= 0) words[at + KIND] = words[at + PLANNED_KIND] = LONG_WAY;
      else next = Math.min(next, this.now + left);
    });
    this.nextEnd = next;
  }
}
