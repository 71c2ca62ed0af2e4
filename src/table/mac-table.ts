/**
 * A table from MAC address, and what else the caller keys on, to a small value: the forwarding database
 * of a bridge or of a VXLAN device (IEEE 802.1D, section 7.9; RFC 7348, section 4.1).
 *
 * Open addressing with linear probing. An entry (mac-entry.ts) is four words of one Int32Array, so that a
 * lookup touches one cache line, and a removal shifts the entries behind it back, so that there are no
 * tombstones and lookups do not slow down as addresses come and go.
 */

import { hashPair } from "../bytes/hash.ts";
import * as entry from "./mac-entry.ts";

// Module constants: V8 folds these, but not what it reads from another module.
const { ENTRY_SHIFT, findMac, HIGH, IN_USE, LOW, UPDATED, VALUE_AND_FLAGS } = entry;

const HIGH_MASK = 0x0fff_ffff;

const DEFAULT_INITIAL_CAPACITY = 16;
const DEFAULT_MAXIMUM_COUNT = 2 ** 20;

export interface MacTableOptions {
  /** How many addresses fit before the table first grows. */
  readonly initialCapacity?: number;
  /** How many addresses the table takes; `insert` then answers -1. */
  readonly maximumCount?: number;
}

/**
 * Entries are named by slot. A slot is valid until the next `insert`, `removeAt` or `removeIf`.
 *
 * `high` and `low` are the upper 16 and lower 32 bits of a MAC address, with bits 16 to 27 of `high` for
 * the caller. `low` may be signed or unsigned. Methods that take a slot expect one in use.
 */
export class MacTable {
  /** Addresses that the table takes. */
  readonly maximumCount: number;
  /** What `findMac` takes, for loops over packets: valid until the next `insert`. Not to be written. */
  entries: Int32Array;
  mask: number;
  hashShift: number;
  // `private`, not `#private`, for speed: see PrefixTrie.
  private entryCount = 0;

  /** @throws RangeError when an option is no positive whole number */
  constructor(options: MacTableOptions = {}) {
    this.maximumCount = positive("maximumCount", options.maximumCount ?? DEFAULT_MAXIMUM_COUNT);
    const initialCapacity = positive("initialCapacity", options.initialCapacity ?? DEFAULT_INITIAL_CAPACITY);
    let slotCount = 2;
    while (!hasRoom(initialCapacity, slotCount)) slotCount *= 2;
    this.entries = new Int32Array(slotCount << ENTRY_SHIFT);
    this.mask = slotCount - 1;
    this.hashShift = Math.clz32(slotCount) + 1;
  }

  /** How many addresses are in the table. */
  get count(): number {
    return this.entryCount;
  }

  /** The slot of an address, or -1. */
  find(high: number, low: number): number {
    return findMac(this.entries, this.mask, this.hashShift, high, low);
  }

  /**
   * Adds an address, which must not be in the table.
   * @param value 0 to 2^24 - 1
   * @param flags 0 to 255
   * @param now milliseconds, any 32-bit clock
   * @returns its slot, or -1 when the table holds `maximumCount` addresses: nothing is evicted
   */
  insert(high: number, low: number, value: number, flags: number, now: number): number {
    if (this.entryCount >= this.maximumCount) return -1;
    if (!hasRoom(this.entryCount + 1, this.mask + 1)) this.grow();
    const slot = this.freeSlot(high | IN_USE, low);
    const at = slot << ENTRY_SHIFT;
    this.entries[at + LOW] = low;
    this.entries[at + HIGH] = high | IN_USE;
    this.entries[at + VALUE_AND_FLAGS] = (value << 8) | flags;
    this.entries[at + UPDATED] = now;
    this.entryCount++;
    return slot;
  }

  /** The upper 16 bits of the address at a slot, with the caller's bits 16 to 27. */
  high(slot: number): number {
    return this.entries[(slot << ENTRY_SHIFT) + HIGH]! & HIGH_MASK;
  }

  /** The lower 32 bits of the address at a slot, unsigned. */
  low(slot: number): number {
    return this.entries[(slot << ENTRY_SHIFT) + LOW]! >>> 0;
  }

  value(slot: number): number {
    return this.entries[(slot << ENTRY_SHIFT) + VALUE_AND_FLAGS]! >>> 8;
  }

  setValue(slot: number, value: number): void {
    this.entries[(slot << ENTRY_SHIFT) + VALUE_AND_FLAGS] = (value << 8) | this.flags(slot);
  }

  flags(slot: number): number {
    return this.entries[(slot << ENTRY_SHIFT) + VALUE_AND_FLAGS]! & 0xff;
  }

  setFlags(slot: number, flags: number): void {
    this.entries[(slot << ENTRY_SHIFT) + VALUE_AND_FLAGS] = (this.value(slot) << 8) | flags;
  }

  /** When the entry was inserted or last touched: milliseconds as a signed 32-bit number. */
  updated(slot: number): number {
    return this.entries[(slot << ENTRY_SHIFT) + UPDATED]!;
  }

  touch(slot: number, now: number): void {
    this.entries[(slot << ENTRY_SHIFT) + UPDATED] = now;
  }

  /** Removes the entry at a slot. Slots of other entries may change. */
  removeAt(slot: number): void {
    const { entries, mask } = this;
    let hole = slot;
    for (let next = (slot + 1) & mask; this.isInUse(next); next = (next + 1) & mask) {
      // An entry may move back into the hole unless its home slot lies behind the hole.
      const distanceFromHome = (next - this.homeSlot(next)) & mask;
      const distanceFromHole = (next - hole) & mask;
      if (distanceFromHome < distanceFromHole) continue;
      const from = next << ENTRY_SHIFT;
      entries.copyWithin(hole << ENTRY_SHIFT, from, from + (1 << ENTRY_SHIFT));
      hole = next;
    }
    entries[(hole << ENTRY_SHIFT) + HIGH] = 0;
    this.entryCount--;
  }

  /** Calls `visit` with every slot in use. The table must not change meanwhile. */
  forEach(visit: (slot: number) => void): void {
    for (let slot = 0; slot <= this.mask; slot++) {
      if (this.isInUse(slot)) visit(slot);
    }
  }

  /**
   * Removes the entries for which `predicate`, called once for each, answers true.
   * @returns how many were removed
   */
  removeIf(predicate: (slot: number) => boolean): number {
    const before = this.entryCount;
    // Downwards, a removal moves only entries that were seen already; and from a free slot, because
    // then no run of entries that could shift spans the slot where the walk starts and ends.
    let free = 0;
    while (this.isInUse(free)) free++;
    for (let distance = 1; distance <= this.mask; distance++) {
      const slot = (free - distance) & this.mask;
      if (this.isInUse(slot) && predicate(slot)) this.removeAt(slot);
    }
    return before - this.entryCount;
  }

  private isInUse(slot: number): boolean {
    return this.entries[(slot << ENTRY_SHIFT) + HIGH] !== 0;
  }

  /** Where probing for the entry at a slot starts. */
  private homeSlot(slot: number): number {
    const at = slot << ENTRY_SHIFT;
    return hashPair(this.entries[at + HIGH]!, this.entries[at + LOW]!) >>> this.hashShift;
  }

  private freeSlot(highWord: number, low: number): number {
    let slot = hashPair(highWord, low) >>> this.hashShift;
    while (this.isInUse(slot)) slot = (slot + 1) & this.mask;
    return slot;
  }

  private grow(): void {
    const old = this.entries;
    this.entries = new Int32Array(old.length * 2);
    this.mask = this.mask * 2 + 1;
    this.hashShift--;
    for (let at = 0; at < old.length; at += 1 << ENTRY_SHIFT) {
      if (old[at + HIGH] === 0) continue;
      const slot = this.freeSlot(old[at + HIGH]!, old[at + LOW]!);
      this.entries.set(old.subarray(at, at + (1 << ENTRY_SHIFT)), slot << ENTRY_SHIFT);
    }
  }
}

/**
 * True while fewer than half of the slots are in use. At a quarter (1,024 random addresses in 4,096
 * slots) lookups run at 109 M/s, at the half that the next size down would allow, at 82 M/s.
 */
function hasRoom(count: number, slotCount: number): boolean {
  return count * 2 < slotCount;
}

function positive(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name}: expected a positive whole number, found ${value}`);
  }
  return value;
}
