/**
 * The engine: one packet pool, one virtual clock, and the stages that have packets waiting.
 *
 * Time stands still while packets move and jumps to the next timer when none do, so a scenario gives
 * the same frames at the same nanoseconds every time. Everything that was handed in leaves in one of
 * three ways, each counted: delivered to a socket, consumed by a protocol, or dropped with a reason.
 */
import { PacketPool, type PacketPoolOptions } from "../packet/index.ts";
import { DROP_REASON_COUNT, type DropReason } from "../wire/index.ts";
import { type ConnectionLoops, createConnectionLoops } from "./connection-loops.ts";
import { FlowStore } from "./flow-store.ts";
import { FragmentShare } from "./fragment-share.ts";
import type { NetDevice } from "./net-device.ts";
import type { Observer } from "./observer.ts";
import { type Stage, VECTOR_LENGTH } from "./stage.ts";
import { type Timer, TimerQueue } from "./timer-queue.ts";
import { createVectorLoops, type VectorLoops } from "./vector-loops.ts";

export const NANOSECONDS_PER_MILLISECOND = 1_000_000;
export const NANOSECONDS_PER_SECOND = 1_000_000_000;

/** Stage runs at one instant after which a network is held to be looping: bridges in a ring, most likely. */
const STORM_LIMIT = 2_000_000;

export interface EngineOptions extends PacketPoolOptions {
  /** Seed of every choice that is left to chance (identifications, ports): same seed, same bytes. */
  readonly seed?: number;
}

export class Engine {
  readonly pool: PacketPool;
  readonly loops: VectorLoops;
  readonly flows: FlowStore;
  readonly connectionLoops: ConnectionLoops;
  readonly fragmentShare: FragmentShare;
  /** Virtual time in nanoseconds since the engine was made. */
  now = 0;
  /** The same in whole milliseconds, as a 32-bit number that wraps after 49 days: what tables store. */
  milliseconds = 0;
  /** Who looks on, or null. */
  observer: Observer | null = null;
  /** Every device by its index; index 0 is nobody's. */
  readonly devices: (NetDevice | null)[] = [null];
  deliveredCount = 0;
  consumedCount = 0;
  droppedCount = 0;
  /** By DropReason, of all devices: those that were dropped, and those that never came to be. */
  readonly drops: Float64Array = new Float64Array(DROP_REASON_COUNT);

  readonly #timers = new TimerQueue();
  // Two lists that swap, with counts of their own: emptying an array by its length would free its memory.
  #ready: Stage[] = [];
  #readyCount = 0;
  #running: Stage[] = [];
  /** The queue of the stage that runs, or did last, and how many packets were in it. */
  #vector: Int32Array = new Int32Array(VECTOR_LENGTH);
  #vectorCount = 0;
  #random: number;
  #isDraining = false;

  constructor(options: EngineOptions = {}) {
    this.pool = new PacketPool(options);
    this.loops = createVectorLoops(this.pool);
    this.connectionLoops = createConnectionLoops(this.pool);
    this.fragmentShare = new FragmentShare(this.pool);
    this.#random = (options.seed ?? 1) | 0;
    this.flows = new FlowStore(this.pool, Math.imul(this.#random, 0x6d2b79f5));
  }

  /** Who looks on and asks why, or null: explanations are for nobody else. */
  get inquirer(): Observer | null {
    return this.observer !== null && this.observer.asksWhy ? this.observer : null;
  }

  /** Gives a device its index. Called by the device's constructor. */
  register(device: NetDevice): number {
    return this.devices.push(device) - 1;
  }

  /** Milliseconds since `then`, a time that a table stored: right across the wrap, for ages below 49 days. */
  millisecondsSince(then: number): number {
    return (this.milliseconds - then) >>> 0;
  }

  /** Puts a stage in line. Called by `Stage.push` when the first packet arrives. */
  schedule(stage: Stage): void {
    this.#ready[this.#readyCount++] = stage;
  }

  /** Asks for `timer.fire` in `delay` nanoseconds of virtual time. */
  after(delay: number, timer: Timer): void {
    this.#timers.add(this.now + delay, timer);
  }

  /**
   * Moves packets and time until nothing moves and no timer is due up to `until` (nanoseconds), or, without
   * it, until nothing is left to happen. @throws Error when packets circle without end at one instant.
   */
  run(until: number = Infinity): void {
    this.#drain();
    while (this.#timers.nextTime <= until && this.#timers.count > 0) this.step();
    if (until !== Infinity) this.#advance(until);
  }

  /**
   * Moves packets until none moves; then, if a timer is left, goes to the earliest and does what is due at that
   * instant. False when nothing is left to happen. @throws Error as `run`.
   */
  step(): boolean {
    this.#drain();
    if (this.#timers.count === 0) return false;
    this.#advance(this.#timers.nextTime);
    while (this.#timers.nextTime <= this.now) this.#timers.take().fire(this.now);
    this.#drain();
    return true;
  }

  #advance(time: number): void {
    if (time <= this.now) return;
    this.now = time;
    this.milliseconds = Math.floor(time / NANOSECONDS_PER_MILLISECOND) | 0;
  }

  /** Runs stages, first come first served, until none has packets waiting. */
  #drain(): void {
    if (this.#isDraining)
      throw new Error("expected run and step to be called from outside, found a call while packets move: use after()");
    this.#isDraining = true;
    try {
      for (let runs = 0; this.#readyCount > 0;) {
        runs += this.#runReady();
        if (runs > STORM_LIMIT) throw new Error(storm(runs, this.now));
      }
    } finally {
      this.#isDraining = false;
      // Where something threw, packets wait on: none may overtake them.
      if (this.#readyCount === 0) this.flows.rest();
      if (this.observer !== null) this.observer.settle();
    }
  }

  /** Runs what is in line now, and returns how many stages that were; what gets in line meanwhile is left for later. */
  #runReady(): number {
    const running = this.#ready;
    const count = this.#readyCount;
    this.#ready = this.#running;
    this.#readyCount = 0;
    this.#running = running;
    let done = 0;
    try {
      while (done < count) this.#runStage(running[done++]!);
    } finally {
      // A socket's owner threw: the other stages keep their place.
      while (done < count) this.schedule(running[done++]!);
    }
    return count;
  }

  #runStage(stage: Stage): void {
    const items = stage.items;
    const count = stage.count;
    stage.items = this.#vector;
    stage.count = 0;
    this.#vector = items;
    this.#vectorCount = count;
    for (let first = 0; first < count; first += VECTOR_LENGTH)
      stage.work.run(items, first, Math.min(first + VECTOR_LENGTH, count));
  }

  /** Whether these are all packets that the running stage was given. */
  isWholeVector(handles: Int32Array, first: number, end: number): boolean {
    return handles === this.#vector && first === 0 && end === this.#vectorCount;
  }

  /** Gives away the array of the running stage, for an empty one. */
  exchangeVector(empty: Int32Array): Int32Array {
    const vector = this.#vector;
    this.#vector = empty;
    return vector;
  }

  /** Ends a packet that a device or its namespace cannot pass on, and counts why. */
  drop(handle: number, reason: DropReason, device: NetDevice): void {
    device.countDrop(reason);
    this.droppedCount++;
    if (this.observer !== null) this.observer.dropped(device, handle, reason);
    this.pool.release(handle);
  }

  /** Ends a packet that did its work here: an ARP packet, a datagram answered by a new one. */
  consume(handle: number): void {
    this.consumedCount++;
    this.pool.release(handle);
  }

  /** Ends a packet whose payload a socket has taken. */
  deliver(handle: number): void {
    this.deliveredCount++;
    this.pool.release(handle);
  }

  /** `pool.clone`, told to the observer: -1 when no handle is free. */
  clone(handle: number): number {
    const copy = this.pool.clone(handle);
    if (copy >= 0 && this.observer !== null) this.observer.cloned(handle, copy);
    return copy;
  }

  /** A number from 0 to 2^32 - 1 from the seeded sequence (mulberry32). */
  random(): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

function storm(runs: number, now: number): string {
  return `expected the network to come to rest, found packets circling after ${runs} batches at ${now} ns: is there a loop between bridges?`;
}
