/**
 * The receiving half of a connection: what comes next, the window that is offered, what came out of order, and when
 * to acknowledge (RFC 9293 sections 3.8.6 and 3.10.7.4, RFC 5681 section 4.2).
 */
import { type Engine, NANOSECONDS_PER_MILLISECOND } from "../datapath/index.ts";
import { TcpFlag } from "../wire/index.ts";
import { Deadline } from "./deadline.ts";
import { ReassemblyQueue } from "./reassembly-queue.ts";
import type { TcpSegment } from "./tcp-segment.ts";
import { advance, distance, isBefore } from "./tcp-sequence.ts";

/** Linux's tcp_delack_min: how long an acknowledgment waits for something to travel with. */
const DELAY = 40 * NANOSECONDS_PER_MILLISECOND;
/** Linux's TCP_MAX_QUICKACKS: as many acknowledgments leave at once when a connection starts. */
const QUICK_COUNT = 16;
/** The shift that Linux offers for the largest receive buffer it gives by default, 6 MiB. */
export const WINDOW_SHIFT = 7;
const LARGEST_FIELD = 0xffff;

/** What a segment's payload did. */
export type Arrival = "nothing" | "in-order" | "out-of-order" | "duplicate" | "pruned";

export class TcpReceiver {
  readonly capacity: number;
  /** RCV.NXT. */
  next = 0;
  /** IRS: the other side's initial sequence number. */
  initial = 0;
  /** Bits that the offered window is shifted by, once both sides know (RFC 7323 section 2.2). */
  shift = 0;
  /** Bytes of the other side's longest segment: how far the window must move to be worth telling. */
  segmentSize = 536;
  /** Bytes in order that the application has not taken. */
  unreadLength = 0;
  /** Whether something arrived that is not acknowledged. */
  isAcknowledgmentDue = false;
  /** Acknowledgments that leave at once, before the application has turned out to answer what it gets, or to be fed at length. */
  #quickCount = QUICK_COUNT;
  readonly #engine: Engine;
  readonly #delay: Deadline;
  readonly #queue = new ReassemblyQueue();
  /** Behind the last number that a window has offered. */
  #edge = 0;
  /** The last segment that left has offered nothing. */
  #isClosed = false;
  /** Where FIN stands, when it came. */
  #finSequence: number | undefined;
  /** Bytes that came since the last acknowledgment left. */
  #unacknowledgedLength = 0;
  #lastArrival = -Infinity;

  /** `acknowledge` is called when an acknowledgment has waited long enough. */
  constructor(engine: Engine, capacity: number, acknowledge: () => void) {
    this.#engine = engine;
    this.capacity = capacity;
    this.#delay = new Deadline(engine, acknowledge);
  }

  /** The other side's SYN came: what follows it comes next, in the window that our own SYN offered, if it has left. */
  synchronize(sequence: number): void {
    const { offered } = this;
    this.initial = sequence;
    this.next = advance(sequence, 1);
    this.#edge = advance(this.next, offered);
  }

  /** RCV.WND as the other side knows it. */
  get offered(): number {
    return this.#isClosed ? 0 : Math.max(0, distance(this.next, this.#edge));
  }

  /**
   * The window field of a segment that leaves now. The edge never moves back (RFC 9293 section 3.8.6), and on only
   * by a whole segment or half of the buffer (3.8.6.2.2: against silly windows). In SYN it is not shifted.
   */
  advertise(isSynchronizing: boolean): number {
    const shift = isSynchronizing ? 0 : this.shift;
    const wanted = this.#reachable();
    if (distance(this.#edge, wanted) > 0 && this.#isWorthTelling(wanted)) {
      const field = Math.min(distance(this.next, wanted) >>> shift, LARGEST_FIELD);
      const edge = advance(this.next, field << shift);
      if (isBefore(this.#edge, edge)) this.#edge = edge;
    }
    // Rounded down; what was offered before is taken all the same (RFC 7323 section 2.4), unless that is nothing.
    const field = Math.min(Math.max(0, distance(this.next, this.#edge)) >>> shift, LARGEST_FIELD);
    this.#isClosed = field === 0;
    return field;
  }

  #reachable(): number {
    return advance(this.next, Math.max(0, this.capacity - this.unreadLength));
  }

  #isWorthTelling(edge: number): boolean {
    return distance(this.#edge, edge) >= Math.min(this.capacity / 2, this.segmentSize);
  }

  /** Whether the application took enough for the other side to be told of a wider window. */
  get isWindowUpdateDue(): boolean {
    return this.#isWorthTelling(this.#reachable());
  }

  /** RFC 9293 section 3.4, "acceptable" segments: part of it is in the window; where there is none, it is empty. */
  isAcceptable(segment: TcpSegment): boolean {
    const { sequence, length } = segment;
    const window = this.offered;
    const first = distance(this.next, sequence);
    if (length === 0) return window === 0 ? first === 0 : first >= 0 && first < window;
    const last = first + length - 1;
    return window > 0 && ((first >= 0 && first < window) || (last >= 0 && last < window));
  }

  /**
   * Takes an acceptable segment's bytes, cut to the window, and FIN. `deliver` gets what is in order now; what it was
   * given of the segment itself is valid while that is received.
   */
  accept(segment: TcpSegment, deliver: (bytes: Uint8Array) => void): Arrival {
    const isSynchronizing = (segment.flags & TcpFlag.SYN) !== 0;
    const sequence = advance(segment.sequence, isSynchronizing ? 1 : 0);
    const room = distance(sequence, this.#edge);
    const payload = segment.payload.length <= room ? segment.payload : segment.payload.subarray(0, Math.max(0, room));
    if ((segment.flags & TcpFlag.FIN) !== 0 && payload.length === segment.payload.length)
      this.#finSequence ??= advance(sequence, payload.length);
    if (payload.length === 0) return "nothing";
    this.#lastArrival = this.#engine.now;
    const known = distance(sequence, this.next);
    if (known >= payload.length) return "duplicate";
    if (known < 0) return this.#queue.add(sequence, payload) ? "out-of-order" : "pruned";
    this.#pass(payload.subarray(known), deliver);
    if (this.#queue.isEmpty) return "in-order";
    for (const piece of this.#queue.take(this.next)) this.#pass(piece, deliver);
    return "out-of-order"; // a gap was filled, in part at least: the sender waits to hear
  }

  #pass(bytes: Uint8Array, deliver: (bytes: Uint8Array) => void): void {
    this.next = advance(this.next, bytes.length);
    this.#unacknowledgedLength += bytes.length;
    deliver(bytes);
  }

  /** Whether FIN comes next: then it is taken. */
  takeFin(): boolean {
    if (this.#finSequence !== this.next) return false;
    this.#finSequence = undefined;
    this.#queue.clear();
    this.next = advance(this.next, 1);
    return true;
  }

  /** An acknowledgment is due: whether it must leave at once; otherwise it does later, on its own or with data. */
  requestAcknowledgment(isUrgent: boolean): boolean {
    this.isAcknowledgmentDue = true;
    // Every second full segment at the latest (RFC 5681 section 4.2).
    if (isUrgent || this.#quickCount > 0 || this.#unacknowledgedLength >= 2 * this.segmentSize) return true;
    if (!this.#delay.isRunning) this.#delay.set(DELAY);
    return false;
  }

  /** From now on acknowledgments wait for something to travel with. */
  endQuick(): void {
    this.#quickCount = 0;
  }

  /** A segment with an acknowledgment left, `isAnswer` when it carries data. */
  acknowledged(isAnswer: boolean): void {
    this.isAcknowledgmentDue = false;
    this.#unacknowledgedLength = 0;
    this.#delay.stop();
    if (this.#quickCount > 0) this.#quickCount--;
    if (isAnswer && this.#engine.now - this.#lastArrival < DELAY) this.endQuick();
  }

  /** Nothing more is received. */
  close(): void {
    this.#delay.stop();
    this.#queue.clear();
    this.isAcknowledgmentDue = false;
  }
}
