/**
 * How long to wait for an acknowledgment before a segment is sent again (RFC 6298), in nanoseconds.
 *
 * Linux's bounds: 200 ms at least, where the RFC says a second, and 120 s at most.
 */
import { NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND } from "../datapath/index.ts";
import { isBefore } from "./tcp-sequence.ts";

/** Before anything was measured (RFC 6298 section 2.1). */
const INITIAL = NANOSECONDS_PER_SECOND;
const MINIMUM = 200 * NANOSECONDS_PER_MILLISECOND;
const MAXIMUM = 120 * NANOSECONDS_PER_SECOND;

/** RFC 6298 section 5.7: what data start with when SYN had to be sent again. */
const AFTER_LOST_SYN = 3 * NANOSECONDS_PER_SECOND;

/** RFC 6298 section 2: weights of a new measurement, and how many variations are waited for. */
const ALPHA = 1 / 8;
const BETA = 1 / 4;
const K = 4;

export class RetransmissionTimeout {
  /** 0 until a round trip was measured. */
  smoothedRoundTrip = 0;
  roundTripVariation = 0;
  #timeout = INITIAL;
  #backoff = 1;
  #hasMeasured = false;
  /** The segment that is timed: the number behind it, and when it left. */
  #timedSequence: number | undefined;
  #timedAt = 0;

  /** The wait, doubled for each time that it was in vain. */
  get current(): number {
    return Math.min(this.#timeout * this.#backoff, MAXIMUM);
  }

  get isTiming(): boolean {
    return this.#timedSequence !== undefined;
  }

  /** Times the segment that leaves now, up to the number behind it. */
  startTiming(sequence: number, now: number): void {
    this.#timedSequence = sequence;
    this.#timedAt = now;
  }

  /** Something is sent again: which of the two an acknowledgment is for, nobody can tell (Karn's algorithm: RFC 6298 section 3). */
  stopTiming(): void {
    this.#timedSequence = undefined;
  }

  /** Measures, where the acknowledgment covers what is timed. */
  acknowledge(acknowledgment: number, now: number): void {
    if (this.#timedSequence === undefined || isBefore(acknowledgment, this.#timedSequence)) return;
    this.measure(now - this.#timedAt);
    this.#timedSequence = undefined;
  }

  /** Takes a round trip in, and ends the doubling. */
  measure(roundTrip: number): void {
    if (!this.#hasMeasured) {
      this.#hasMeasured = true;
      this.smoothedRoundTrip = roundTrip;
      this.roundTripVariation = roundTrip / 2;
    } else {
      const deviation = Math.abs(this.smoothedRoundTrip - roundTrip);
      this.roundTripVariation = (1 - BETA) * this.roundTripVariation + BETA * deviation;
      this.smoothedRoundTrip = (1 - ALPHA) * this.smoothedRoundTrip + ALPHA * roundTrip;
    }
    const timeout = Math.round(this.smoothedRoundTrip + K * this.roundTripVariation);
    this.#timeout = Math.min(Math.max(timeout, MINIMUM), MAXIMUM);
    this.#backoff = 1;
  }

  /** The wait was in vain: the next is twice as long (RFC 6298 section 5.5), until a round trip is measured again. */
  backOff(): void {
    if (this.#timeout * this.#backoff < MAXIMUM) this.#backoff *= 2;
  }

  /** The handshake is over, and SYN had to be sent again: nothing was measured yet. */
  startAfterLostSyn(): void {
    this.#timeout = AFTER_LOST_SYN;
    this.#backoff = 1;
  }
}
