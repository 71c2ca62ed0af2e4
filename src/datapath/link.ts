/** One direction of a cable: frames leave one after another at the cable's rate and arrive after its latency. */
import { DropReason } from "../wire/index.ts";
import { type Engine, NANOSECONDS_PER_SECOND } from "./engine.ts";
import type { NetDevice } from "./net-device.ts";
import { Stage, type StageWork } from "./stage.ts";
import type { Timer } from "./timer-queue.ts";

export interface LinkOptions {
  /** Nanoseconds that a bit travels. */
  readonly latency?: number;
  /** Bits that can be sent in a second; without it sending takes no time. */
  readonly bitsPerSecond?: number;
}

/** Preamble, start delimiter, frame check sequence and inter-packet gap: what a frame costs beside its bytes (IEEE 802.3). */
export const ETHERNET_OVERHEAD = 24;

/** Frames that wait to be sent before the next is dropped: Linux's default txqueuelen. */
const QUEUE_LIMIT = 1000;

export class Link implements StageWork, Timer {
  readonly stage: Stage;
  readonly from: NetDevice;
  readonly to: NetDevice;
  readonly latency: number;
  readonly #engine: Engine;
  readonly #nanosecondsPerByte: number;
  /** Frames on their way, in order of arrival. */
  readonly #handles: number[] = [];
  readonly #arrivals: number[] = [];
  /** When the sender has sent all that it was given. */
  #idleAt = 0;

  /** @throws RangeError for a negative or endless latency or a rate that is not above zero. */
  constructor(from: NetDevice, to: NetDevice, options: LinkOptions) {
    this.#engine = from.engine;
    this.stage = new Stage(from.engine, this);
    this.from = from;
    this.to = to;
    this.latency = options.latency ?? 0;
    if (!(this.latency >= 0 && this.latency < Infinity))
      throw new RangeError(`expected a latency of 0 ns or more, found ${this.latency}`);
    const rate = options.bitsPerSecond;
    if (rate !== undefined && !(rate > 0)) throw new RangeError(`expected a rate above 0 bit/s, found ${rate}`);
    this.#nanosecondsPerByte = rate === undefined ? 0 : (8 * NANOSECONDS_PER_SECOND) / rate;
  }

  run(handles: Int32Array, first: number, end: number): void {
    const { from } = this;
    const engine = this.#engine;
    let queued = first;
    for (let i = first; i < end; i++) {
      // What the queue has no room for is not sent, and nobody sees it leave.
      if (this.#isQueueFull(queued - first)) engine.drop(handles[i]!, DropReason.FULL_RING, from);
      else handles[queued++] = handles[i]!;
    }
    const kept = from.admitSent(handles, first, queued, this.to.longestFrame);
    for (let i = first; i < kept; i++) {
      const bytes = engine.pool.length[handles[i]!]! + ETHERNET_OVERHEAD;
      this.#idleAt = Math.max(this.#idleAt, engine.now) + Math.round(bytes * this.#nanosecondsPerByte);
      this.#handles.push(handles[i]!);
      this.#arrivals.push(this.#idleAt + this.latency);
      if (this.#handles.length === 1) engine.after(this.#arrivals[0]! - engine.now, this);
    }
  }

  /** With `more` frames to be queued before it: whether the frame that came QUEUE_LIMIT frames ago has not been sent yet: those that only travel do not wait. */
  #isQueueFull(more: number): boolean {
    const arrival = this.#arrivals[this.#arrivals.length + more - QUEUE_LIMIT];
    return arrival !== undefined && arrival - this.latency > this.#engine.now;
  }

  /** What has arrived by now is received together; the rest waits for its own time. */
  fire(now: number): void {
    let arrived = 0;
    while (arrived < this.#handles.length && this.#arrivals[arrived]! <= now)
      this.to.receiver.push(this.#handles[arrived++]!);
    this.#handles.splice(0, arrived);
    this.#arrivals.splice(0, arrived);
    if (this.#handles.length > 0) this.#engine.after(this.#arrivals[0]! - now, this);
  }
}
