/**
 * Hops: what happened to each frame at each device, in words, for captures and traces.
 *
 * A frame that comes in is kept until its stage has said what became of it, then told; one that goes out
 * carries what was said since it last came in. So a hop is: when, where, which way, the bytes, and why.
 */
import { DropReason, dropReasonName, dropReasonText } from "../wire/index.ts";
import type { Engine } from "./engine.ts";
import type { NetDevice } from "./net-device.ts";
import type { Direction, Observer } from "./observer.ts";

export interface Hop {
  /** Virtual time in nanoseconds. */
  readonly time: number;
  readonly device: NetDevice;
  readonly direction: Direction;
  /** Equal at every hop of one packet. */
  readonly packetId: number;
  /** The frame as it was then: valid during the call only. */
  readonly bytes: Uint8Array;
  /** What the device did with it, and why. */
  readonly comment: string;
  /** Why it ended here, or NONE. */
  readonly dropReason: DropReason;
}

/** The end of a packet that had waited: for a neighbour's answer, or in a queue. Its last hop was told before. */
export interface LateDrop {
  readonly time: number;
  /** Where it ended. */
  readonly device: NetDevice;
  readonly packetId: number;
  readonly reason: DropReason;
  /** Why, in words. */
  readonly comment: string;
}

/** Who wants to know: a capture, a trace. */
export interface HopSink {
  hop(hop: Hop): void;
  dropLate?(drop: LateDrop): void;
}

interface PendingHop {
  device: NetDevice;
  handle: number;
  packetId: number;
  bytes: Uint8Array;
  length: number;
  comments: string[];
  dropReason: DropReason;
}

/** Turns what the engine tells into hops. Set it as the engine's observer. */
export class HopRecorder implements Observer {
  readonly #engine: Engine;
  readonly #sinks: readonly HopSink[];
  /** Frames that came in during the stage that runs. */
  readonly #pending: PendingHop[] = [];
  #pendingCount = 0;
  /** By handle: where in `#pending` its frame is, if it is that handle's. */
  readonly #pendingAt: number[] = [];
  /** By handle: what was said of the packet since it last came in, and which packet that was. */
  readonly #said: string[][] = [];
  readonly #saidOf: number[] = [];

  constructor(engine: Engine, sinks: readonly HopSink[]) {
    this.#engine = engine;
    this.#sinks = sinks;
  }

  frames(device: NetDevice, direction: Direction, handles: Int32Array, first: number, end: number): void {
    const { pool } = this.#engine;
    if (direction === "out") this.settle();
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const packetId = pool.id[handle]!;
      if (direction === "out") {
        this.#tell(device, "out", packetId, pool.contents(handle), this.#take(handle), DropReason.NONE);
      } else {
        this.#take(handle);
        this.#keep(device, handle, packetId, pool.contents(handle));
      }
    }
  }

  /** Copies a frame that came in, into memory that is used again and again. */
  #keep(device: NetDevice, handle: number, packetId: number, frame: Uint8Array): void {
    this.#pendingAt[handle] = this.#pendingCount;
    const pending = (this.#pending[this.#pendingCount++] ??= { device, handle, packetId, bytes: new Uint8Array(0), length: 0, comments: [], dropReason: DropReason.NONE });
    if (pending.bytes.length < frame.length) pending.bytes = new Uint8Array(frame.length * 2);
    pending.bytes.set(frame);
    pending.device = device;
    pending.handle = handle;
    pending.packetId = packetId;
    pending.length = frame.length;
    pending.comments.length = 0;
    pending.dropReason = DropReason.NONE;
  }

  explain(handle: number, text: string): void {
    const packetId = this.#engine.pool.id[handle]!;
    this.#pendingOf(handle, packetId)?.comments.push(text);
    if (this.#saidOf[handle] !== packetId || this.#said[handle] === undefined) {
      this.#said[handle] = [];
      this.#saidOf[handle] = packetId;
    }
    this.#said[handle]!.push(text);
  }

  #pendingOf(handle: number, packetId: number): PendingHop | undefined {
    const index = this.#pendingAt[handle] ?? this.#pendingCount;
    const pending = index < this.#pendingCount ? this.#pending[index] : undefined;
    return pending?.handle === handle && pending.packetId === packetId ? pending : undefined;
  }

  /** What was said of this packet, which starts a new page. */
  #take(handle: number): string {
    const said = this.#saidOf[handle] === this.#engine.pool.id[handle] ? (this.#said[handle] ?? []) : [];
    this.#said[handle] = [];
    return said.join("; ");
  }

  cloned(handle: number, copy: number): void {
    const { id } = this.#engine.pool;
    this.#said[copy] = this.#saidOf[handle] === id[handle] ? [...(this.#said[handle] ?? [])] : [];
    this.#saidOf[copy] = id[copy]!;
  }

  dropped(device: NetDevice, handle: number, reason: DropReason): void {
    const packetId = this.#engine.pool.id[handle]!;
    const text = `dropped at ${device.fullName}: ${dropReasonName(reason)}, ${dropReasonText(reason)}`;
    const pending = this.#pendingOf(handle, packetId);
    if (pending !== undefined) {
      pending.comments.push(text);
      pending.dropReason = reason;
    } else {
      this.settle();
      for (const sink of this.#sinks) sink.dropLate?.({ time: this.#engine.now, device, packetId, reason, comment: text });
    }
  }

  settle(): void {
    for (let i = 0; i < this.#pendingCount; i++) {
      const { device, packetId, bytes, length, comments, dropReason } = this.#pending[i]!;
      this.#tell(device, "in", packetId, bytes.subarray(0, length), comments.join("; "), dropReason);
    }
    this.#pendingCount = 0;
  }

  #tell(device: NetDevice, direction: Direction, packetId: number, bytes: Uint8Array, comment: string, dropReason: DropReason): void {
    const hop: Hop = { time: this.#engine.now, device, direction, packetId, bytes, comment, dropReason };
    for (const sink of this.#sinks) sink.hop(hop);
  }
}
