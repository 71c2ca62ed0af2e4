/**
 * Hops: what happened to each frame at each device, in words, for captures and traces.
 *
 * Frames are kept until all packets have come to rest at an instant, then told in order. What is said of a packet
 * after it came in belongs to that hop; a hop that goes out carries what was said since the last one, or, when
 * that was nothing, what was said there. So a hop is: when, where, which way, the bytes, and why.
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
  /** The policy that let it pass here, or refused it, where one was asked: "default/backend". */
  readonly verdict?: string;
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
  direction: Direction;
  handle: number;
  packetId: number;
  bytes: Uint8Array;
  length: number;
  comments: string[];
  dropReason: DropReason;
  verdict: string;
}

/** Hops kept at most: an instant with more of them is told in parts, and what is told cannot be amended. */
const PENDING_LIMIT = 4096;

/** What was said of a packet since its last hop. */
interface Said {
  readonly packetId: number;
  /** Part of the comment of the frame that came in. */
  readonly told: string[];
  /** Part of no comment yet: for the next hop. */
  readonly untold: string[];
  /** The policy that decided on it since its last hop, "" for none. */
  verdict: string;
}

/** Turns what the engine tells into hops. Set it as the engine's observer. */
export class HopRecorder implements Observer {
  readonly asksWhy = true;
  readonly #engine: Engine;
  readonly #sinks: readonly HopSink[];
  /** Hops of this instant, in order: until it ends, later stages have a say in them. */
  readonly #pending: PendingHop[] = [];
  #pendingCount = 0;
  /** By handle: where in `#pending` its last hop is, if it is still there. */
  readonly #pendingAt: number[] = [];
  /** By handle: what was said of its packet. */
  readonly #said: Said[] = [];

  constructor(engine: Engine, sinks: readonly HopSink[]) {
    this.#engine = engine;
    this.#sinks = sinks;
  }

  frames(device: NetDevice, direction: Direction, handles: Int32Array, first: number, end: number): void {
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const { told, untold, verdict } = this.#take(handle, this.#engine.pool.id[handle]!);
      const isFresh = untold.length > 0;
      const said = isFresh || direction === "in" ? untold : told;
      this.#keep(device, direction, handle, said, isFresh || direction === "out" ? verdict : "");
    }
  }

  /** Copies a frame into memory that is used again and again. */
  #keep(device: NetDevice, direction: Direction, handle: number, said: readonly string[], verdict: string): void {
    if (this.#pendingCount === PENDING_LIMIT) this.settle();
    const { pool } = this.#engine;
    const frame = pool.contents(handle);
    const packetId = pool.id[handle]!;
    this.#pendingAt[handle] = this.#pendingCount;
    const pending = (this.#pending[this.#pendingCount++] ??= newPendingHop(device));
    if (pending.bytes.length < frame.length) pending.bytes = new Uint8Array(frame.length * 2);
    pending.bytes.set(frame);
    pending.length = frame.length;
    pending.comments.length = 0;
    pending.comments.push(...said);
    Object.assign(pending, { device, direction, handle, packetId, dropReason: DropReason.NONE, verdict });
  }

  explain(handle: number, text: string): void {
    const packetId = this.#engine.pool.id[handle]!;
    const said = this.#saidOf(handle, packetId);
    const pending = this.#pendingOf(handle, packetId);
    if (pending?.direction !== "in") {
      said.untold.push(text);
    } else {
      pending.comments.push(text);
      said.told.push(text);
    }
  }

  decided(handle: number, policy: string): void {
    const packetId = this.#engine.pool.id[handle]!;
    const pending = this.#pendingOf(handle, packetId);
    if (pending?.direction === "in") pending.verdict = policy;
    this.#saidOf(handle, packetId).verdict = policy;
  }

  #saidOf(handle: number, packetId: number): Said {
    const said = this.#said[handle];
    return said?.packetId === packetId ? said : (this.#said[handle] = { packetId, told: [], untold: [], verdict: "" });
  }

  #pendingOf(handle: number, packetId: number): PendingHop | undefined {
    const index = this.#pendingAt[handle] ?? this.#pendingCount;
    const pending = index < this.#pendingCount ? this.#pending[index] : undefined;
    return pending?.handle === handle && pending.packetId === packetId ? pending : undefined;
  }

  /** What was said of this packet, which starts a new page. */
  #take(handle: number, packetId: number): Said {
    const said = this.#saidOf(handle, packetId);
    this.#said[handle] = { packetId, told: [], untold: [], verdict: "" };
    return said;
  }

  cloned(handle: number, copy: number): void {
    const { id } = this.#engine.pool;
    const { told, untold, verdict } = this.#saidOf(handle, id[handle]!);
    this.#said[copy] = { packetId: id[copy]!, told: [...told], untold: [...untold], verdict };
  }

  dropped(device: NetDevice, handle: number, reason: DropReason): void {
    const packetId = this.#engine.pool.id[handle]!;
    const text = `dropped at ${device.fullName}: ${dropReasonName(reason)}, ${dropReasonText(reason)}`;
    const pending = this.#pendingOf(handle, packetId);
    if (pending !== undefined) {
      // What was said behind a hop that went out would belong to the next one, and there is none.
      const { untold, verdict } = this.#saidOf(handle, packetId);
      pending.comments.push(...untold, text);
      pending.dropReason = reason;
      if (untold.length > 0) pending.verdict = verdict;
    } else {
      this.settle();
      for (const sink of this.#sinks)
        sink.dropLate?.({ time: this.#engine.now, device, packetId, reason, comment: text });
    }
  }

  settle(): void {
    for (let i = 0; i < this.#pendingCount; i++) {
      const { device, direction, packetId, bytes, length, comments, dropReason, verdict } = this.#pending[i]!;
      const hop: Hop = {
        time: this.#engine.now,
        device,
        direction,
        packetId,
        bytes: bytes.subarray(0, length),
        comment: comments.join("; "),
        dropReason,
        ...(verdict !== "" && { verdict }),
      };
      for (const sink of this.#sinks) sink.hop(hop);
    }
    this.#pendingCount = 0;
  }
}

function newPendingHop(device: NetDevice): PendingHop {
  return {
    device,
    direction: "in",
    handle: 0,
    packetId: 0,
    bytes: new Uint8Array(0),
    length: 0,
    comments: [],
    dropReason: DropReason.NONE,
    verdict: "",
  };
}
