/**
 * The sending half of a connection: what is acknowledged, sent and still to be sent, cut into segments as the other
 * side's window and the network take them, and sent again when it was lost (RFC 9293 section 3.8, RFC 5681, RFC 6298).
 *
 * SYN and FIN stand before and behind the application's bytes in the same sequence.
 */
import type { Engine } from "../datapath/index.ts";
import { TcpFlag } from "../wire/index.ts";
import { Deadline } from "./deadline.ts";
import { PersistTimer } from "./persist-timer.ts";
import { SendBuffer } from "./send-buffer.ts";
import { SendWindow } from "./send-window.ts";
import { TcpCongestion } from "./tcp-congestion.ts";
import { RetransmissionTimeout } from "./tcp-retransmission.ts";
import type { TcpSegment } from "./tcp-segment.ts";
import { advance, distance, isBefore, latest } from "./tcp-sequence.ts";
import type { TcpCounters } from "./tcp-state.ts";

/** What the sender asks of the connection that it belongs to. */
export interface SenderOwner {
  /** Sends a segment; ACK, window and options are the connection's. */
  emit(sequence: number, flags: number, offset: number, length: number): void;
  /** Nothing was acknowledged for too long. */
  giveUp(): void;
}

/** How often SYN, SYN with ACK, and data are sent again: Linux's tcp_syn_retries, tcp_synack_retries, tcp_retries2. */
const SYN_RETRY_LIMIT = 6;
const SYN_ACK_RETRY_LIMIT = 5;
const RETRY_LIMIT = 15;

/** What a side takes that does not say, in bytes of payload (RFC 9293 section 3.7.1). */
const DEFAULT_SEGMENT_SIZE = 536;

export class TcpSender {
  /** ISS, SND.UNA and SND.NXT; and behind all that was ever sent: after a timeout SND.NXT goes back. */
  readonly initial: number;
  unacknowledged: number;
  next: number;
  highest: number;
  readonly window: SendWindow = new SendWindow();
  segmentSize: number = DEFAULT_SEGMENT_SIZE;
  /** Small segments go out though others are under way: Nagle's algorithm is off. */
  noDelay = false;
  /** The bytes from `#bufferStart` on. */
  readonly buffer: SendBuffer;
  readonly timeout: RetransmissionTimeout = new RetransmissionTimeout();
  readonly congestion: TcpCongestion;
  readonly #engine: Engine;
  readonly #owner: SenderOwner;
  readonly #counters: TcpCounters;
  readonly #retransmission: Deadline;
  readonly #persist: PersistTimer;
  #isSynchronized = false;
  #synFlags = 0;
  #isFinQueued = false;
  #isFinAcknowledged = false;
  /** Timeouts since something was acknowledged. */
  #retryCount = 0;
  #lastSentAt = -Infinity;
  /** Behind the last segment that was not full. */
  #smallEnd: number;

  constructor(engine: Engine, owner: SenderOwner, counters: TcpCounters, initial: number, capacity: number) {
    this.#engine = engine;
    this.#owner = owner;
    this.#counters = counters;
    this.initial = initial;
    this.unacknowledged = initial;
    this.next = initial;
    this.highest = initial;
    this.#smallEnd = initial;
    this.buffer = new SendBuffer(capacity);
    this.congestion = new TcpCongestion(initial);
    this.#retransmission = new Deadline(engine, () => this.#timeOut());
    this.#persist = new PersistTimer(engine, (isTooLong) => this.#probe(isTooLong));
  }

  /** Sequence number of the buffer's first byte. */
  get #bufferStart(): number {
    return this.#isSynchronized ? this.unacknowledged : advance(this.initial, 1);
  }

  /** Where the next byte of the application will stand, and FIN. */
  get #bufferEnd(): number {
    return advance(this.#bufferStart, this.buffer.length);
  }

  /** Sequence numbers that are sent and not acknowledged. */
  get flight(): number {
    return distance(this.unacknowledged, this.next);
  }

  /** Whether FIN was sent and acknowledged. */
  get isFinAcknowledged(): boolean {
    return this.#isFinAcknowledged;
  }

  /** The number of a segment without data that the other side accepts, whatever of ours it has (Linux tcp_acceptable_seq). */
  get acceptableSequence(): number {
    const windowEnd = advance(this.unacknowledged, this.window.size);
    return isBefore(windowEnd, this.highest) ? windowEnd : this.highest;
  }

  /** Sends SYN, in answer to one or not, for the first time. */
  synchronize(flags: number): void {
    this.next = this.highest = advance(this.initial, 1);
    this.timeout.startTiming(this.next, this.#engine.now);
    this.#retransmission.set(this.timeout.current);
    this.#synFlags = flags;
    this.#owner.emit(this.initial, flags, 0, 0);
  }

  /** From now on SYN carries an acknowledgment as well: both sides opened at once. */
  acknowledgeSyn(): void {
    this.#synFlags = TcpFlag.SYN | TcpFlag.ACK;
    this.#owner.emit(this.initial, this.#synFlags, 0, 0);
  }

  /** SYN is acknowledged: data may flow. */
  established(segmentSize: number, segment: TcpSegment): void {
    const hasLostSyn = this.#retryCount > 0;
    this.#retryCount = 0;
    if (hasLostSyn) this.timeout.startAfterLostSyn();
    else this.timeout.acknowledge(segment.acknowledgment, this.#engine.now);
    this.timeout.stopTiming();
    this.#retransmission.stop();
    this.unacknowledged = advance(this.initial, 1);
    this.#isSynchronized = true;
    this.segmentSize = segmentSize;
    this.congestion.setSegmentSize(segmentSize, hasLostSyn);
    this.window.set(segment);
  }

  /** Whether the segment offers another window (SND.WND). */
  updateWindow(segment: TcpSegment): boolean {
    const isNew = this.window.update(segment);
    if (this.window.size > 0) this.#persist.reset();
    return isNew;
  }

  /** FIN follows the last byte. */
  finish(): void {
    this.#isFinQueued = true;
    this.transmit();
  }

  /** Sends what may be sent now. */
  transmit(): void {
    if (!this.#isSynchronized) return;
    if (this.flight === 0 && this.#engine.now - this.#lastSentAt > this.timeout.current) this.congestion.restart();
    while (this.#sendNext());
    this.#startPersist();
  }

  #sendNext(): boolean {
    const usable = Math.min(this.congestion.allowance, this.window.size) - this.flight;
    const available = Math.max(0, distance(this.next, this.#bufferEnd));
    const length = Math.min(available, usable, this.segmentSize);
    if (length <= 0) {
      if (!this.#isFinNext() || usable <= 0) return false;
    } else if (!this.#isWorthSending(length, available)) return false;
    this.#sendAt(this.next, Math.max(0, length));
    return true;
  }

  /**
   * Against silly windows (RFC 9293 section 3.8.6.2.1), and Nagle's algorithm (section 3.7.4) as Linux has it: a small
   * segment waits only while another small one is under way (Minshall).
   */
  #isWorthSending(length: number, available: number): boolean {
    if (length === this.segmentSize || isBefore(this.next, this.highest)) return true;
    if (length === available)
      return this.noDelay || this.#isFinQueued || !isBefore(this.unacknowledged, this.#smallEnd);
    return length >= this.window.widest / 2;
  }

  #isFinNext(): boolean {
    return this.#isFinQueued && !this.#isFinAcknowledged && this.next === this.#bufferEnd;
  }

  /** Sends `length` bytes of the sequence from `sequence` on, and FIN where it follows. */
  #sendAt(sequence: number, length: number): void {
    const end = advance(sequence, length);
    const isLast = end === this.#bufferEnd;
    const hasFin = isLast && this.#isFinQueued && !this.#isFinAcknowledged;
    const after = hasFin ? advance(end, 1) : end;
    const newBytes = Math.max(0, distance(latest(sequence, this.highest), end));
    if (isBefore(sequence, this.highest)) {
      this.#counters.segmentsRetransmitted++;
      this.timeout.stopTiming();
    } else if (!this.timeout.isTiming) this.timeout.startTiming(after, this.#engine.now);
    this.#counters.bytesSent += newBytes;
    this.next = latest(this.next, after);
    this.highest = latest(this.highest, after);
    if (length < this.segmentSize && length > 0) this.#smallEnd = end;
    this.#lastSentAt = this.#engine.now;
    const flags = TcpFlag.ACK | (isLast && length > 0 ? TcpFlag.PSH : 0) | (hasFin ? TcpFlag.FIN : 0);
    if (!this.#retransmission.isRunning) this.#retransmission.set(this.timeout.current);
    this.#owner.emit(sequence, flags, distance(this.#bufferStart, sequence), length);
  }

  /** With nothing under way no acknowledgment will come and start what waits: the persist timer does. */
  #startPersist(): void {
    if (this.flight > 0) {
      this.#persist.stop();
      return;
    }
    const hasMore = this.buffer.length > 0 || this.#isFinNext();
    if (hasMore) this.#persist.start(this.timeout.current);
    else this.#persist.stop();
  }

  /** SEG.ACK is new: between SND.UNA and what was sent. Returns how many of the application's bytes it covers. */
  acknowledge(acknowledgment: number): number {
    const sequenceCount = distance(this.unacknowledged, acknowledgment);
    const bytes = Math.min(sequenceCount, this.buffer.length);
    if (bytes < sequenceCount) this.#isFinAcknowledged = true;
    this.buffer.discard(bytes);
    this.#counters.bytesAcknowledged += bytes;
    this.unacknowledged = acknowledgment;
    if (isBefore(this.next, acknowledgment)) this.next = acknowledgment;
    this.timeout.acknowledge(acknowledgment, this.#engine.now);
    this.#retryCount = 0;
    this.#persist.heard();
    this.#persist.stop();
    if (this.congestion.acknowledge(sequenceCount, acknowledgment, this.flight)) this.#retransmitFirst();
    if (distance(acknowledgment, this.highest) > 0) this.#retransmission.set(this.timeout.current);
    else this.#retransmission.stop();
    return bytes;
  }

  /** SEG.ACK is SND.UNA once more, in a segment that says nothing else (RFC 5681 section 2). */
  duplicate(): void {
    if (this.congestion.duplicate(this.unacknowledged, this.highest, this.flight)) {
      this.#counters.fastRetransmits++;
      this.#retransmitFirst();
    }
  }

  /** The window's owner answered a probe: it lives (RFC 9293 section 3.8.6.1). */
  heard(): void {
    this.#persist.heard();
  }

  #retransmitFirst(): void {
    const available = distance(this.unacknowledged, this.#bufferEnd);
    this.#sendAt(this.unacknowledged, Math.min(this.segmentSize, Math.max(0, available)));
  }

  /** RFC 6298 section 5.4 to 5.7. */
  #timeOut(): void {
    this.#counters.timeouts++;
    if (this.#retryCount >= this.#retryLimit()) {
      this.#owner.giveUp();
      return;
    }
    const isFirst = this.#retryCount++ === 0;
    this.timeout.backOff();
    this.timeout.stopTiming();
    if (!this.#isSynchronized) {
      this.#counters.segmentsRetransmitted++;
      this.#retransmission.set(this.timeout.current);
      this.#owner.emit(this.initial, this.#synFlags, 0, 0);
      return;
    }
    this.congestion.timeOut(this.highest, this.flight, isFirst);
    this.next = this.unacknowledged;
    this.transmit();
  }

  #retryLimit(): number {
    if (this.#isSynchronized) return RETRY_LIMIT;
    return (this.#synFlags & TcpFlag.ACK) !== 0 ? SYN_ACK_RETRY_LIMIT : SYN_RETRY_LIMIT;
  }

  /** Sends a byte, or what the window takes, to hear of a wider one. */
  #probe(isTooLong: boolean): void {
    if (isTooLong) {
      this.#owner.giveUp();
      return;
    }
    const { next } = this;
    this.#sendAt(next, Math.min(this.buffer.length, Math.max(1, Math.min(this.window.size, this.segmentSize))));
    if (this.window.size > 0) return;
    this.#counters.zeroWindowProbes++;
    // A probe is not under way: nobody has to take it.
    this.next = next;
    this.timeout.stopTiming();
    this.#retransmission.stop();
    this.#persist.lengthen();
    this.#persist.start(this.timeout.current);
  }

  /** The path takes no more than this: what is under way and longer is sent again, cut anew (RFC 1191 section 6.5). */
  shrinkSegments(size: number): void {
    if (size >= this.segmentSize) return;
    this.segmentSize = size;
    this.congestion.setSegmentSize(size);
    if (!this.#isSynchronized || this.flight === 0) return;
    this.next = this.unacknowledged;
    this.timeout.stopTiming();
    this.#retransmission.stop();
    this.transmit();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#retransmission.stop();
    this.#persist.stop();
    this.buffer.discard(this.buffer.length);
  }
}
