/**
 * How many ICMP errors may be sent (RFC 1812 section 4.3.2.8), as Linux counts them: a bucket for all
 * (icmp_msgs_per_sec, icmp_msgs_burst), and one for each receiver (icmp_ratelimit).
 */
import type { Engine } from "./engine.ts";

const ALL_PER_MILLISECOND = 1;
const ALL_BURST = 50;
/** One error a second to one receiver, six at once when it has been quiet. */
const RECEIVER_INTERVAL_MILLISECONDS = 1_000;
const RECEIVER_BURST = 6;
/** A packet without a route pays another second beforehand, and finds at most five saved (Linux ip_error). */
const REFUSAL_BURST = 5;
/** Receivers remembered: the one that was told longest ago is forgotten, and starts with a full bucket. */
const RECEIVER_LIMIT = 1_024;

interface Bucket {
  /** Milliseconds of credit; an error costs an interval. */
  credit: number;
  updated: number;
}

export class IcmpRateLimit {
  readonly #engine: Engine;
  readonly #all: Bucket;
  readonly #receivers = new Map<number, Bucket>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#all = { credit: ALL_BURST, updated: engine.now };
  }

  /** Whether one more error may go to `receiver` now; what is allowed is counted. `isLocal`: it is one of our own. */
  allows(receiver: number, isLocal: boolean): boolean {
    const now = this.#engine.now;
    refill(this.#all, now, ALL_PER_MILLISECOND, ALL_BURST);
    if (this.#all.credit < 1) return false;
    if (!isLocal && !this.#allowsReceiver(receiver, now, RECEIVER_BURST)) return false;
    this.#all.credit--;
    return true;
  }

  /** Whether a packet of this sender that no route takes may provoke an error; counted against the same bucket. */
  allowsRefusal(sender: number): boolean {
    return this.#allowsReceiver(sender, this.#engine.now, REFUSAL_BURST);
  }

  #allowsReceiver(receiver: number, now: number, burst: number): boolean {
    const limit = RECEIVER_INTERVAL_MILLISECONDS * burst;
    const bucket = this.#receivers.get(receiver) ?? { credit: limit, updated: now };
    refill(bucket, now, 1, limit);
    this.#receivers.delete(receiver);
    if (this.#receivers.size >= RECEIVER_LIMIT) this.#receivers.delete(this.#receivers.keys().next().value!);
    this.#receivers.set(receiver, bucket);
    if (bucket.credit < RECEIVER_INTERVAL_MILLISECONDS) return false;
    bucket.credit -= RECEIVER_INTERVAL_MILLISECONDS;
    return true;
  }
}

function refill(bucket: Bucket, now: number, perMillisecond: number, limit: number): void {
  bucket.credit = Math.min(limit, bucket.credit + ((now - bucket.updated) / 1e6) * perMillisecond);
  bucket.updated = now;
}
