/**
 * Connections by both of their ends: a bounded table in which the two directions of a connection are one record.
 *
 * A record is CONNECTION_WORDS consecutive words of one Int32Array, a cache line: the key first, whose lower end
 * comes before the higher one whoever spoke first, and from STATE on what is the caller's. Hash chains of offsets
 * find them. The table grows to its bound as connections come; at the bound it makes room by forgetting those whose
 * time is up, and takes no new one where there are none.
 */

/** Words of a record. */
export const CONNECTION_WORDS = 16;

/** Places of a record's words. */
export const ConnectionWord = {
  /** The key: two addresses, their ports (the lower address's in the upper 16 bits), and the protocol. */
  LOW: 0,
  HIGH: 1,
  PORTS: 2,
  PROTOCOL: 3,
  /** The next record of the chain, or of those that are free. */
  NEXT: 4,
  /** Milliseconds, as a 32-bit number that wraps: when the record may be forgotten. */
  EXPIRY: 5,
  STATE: 6,
  GENERATION: 7,
  CREATED: 8,
  /** What allowed it, on its way from a pod and to a pod. */
  FROM_DECISION: 9,
  TO_DECISION: 10,
  /** Of TCP: what acknowledges the last SYN in the middle of the connection. */
  SYN_END: 11,
} as const;

const { LOW, HIGH, PORTS, PROTOCOL, NEXT, EXPIRY } = ConnectionWord;

/** In PROTOCOL of a record that is free. */
const FREE = -1;

/** nf_conntrack_max on a machine of more than 1 GiB. */
export const DEFAULT_CONNECTION_LIMIT = 262_144;

const FIRST_CAPACITY = 256;

/** Records looked at for being old whenever a new one comes. */
const STEPS_AN_INSERT = 2;

/** Milliseconds before a full table is searched again for records that are old. */
const SWEEP_INTERVAL = 100;

export interface ConnectionTableOptions {
  /** Connections at once; 262,144 when left out. */
  readonly limit?: number | undefined;
  /** Of the hash: who does not know it cannot choose keys that collide. */
  readonly seed?: number | undefined;
}

export class ConnectionTable {
  readonly limit: number;
  /** All records. Offset 0 means "none". Another array after `insert`. */
  words: Int32Array;
  /** By hash of the key: the first record of the chain, or 0. Another array after `insert`. */
  heads: Int32Array;
  /** What shifts the hash down to an index of `heads`. */
  hashShift: number;
  readonly seed: number;
  // `private`, not `#private`, for speed: see PrefixTrie.
  private capacity: number;
  /** Records that were ever in use. */
  private usedCount = 0;
  private firstFree = 0;
  private recordCount = 0;
  private hand = 0;
  private sweptAt: number | null = null;

  /** @throws RangeError for a limit that is no whole number from 1 to 2^24. */
  constructor(options: ConnectionTableOptions = {}) {
    const { limit = DEFAULT_CONNECTION_LIMIT, seed = 0 } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 24)
      throw new RangeError(`expected a limit of 1 to 16777216 connections, found ${limit}`);
    this.limit = limit;
    this.seed = seed | 0;
    this.capacity = Math.min(limit, FIRST_CAPACITY);
    this.words = new Int32Array((this.capacity + 1) * CONNECTION_WORDS);
    this.heads = new Int32Array(2 * FIRST_CAPACITY);
    this.hashShift = 32 - Math.log2(this.heads.length);
  }

  get count(): number {
    return this.recordCount;
  }

  /** Offset in `words` of the record with this key, 0 when there is none. All are signed 32-bit numbers. */
  find(low: number, high: number, ports: number, protocol: number): number {
    const { words } = this;
    let at = this.heads[connectionHash(this.seed, low, high, ports, protocol) >>> this.hashShift]!;
    while (
      at !== 0 &&
      (words[at + PORTS] !== ports ||
        words[at + LOW] !== low ||
        words[at + HIGH] !== high ||
        words[at + PROTOCOL] !== protocol)
    )
      at = words[at + NEXT]!;
    return at;
  }

  /**
   * Adds a record, which must not be there, with zeroes behind its key, and returns its offset: 0 when the table is at
   * its bound and none of its records is old at `now`, a time in milliseconds. `protocol` is not negative.
   */
  insert(low: number, high: number, ports: number, protocol: number, now: number): number {
    for (let i = 0; i < STEPS_AN_INSERT; i++) this.step(now);
    if (this.recordCount === this.capacity) {
      if (this.capacity < this.limit) this.grow();
      else if (!this.makeRoom(now)) return 0;
    }
    const at = this.takeFree();
    const { words } = this;
    words.fill(0, at, at + CONNECTION_WORDS);
    words[at + LOW] = low;
    words[at + HIGH] = high;
    words[at + PORTS] = ports;
    words[at + PROTOCOL] = protocol;
    words[at + EXPIRY] = now;
    this.link(at);
    this.recordCount++;
    return at;
  }

  private takeFree(): number {
    const at = this.firstFree;
    if (at === 0) return ++this.usedCount * CONNECTION_WORDS;
    this.firstFree = this.words[at + NEXT]!;
    return at;
  }

  private link(at: number): void {
    const { words, heads } = this;
    const bucket = this.bucketOf(at);
    words[at + NEXT] = heads[bucket]!;
    heads[bucket] = at;
  }

  private bucketOf(at: number): number {
    const { words } = this;
    return (
      connectionHash(this.seed, words[at + LOW]!, words[at + HIGH]!, words[at + PORTS]!, words[at + PROTOCOL]!) >>>
      this.hashShift
    );
  }

  /** Forgets a record. */
  remove(at: number): void {
    const { words, heads } = this;
    const bucket = this.bucketOf(at);
    let before = heads[bucket]!;
    if (before === at) {
      heads[bucket] = words[at + NEXT]!;
    } else {
      while (words[before + NEXT] !== at) before = words[before + NEXT]!;
      words[before + NEXT] = words[at + NEXT]!;
    }
    words[at + PROTOCOL] = FREE;
    words[at + NEXT] = this.firstFree;
    this.firstFree = at;
    this.recordCount--;
  }

  /** Whether a record's time is up. Right across the wrap, for lives and ages below 24 days: who is older must be swept out. */
  isOld(at: number, now: number): boolean {
    return ((this.words[at + EXPIRY]! - now) | 0) <= 0;
  }

  /** Forgets all records that are old. Returns how many those were. */
  sweep(now: number): number {
    const before = this.recordCount;
    for (let record = 1; record <= this.usedCount; record++) this.forgetIfOld(record * CONNECTION_WORDS, now);
    return before - this.recordCount;
  }

  /** Looks at one more record, all in turn. */
  private step(now: number): void {
    if (this.usedCount === 0) return;
    this.hand = (this.hand % this.usedCount) + 1;
    this.forgetIfOld(this.hand * CONNECTION_WORDS, now);
  }

  private forgetIfOld(at: number, now: number): void {
    if (this.words[at + PROTOCOL] !== FREE && this.isOld(at, now)) this.remove(at);
  }

  private makeRoom(now: number): boolean {
    if (this.sweptAt !== null && (now - this.sweptAt) >>> 0 < SWEEP_INTERVAL) return false;
    this.sweptAt = now;
    return this.sweep(now) > 0;
  }

  private grow(): void {
    this.capacity = Math.min(this.limit, this.capacity * 2);
    const words = new Int32Array((this.capacity + 1) * CONNECTION_WORDS);
    words.set(this.words);
    this.words = words;
    this.heads = new Int32Array(this.heads.length * 2);
    this.hashShift--;
    this.forEach((at) => this.link(at));
  }

  /** Calls `visit` with every record's offset. */
  forEach(visit: (at: number) => void): void {
    for (let record = 1; record <= this.usedCount; record++)
      if (this.words[record * CONNECTION_WORDS + PROTOCOL] !== FREE) visit(record * CONNECTION_WORDS);
  }

  /** Forgets all. */
  clear(): void {
    this.usedCount = 0;
    this.firstFree = 0;
    this.recordCount = 0;
    this.hand = 0;
    this.heads.fill(0);
  }
}

/** Three rounds of multiplication, as FlowTable's: the upper bits are the good ones. */
export function connectionHash(seed: number, low: number, high: number, ports: number, protocol: number): number {
  let mixed = Math.imul(high ^ seed, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ low, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13) ^ ports ^ (protocol << 21), 0xc2b2ae35);
}
