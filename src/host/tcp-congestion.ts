/**
 * How much may be under way at once, as the network takes it: slow start, congestion avoidance, fast retransmit and
 * fast recovery (RFC 5681, with partial acknowledgments as in RFC 6582, and limited transmit of RFC 3042). In bytes.
 */
import { isBefore } from "./tcp-sequence.ts";

/** RFC 6928: ten segments, as Linux starts. */
const INITIAL_SEGMENTS = 10;
/** RFC 5681 section 3.2: acknowledgments of the same, after which a segment is held to be lost. */
export const DUPLICATE_LIMIT = 3;
export const LARGEST_THRESHOLD: number = 2 ** 30;

export class TcpCongestion {
  window = 0;
  threshold: number = LARGEST_THRESHOLD;
  isRecovering = false;
  duplicateCount = 0;
  #segmentSize = 0;
  /** Bytes acknowledged in congestion avoidance since the window last grew. */
  #acknowledged = 0;
  /** Bytes under way when the first duplicate came. */
  #flightBefore = 0;
  /** The highest number sent when a loss was last found: older duplicates tell nothing new (RFC 6582 section 3.2). */
  #recover: number;

  /** `initialSequence`: the connection's first, before which nothing was lost. */
  constructor(initialSequence: number) {
    this.#recover = initialSequence;
  }

  /** The segment size is known, or another. `hasLostSyn`: then one segment starts (RFC 5681 section 3.1). */
  setSegmentSize(size: number, hasLostSyn = false): void {
    const previous = this.#segmentSize;
    this.#segmentSize = size;
    if (previous === 0) this.window = hasLostSyn ? size : INITIAL_SEGMENTS * size;
    else this.window = Math.max(this.window, size);
  }

  /** Bytes that may be under way, limited transmit included: a segment for each of the first two duplicates. */
  get allowance(): number {
    if (this.isRecovering) return this.window;
    return this.window + Math.min(this.duplicateCount, DUPLICATE_LIMIT - 1) * this.#segmentSize;
  }

  /** Nothing was sent for longer than the timeout: what the network takes is no longer known (RFC 5681 section 4.1). */
  restart(): void {
    this.window = Math.min(this.window, INITIAL_SEGMENTS * this.#segmentSize);
  }

  /**
   * `bytes` were acknowledged for the first time, up to `acknowledgment`; `flight` are still under way. True when the
   * acknowledgment is partial: the segment that it asks for was lost as well.
   */
  acknowledge(bytes: number, acknowledgment: number, flight: number): boolean {
    this.duplicateCount = 0;
    if (!this.isRecovering) {
      this.#grow(bytes);
      return false;
    }
    if (isBefore(acknowledgment, this.#recover)) {
      const size = this.#segmentSize;
      this.window = Math.max(this.window - bytes + (bytes >= size ? size : 0), size);
      return true;
    }
    this.isRecovering = false;
    this.window = Math.min(this.threshold, Math.max(flight, this.#segmentSize) + this.#segmentSize);
    return false;
  }

  #grow(bytes: number): void {
    const size = this.#segmentSize;
    if (this.window < this.threshold) {
      this.window += Math.min(bytes, size);
    } else {
      this.#acknowledged += bytes;
      if (this.#acknowledged < this.window) return;
      this.#acknowledged -= this.window;
      this.window += size;
    }
    this.window = Math.min(this.window, LARGEST_THRESHOLD);
  }

  /** The same was acknowledged again. True when the segment behind it is to be sent again now. */
  duplicate(acknowledgment: number, highest: number, flight: number): boolean {
    if (++this.duplicateCount === 1) this.#flightBefore = flight;
    if (this.isRecovering) {
      this.window = Math.min(this.window + this.#segmentSize, LARGEST_THRESHOLD);
      return false;
    }
    if (this.duplicateCount !== DUPLICATE_LIMIT || !isBefore(this.#recover, acknowledgment)) return false;
    this.isRecovering = true;
    this.#recover = highest;
    // What limited transmit sent since the first duplicate does not count (RFC 5681 section 3.2, step 2).
    this.threshold = Math.max(this.#flightBefore >>> 1, 2 * this.#segmentSize);
    this.window = this.threshold + DUPLICATE_LIMIT * this.#segmentSize;
    return true;
  }

  /** The timer ran out. `isFirst`: the segment has not been sent again because of it before (RFC 5681 equation 4). */
  timeOut(highest: number, flight: number, isFirst: boolean): void {
    if (isFirst) this.threshold = Math.max(flight >>> 1, 2 * this.#segmentSize);
    this.window = this.#segmentSize;
    this.isRecovering = false;
    this.duplicateCount = 0;
    this.#acknowledged = 0;
    this.#recover = highest;
  }
}
