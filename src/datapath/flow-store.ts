/**
 * The flow records of an engine, and when they may be used.
 *
 * A record made now is used from the next rest of the engine on: until then, packets of its flow that came before
 * may still be under way, device by device, and none may overtake them. For the same reason a flow is put on hold
 * until the next rest when one of its packets has to go the long way.
 */
import type { PacketPool } from "../packet/index.ts";
import { FlowTable } from "../table/index.ts";
import { createFlowHeaderLoops, type FlowHeaderLoops } from "./flow-header-loops.ts";
import { createFlowMatchLoops, type FlowMatchLoops } from "./flow-match-loops.ts";
import { FlowKind, FlowWord } from "./flow-record.ts";
import { FlowVerdicts } from "./flow-verdicts.ts";

const { LONG_WAY } = FlowKind;
const { KIND, PLANNED_KIND, IS_ON_HOLD, UNTIL } = FlowWord;

export class FlowStore {
  readonly words: Int32Array;
  readonly verdicts: FlowVerdicts = new FlowVerdicts();
  readonly matchLoops: FlowMatchLoops;
  readonly headerLoops: FlowHeaderLoops;
  private readonly table = new FlowTable();
  /** Records to be used from the next rest on. */
  private readonly onHold: number[] = [];
  private lastTag = 0;
  /** Milliseconds, 32 bits that wrap: before it no record comes to its end. */
  private nextEnd = 0;

  constructor(pool: PacketPool) {
    this.words = this.table.words;
    this.matchLoops = createFlowMatchLoops(pool, this.table, this.verdicts);
    this.headerLoops = createFlowHeaderLoops(pool, this.table, this.verdicts);
  }

  /** A number for a device in the state in which its namespace is now: first word of keys. */
  nextTag(): number {
    this.lastTag = (this.lastTag + 1) | 0;
    return this.lastTag;
  }

  /** The record with this key that has not come to its end, or 0. */
  find(a: number, b: number, c: number, d: number): number {
    const at = this.table.find(a, b, c, d);
    return at !== 0 && this.words[at + PLANNED_KIND] !== LONG_WAY ? at : 0;
  }

  /** A record, empty but for its key, that is void until `plan` is called for it. */
  make(a: number, b: number, c: number, d: number): number {
    const known = this.table.find(a, b, c, d);
    if (known !== 0) return known;
    if (this.table.isFull) {
      this.table.clear();
      this.onHold.length = 0;
    }
    return this.table.insert(a, b, c, d);
  }

  /** Puts a complete record to use from the next rest on, until a millisecond. */
  plan(at: number, kind: number, until: number): void {
    this.words[at + PLANNED_KIND] = kind;
    this.words[at + UNTIL] = until;
    if (((until - this.nextEnd) | 0) < 0) this.nextEnd = until | 0;
    this.hold(at);
  }

  /** No packet takes the short way of this flow before the next rest. */
  hold(at: number): void {
    if (this.words[at + IS_ON_HOLD] === 1) return;
    this.words[at + IS_ON_HOLD] = 1;
    this.words[at + KIND] = LONG_WAY;
    this.onHold.push(at);
  }

  /** All packets are at rest. */
  rest(): void {
    const { words, onHold } = this;
    for (const at of onHold) {
      words[at + KIND] = words[at + PLANNED_KIND]!;
      words[at + IS_ON_HOLD] = 0;
    }
    onHold.length = 0;
  }

  /** Makes void what has come to its end. */
  expire(now: number): void {
    if (((this.nextEnd - now) | 0) > 0) return;
    const { words } = this;
    let next = now + NEVER;
    this.table.forEach((at) => {
      if (((words[at + UNTIL]! - now) | 0) <= 0) words[at + KIND] = words[at + PLANNED_KIND] = LONG_WAY;
      else if (((words[at + UNTIL]! - next) | 0) < 0) next = words[at + UNTIL]!;
    });
    this.nextEnd = next | 0;
  }
}

/** Half the range of the millisecond clock. */
const NEVER = 2 ** 30;
