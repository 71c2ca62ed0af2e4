/**
 * Neighbours by device and IPv4 address: the storage of an ARP cache (RFC 826; RFC 1122, section
 * 2.3.2). What the states mean and when they change is the caller's state machine.
 *
 * An entry is an index into parallel arrays, the same from `insert` to `remove`, so that timers and
 * packet queues may keep it. An open-addressing hash of indices finds the entry of an address.
 */

import { hashPair } from "../bytes/hash.ts";

/** As Linux's gc_thresh3. */
const DEFAULT_MAXIMUM_COUNT = 1024;
const INITIAL_CAPACITY = 16;

/** In `device`: the entry is free, and its `address` is the next free index, or -1. */
const FREE = -1;

/** Buckets an entry: at most half of them are taken. */
const BUCKETS_PER_ENTRY = 2;

/**
 * A bounded set of neighbours. Times are milliseconds as signed 32-bit numbers.
 *
 * The arrays double when the table grows: read them from the table after an `insert`.
 */
export class NeighbourTable {
  /** Neighbours that the table takes. */
  readonly maximumCount: number;

  /** By index: the caller's state, 0 in a new entry, as all that follow. */
  state: Uint8Array = new Uint8Array(INITIAL_CAPACITY);
  /** By index: upper 16 bits of the MAC address. */
  macHigh: Int32Array = new Int32Array(INITIAL_CAPACITY);
  /** By index: lower 32 bits of the MAC address. */
  macLow: Int32Array = new Int32Array(INITIAL_CAPACITY);
  /** By index: when the state last changed. */
  updated: Int32Array = new Int32Array(INITIAL_CAPACITY);
  /** By index: when the neighbour was last known to be reachable. */
  confirmed: Int32Array = new Int32Array(INITIAL_CAPACITY);
  /** By index: when a packet was last sent to it. */
  used: Int32Array = new Int32Array(INITIAL_CAPACITY);
  /** By index: requests sent without an answer. */
  probes: Uint8Array = new Uint8Array(INITIAL_CAPACITY);
  /** By index: the device of the key, or -1 in a free entry. Not to be written. */
  device: Int32Array = new Int32Array(INITIAL_CAPACITY);
  /** By index: the IPv4 address of the key, signed. Not to be written. */
  address: Int32Array = new Int32Array(INITIAL_CAPACITY);

  // `private`, not `#private`, for speed: see PrefixTrie.
  /** By hash of the key, with linear probing: index + 1, or 0. */
  private buckets: Int32Array = new Int32Array(INITIAL_CAPACITY * BUCKETS_PER_ENTRY);
  private firstFree = -1;
  private entryCount = 0;

  /** @throws RangeError when `maximumCount` is no positive whole number */
  constructor(maximumCount: number = DEFAULT_MAXIMUM_COUNT) {
    if (!Number.isInteger(maximumCount) || maximumCount < 1) {
      throw new RangeError(`maximumCount: expected a positive whole number, found ${maximumCount}`);
    }
    this.maximumCount = maximumCount;
    this.freeFrom(0);
  }

  /** How many neighbours are in the table. */
  get count(): number {
    return this.entryCount;
  }

  /** The MAC address of an entry, as a number. */
  mac(index: number): number {
    return (this.macHigh[index]! & 0xffff) * 2 ** 32 + (this.macLow[index]! >>> 0);
  }

  /** The index of a neighbour, or -1. `address` may be signed or unsigned. */
  find(device: number, address: number): number {
    const { buckets } = this;
    const signedAddress = address | 0;
    for (let bucket = this.homeBucket(device, address); ; bucket = (bucket + 1) & (buckets.length - 1)) {
      const index = buckets[bucket]! - 1;
      if (index < 0) return -1;
      if (this.address[index] === signedAddress && this.device[index] === device) return index;
    }
  }

  /**
   * Adds a neighbour, which must not be in the table.
   * @param device 0 to 2^31 - 1
   * @returns its index, or -1 when the table holds `maximumCount` neighbours: nothing is evicted
   */
  insert(device: number, address: number): number {
    if (this.entryCount >= this.maximumCount) return -1;
    if (this.firstFree < 0) this.grow();
    const index = this.firstFree;
    this.firstFree = this.address[index]!;
    this.device[index] = device;
    this.address[index] = address;
    this.state[index] = 0;
    this.probes[index] = 0;
    for (const column of [this.macHigh, this.macLow, this.updated, this.confirmed, this.used]) column[index] = 0;
    this.addToBuckets(index);
    this.entryCount++;
    return index;
  }

  /**
   * Removes a neighbour. Its index may be given to another one.
   * @throws RangeError when no neighbour has this index
   */
  remove(index: number): void {
    if (!(this.device[index]! > FREE)) throw new RangeError(`neighbour index: expected one in use, found ${index}`);
    this.removeFromBuckets(index);
    this.device[index] = FREE;
    this.address[index] = this.firstFree;
    this.firstFree = index;
    this.entryCount--;
  }

  /** Calls `visit` with every index in use, in ascending order. `visit` may remove what it is given. */
  forEach(visit: (index: number) => void): void {
    for (let index = 0; index < this.device.length; index++) {
      if (this.device[index] !== FREE) visit(index);
    }
  }

  private homeBucket(device: number, address: number): number {
    // Math.clz32 gives the shift that leaves log2(buckets) upper bits: the number of buckets is a power of 2.
    return hashPair(device, address) >>> (Math.clz32(this.buckets.length) + 1);
  }

  private addToBuckets(index: number): void {
    let bucket = this.homeBucket(this.device[index]!, this.address[index]!);
    while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & (this.buckets.length - 1);
    this.buckets[bucket] = index + 1;
  }

  /** Takes an index out of its bucket, and shifts those behind it back: there are no tombstones. */
  private removeFromBuckets(index: number): void {
    const { buckets } = this;
    const mask = buckets.length - 1;
    let hole = this.homeBucket(this.device[index]!, this.address[index]!);
    while (buckets[hole] !== index + 1) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; buckets[next] !== 0; next = (next + 1) & mask) {
      const moving = buckets[next]! - 1;
      // An index may move back into the hole unless its home bucket lies behind the hole.
      const distanceFromHome = (next - this.homeBucket(this.device[moving]!, this.address[moving]!)) & mask;
      const distanceFromHole = (next - hole) & mask;
      if (distanceFromHome < distanceFromHole) continue;
      buckets[hole] = moving + 1;
      hole = next;
    }
    buckets[hole] = 0;
  }

  private grow(): void {
    const oldCapacity = this.device.length;
    const capacity = oldCapacity * 2;
    this.state = copyInto(new Uint8Array(capacity), this.state);
    this.macHigh = copyInto(new Int32Array(capacity), this.macHigh);
    this.macLow = copyInto(new Int32Array(capacity), this.macLow);
    this.updated = copyInto(new Int32Array(capacity), this.updated);
    this.confirmed = copyInto(new Int32Array(capacity), this.confirmed);
    this.used = copyInto(new Int32Array(capacity), this.used);
    this.probes = copyInto(new Uint8Array(capacity), this.probes);
    this.device = copyInto(new Int32Array(capacity), this.device);
    this.address = copyInto(new Int32Array(capacity), this.address);
    this.buckets = new Int32Array(capacity * BUCKETS_PER_ENTRY);
    for (let index = 0; index < oldCapacity; index++) this.addToBuckets(index);
    this.freeFrom(oldCapacity);
  }

  /** Makes the indices from `first` on the free ones, in ascending order. */
  private freeFrom(first: number): void {
    const capacity = this.device.length;
    for (let index = first; index < capacity; index++) {
      this.device[index] = FREE;
      this.address[index] = index + 1 < capacity ? index + 1 : -1;
    }
    this.firstFree = first;
  }
}

function copyInto<Column extends Uint8Array | Int32Array>(target: Column, source: Column): Column {
  target.set(source);
  return target;
}
