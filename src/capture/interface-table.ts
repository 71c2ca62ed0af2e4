/** The interfaces of the section that is read: what packets and statistics need of them. */

import type { BlockReader } from "./block-reader.ts";
import type { InterfaceRecord } from "./capture-record.ts";
import { TimeUnits } from "./time-units.ts";

/** Interfaces by their id in the section. */
export class InterfaceTable {
  readonly #limit: number;
  #units: TimeUnits[] = [];
  #snapLengths: number[] = [];
  #base = 0;

  /** @param limit interfaces that a section may have */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A new section: its interfaces count from 0 again, but their ids in records go on. */
  startSection(): void {
    this.#base += this.#units.length;
    this.#units = [];
    this.#snapLengths = [];
  }

  /** The id in records of the next interface. */
  get nextId(): number {
    return this.#base + this.#units.length;
  }

  /** @throws CaptureError when the section has too many */
  add(block: BlockReader, { unitsPerSecond, offsetSeconds, snapLength }: InterfaceRecord): void {
    if (this.#units.length === this.#limit) {
      throw block.error(`at most ${this.#limit} interfaces in a section`, "one more", block.start);
    }
    this.#units.push(new TimeUnits(unitsPerSecond, offsetSeconds));
    this.#snapLengths.push(snapLength);
  }

  /** How an interface counts time. @throws CaptureError when the section has none of this id */
  units(block: BlockReader, id: number): TimeUnits {
    const units = this.#units[id];
    if (units !== undefined) return units;
    const known = this.#units.length === 0 ? "none was" : `0 to ${this.#units.length - 1} were`;
    throw block.error(`the id of an interface (${known} described)`, `${id}`, block.start);
  }

  /** The most bytes kept of a packet of an interface; 0 for no limit. */
  snapLength(id: number): number {
    return this.#snapLengths[id] ?? 0;
  }

  /** The id in records of interface `id` of the section. */
  recordId(id: number): number {
    return this.#base + id;
  }
}
