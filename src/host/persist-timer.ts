/**
 * When to probe a window that takes nothing, or too little to be worth it: ever more seldom, for as long as the other
 * side is heard (RFC 9293 section 3.8.6.1).
 */
import { type Engine, NANOSECONDS_PER_SECOND } from "../datapath/index.ts";
import { Deadline } from "./deadline.ts";

/** Linux's TCP_RTO_MAX, and tcp_retries2. */
const LONGEST_INTERVAL = 120 * NANOSECONDS_PER_SECOND;
const UNANSWERED_LIMIT = 15;

export class PersistTimer {
  readonly #deadline: Deadline;
  /** Probes since the window closed, and since the other side was heard. */
  #count = 0;
  #unansweredCount = 0;

  /** `probe` is called with whether the other side has been silent for too long. */
  constructor(engine: Engine, probe: (isTooLong: boolean) => void) {
    this.#deadline = new Deadline(engine, () => probe(this.#unansweredCount++ >= UNANSWERED_LIMIT));
  }

  /** Starts, if it does not run. `timeout`: that of a retransmission, in nanoseconds. */
  start(timeout: number): void {
    if (!this.#deadline.isRunning) this.#deadline.set(Math.min(timeout * 2 ** this.#count, LONGEST_INTERVAL));
  }

  stop(): void {
    this.#deadline.stop();
  }

  /** A closed window was probed: the next probe takes longer. */
  lengthen(): void {
    this.#count++;
  }

  /** The other side has said something. */
  heard(): void {
    this.#unansweredCount = 0;
  }

  /** The window is open. */
  reset(): void {
    this.#count = 0;
  }
}
