/** One direction of a cable: frames leave one after another at the cable's rate and arrive after its latency. */
import { DropReason } from "../wire/index.ts";
import { type Engine, NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND } from "./engine.ts";
import { type ImpairmentOptions, LinkImpairments } from "./link-impairments.ts";
import type { NetDevice } from "./net-device.ts";
import { Stage, type StageWork } from "./stage.ts";
import type { Timer } from "./timer-queue.ts";

export interface LinkOptions extends ImpairmentOptions {
  /** Nanoseconds that a bit travels. */
  readonly latency?: number;
  /** Bits that can be sent in a second; without it sending takes no time. */
  readonly bitsPerSecond?: number;
}

/** Preamble, start delimiter, frame check sequence and inter-packet gap: what a frame costs beside its bytes (IEEE 802.3). */
export const ETHERNET_OVERHEAD = 24;

/** Frames that wait to be sent before the next is dropped: Linux's default txqueuelen. */
const QUEUE_LIMIT = 1000;

/** How long a frame waits to be overtaken. */
const HOLD_LIMIT: number = NANOSECONDS_PER_MILLISECOND;

export class Link implements StageWork, Timer {
  readonly stage: Stage;
  readonly from: NetDevice;
  readonly to: NetDevice;
  readonly latency: number;
  readonly #engine: Engine;
  readonly #nanosecondsPerByte: number;
  readonly #impairments: LinkImpairments | null;
  /** Frames on their way, in order of arrival. */
  readonly #handles: number[] = [];
  readonly #arrivals: number[] = [];
  /** When the last frames have been sent, where sending takes time: of QUEUE_LIMIT frames or more. */
  readonly #departures: number[] = [];
  /** When the sender has sent all that it was given. */
  #idleAt = 0;
  /** When `fire` is to be called next, if it is. */
  #nextFire = 0;
  #isFireDue = false;
  /** The frame that waits to be overtaken, or -1, and when it would have arrived. */
  #held = -1;
  #heldArrival = 0;
  #heldCount = 0;

  /** @throws RangeError for a negative or endless latency or jitter, a rate that is not above zero, a probability outside 0..1. */
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
    const impairments = new LinkImpairments(from.engine, options);
    this.#impairments = impairments.isAny ? impairments : null;
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
      const arrival = this.#depart(engine.pool.length[handles[i]!]! + ETHERNET_OVERHEAD) + this.latency;
      if (this.#impairments === null) this.#arriveAt(arrival, handles[i]!);
      else this.#impair(this.#impairments, arrival, handles[i]!);
    }
    this.#schedule();
  }

  /** Sends a frame of so many bytes when those before it are sent. Returns when that is done. */
  #depart(bytes: number): number {
    this.#idleAt = Math.max(this.#idleAt, this.#engine.now) + Math.round(bytes * this.#nanosecondsPerByte);
    if (this.#nanosecondsPerByte > 0) {
      this.#departures.push(this.#idleAt);
      if (this.#departures.length >= 2 * QUEUE_LIMIT) this.#departures.splice(0, QUEUE_LIMIT);
    }
    return this.#idleAt;
  }

  /** With `more` frames to be queued before it: whether the frame that came QUEUE_LIMIT frames ago has not been sent yet: those that only travel do not wait. */
  #isQueueFull(more: number): boolean {
    const departure = this.#departures[this.#departures.length + more - QUEUE_LIMIT];
    return departure !== undefined && departure > this.#engine.now;
  }

  /** What chance does to a frame that was sent. */
  #impair(impairments: LinkImpairments, arrival: number, handle: number): void {
    const engine = this.#engine;
    if (impairments.losesOne()) {
      engine.drop(handle, DropReason.LINK_LOSS, this.from);
      return;
    }
    if (impairments.doublesOne()) {
      engine.inquirer?.explain(handle, "the link carries it twice");
      const copy = engine.clone(handle);
      if (copy >= 0) this.#arriveAt(arrival + impairments.delay(), copy);
      else this.from.countDrop(DropReason.NOMEM);
    }
    const late = arrival + impairments.delay();
    if (this.#held < 0 && impairments.holdsOneBack()) {
      this.#hold(late, handle);
    } else {
      this.#arriveAt(late, handle);
      if (this.#held >= 0) this.#letGo(Math.max(late, this.#heldArrival));
    }
  }

  #hold(arrival: number, handle: number): void {
    this.#engine.inquirer?.explain(handle, "held back on the link until the next frame has overtaken it");
    this.#held = handle;
    this.#heldArrival = arrival;
    const count = ++this.#heldCount;
    this.#engine.after(arrival + HOLD_LIMIT - this.#engine.now, {
      fire: (now) => {
        if (this.#held < 0 || this.#heldCount !== count) return;
        this.#letGo(now);
        this.#schedule();
      },
    });
  }

  #letGo(arrival: number): void {
    this.#arriveAt(arrival, this.#held);
    this.#held = -1;
  }

  /** Puts a frame on its way, behind all that arrive no later. */
  #arriveAt(arrival: number, handle: number): void {
    let position = this.#arrivals.length;
    while (position > 0 && this.#arrivals[position - 1]! > arrival) position--;
    if (position === this.#arrivals.length) {
      this.#arrivals.push(arrival);
      this.#handles.push(handle);
    } else {
      this.#arrivals.splice(position, 0, arrival);
      this.#handles.splice(position, 0, handle);
    }
  }

  #schedule(): void {
    const first = this.#arrivals[0];
    if (first === undefined || (this.#isFireDue && this.#nextFire <= first)) return;
    this.#nextFire = first;
    this.#isFireDue = true;
    this.#engine.after(first - this.#engine.now, this);
  }

  /** What has arrived by now is received together; the rest waits for its own time. */
  fire(now: number): void {
    let arrived = 0;
    while (arrived < this.#handles.length && this.#arrivals[arrived]! <= now)
      this.to.receiver.push(this.#handles[arrived++]!);
    this.#handles.splice(0, arrived);
    this.#arrivals.splice(0, arrived);
    if (now >= this.#nextFire) this.#isFireDue = false;
    this.#schedule();
  }
}
