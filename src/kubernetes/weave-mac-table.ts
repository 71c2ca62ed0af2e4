/** MACs that a Weave node has seen, and at which place: a port of its datapath, or a peer. */
import type { Engine } from "../datapath/index.ts";
import { MacTable } from "../table/index.ts";

/** Milliseconds after which a MAC that has not been seen is forgotten (Weave's macMaxAge). */
const MAXIMUM_AGE = 600_000;

export interface WeaveMac {
  readonly mac: number;
  readonly place: number;
}

export class WeaveMacTable {
  readonly #engine: Engine;
  readonly #table = new MacTable();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The place of a MAC, or -1. */
  find(high: number, low: number): number {
    const slot = this.#table.find(high, low);
    return slot < 0 || this.#isExpired(slot) ? -1 : this.#table.value(slot);
  }

  #isExpired(slot: number): boolean {
    return this.#engine.millisecondsSince(this.#table.updated(slot)) >= MAXIMUM_AGE;
  }

  /** A frame from this MAC was seen: enters it, or moves it. A table that is full of younger entries stays as it is. */
  learn(high: number, low: number, place: number): void {
    const table = this.#table;
    const now = this.#engine.milliseconds;
    const slot = table.find(high, low);
    if (slot >= 0) {
      table.setValue(slot, place);
      table.touch(slot, now);
    } else if (table.insert(high, low, place, 0, now) < 0 && table.removeIf((old) => this.#isExpired(old)) > 0) {
      table.insert(high, low, place, 0, now);
    }
  }

  /** What has not been forgotten, by MAC. */
  list(): WeaveMac[] {
    const macs: WeaveMac[] = [];
    this.#table.forEach((slot) => {
      const mac = (this.#table.high(slot) & 0xffff) * 2 ** 32 + this.#table.low(slot);
      if (!this.#isExpired(slot)) macs.push({ mac, place: this.#table.value(slot) });
    });
    return macs.sort((a, b) => a.mac - b.mac);
  }
}
