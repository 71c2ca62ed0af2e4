/**
 * Flows by four words: an exact-match table, as the flow caches of switches are.
 *
 * A record is FLOW_RECORD_WORDS consecutive words of one Int32Array, two cache lines: the key first, the rest the
 * caller's. Records lie side by side in the order they came, and an open-addressing hash of their offsets finds
 * them. The arrays never move or grow: loops over packets may hold them. None is ever removed alone.
 */

/** Words of a record. */
export const FLOW_RECORD_WORDS = 32;

/** Words of the key. */
export const FLOW_KEY_WORDS = 4;

/** Records: 2 MiB, of which the system provides what is used. */
const RECORD_COUNT = 2 ** 14;
/** At most half of them are taken. */
const BUCKET_COUNT = 2 * RECORD_COUNT;
const BUCKET_MASK = BUCKET_COUNT - 1;
const HASH_SHIFT = 32 - Math.log2(BUCKET_COUNT);

export class FlowTable {
  /** All records. Offset 0 means "none", so that the first record's stretch stays unused. */
  readonly words: Int32Array = new Int32Array((RECORD_COUNT + 1) * FLOW_RECORD_WORDS);
  // `private`, not `#private`, for speed: see PrefixTrie.
  /** By hash of the key, with linear probing: a record's offset, or 0. */
  private readonly buckets = new Int32Array(BUCKET_COUNT);
  private recordCount = 0;
  private readonly seed: number;

  /** `seed` of the hash: who does not know it cannot choose keys that collide. */
  constructor(seed: number = 0) {
    this.seed = seed | 0;
  }

  /** Records in the table. */
  get count(): number {
    return this.recordCount;
  }

  get isFull(): boolean {
    return this.recordCount === RECORD_COUNT;
  }

  /** Offset in `words` of the record with this key, 0 when there is none. All are signed 32-bit numbers. */
  find(a: number, b: number, c: number, d: number): number {
    const { buckets, words } = this;
    let bucket = hash(this.seed, a, b, c, d);
    for (;;) {
      const at = buckets[bucket]!;
      if (at === 0 || (words[at + 3] === d && words[at + 2] === c && words[at] === a && words[at + 1] === b)) return at;
      bucket = (bucket + 1) & BUCKET_MASK;
    }
  }

  /** Adds a record, which must not be there, with zeroes behind its key, and returns its offset. There must be room. */
  insert(a: number, b: number, c: number, d: number): number {
    const at = ++this.recordCount * FLOW_RECORD_WORDS;
    this.words.fill(0, at, at + FLOW_RECORD_WORDS);
    this.words.set([a, b, c, d], at);
    let bucket = hash(this.seed, a, b, c, d);
    while (this.buckets[bucket] !== 0) bucket = (bucket + 1) & BUCKET_MASK;
    this.buckets[bucket] = at;
    return at;
  }

  /** Removes all records. */
  clear(): void {
    this.recordCount = 0;
    this.buckets.fill(0);
  }

  /** Calls `visit` with every record's offset. */
  forEach(visit: (at: number) => void): void {
    for (let record = 1; record <= this.recordCount; record++) visit(record * FLOW_RECORD_WORDS);
  }
}

/**
 * Three rounds of multiplication, each over bits that the one before has mixed: sources or destinations in any
 * progression spread, and none can be chosen to collide without the seed.
 */
function hash(seed: number, a: number, b: number, c: number, d: number): number {
  let mixed = Math.imul(d ^ seed, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ c, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13) ^ a ^ Math.imul(b, 0x01000193), 0xc2b2ae35);
  return mixed >>> HASH_SHIFT;
}
