/**
 * The fragments of one datagram that have come so far, and which of its bytes they are.
 *
 * The bytes are kept as runs, in order: what RFC 815 keeps as holes, seen from the other side. As in Linux
 * (inet_fragment.c) a run grows at its end only while it is the last one, and runs that touch stay two: whether
 * bytes that came before are a duplicate or an overlap depends on it.
 */

/** What became of a fragment's bytes. */
export const Insertion = {
  TAKEN: 0,
  /** All of them are in one run already: the fragment is superfluous, the others stay. */
  DUPLICATE: 1,
  /** Some of them are there already: nobody knows which are right (RFC 5722). */
  OVERLAP: 2,
} as const;
export type Insertion = (typeof Insertion)[keyof typeof Insertion];

/** Used again for another datagram once it is done: its arrays keep their memory. */
export class FragmentQueue {
  source = 0;
  destination = 0;
  protocol = 0;
  identification = 0;
  /** Another queue with the same hash. */
  next: FragmentQueue | null = null;
  /** When it is given up, in nanoseconds of virtual time. */
  expiry = 0;
  /** How many fragments its sender had sent when the last one of this datagram came. */
  senderCount = 0;
  /** The fragments, in the order in which they came: the first `count` of them. */
  readonly handles: number[] = [];
  count = 0;
  /** The fragment with the datagram's first byte, -1 until it has come. */
  first = -1;
  /** Bytes of payload in the datagram, as far as is known: all once `isEndKnown`. */
  payloadLength = 0;
  isEndKnown = false;
  /** Bytes of payload that have come. */
  receivedLength = 0;
  /** The ECN values of the fragments, a bit each. */
  ecnValues = 0;
  /** Bytes of the longest fragment, and of the longest one that may not be fragmented. */
  longest = 0;
  longestUnfragmentable = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #runCount = 0;

  /** Makes it empty; what names its datagram stays. */
  clear(): void {
    this.count = 0;
    this.first = -1;
    this.payloadLength = 0;
    this.isEndKnown = false;
    this.receivedLength = 0;
    this.ecnValues = 0;
    this.longest = 0;
    this.longestUnfragmentable = 0;
    this.#runCount = 0;
  }

  /** The first byte and the last are there, and all between. */
  get isComplete(): boolean {
    return this.first >= 0 && this.isEndKnown && this.receivedLength === this.payloadLength;
  }

  /** Notes where a fragment ends. False when it contradicts those that came before (Linux ip_frag_queue). */
  noteEnd(end: number, isLast: boolean): boolean {
    if (isLast) {
      if (end < this.payloadLength || (this.isEndKnown && end !== this.payloadLength)) return false;
      this.isEndKnown = true;
    } else if (end > this.payloadLength && this.isEndKnown) return false;
    this.payloadLength = Math.max(this.payloadLength, end);
    return true;
  }

  /** Adds the bytes from `start` up to `end`, at least one, if they are new (Linux inet_frag_queue_insert). */
  insert(start: number, end: number): Insertion {
    const last = this.#runCount - 1;
    if (last < 0 || this.#ends[last]! < end) {
      if (last >= 0 && start < this.#ends[last]!) return Insertion.OVERLAP;
      if (last >= 0 && start === this.#ends[last]!) this.#ends[last] = end;
      else this.#insertRun(this.#runCount, start, end);
      return Insertion.TAKEN;
    }
    const index = this.#firstRunBehind(start);
    if (end <= this.#starts[index]!) this.#insertRun(index, start, end);
    else if (start >= this.#starts[index]! && end <= this.#ends[index]!) return Insertion.DUPLICATE;
    else return Insertion.OVERLAP;
    return Insertion.TAKEN;
  }

  #insertRun(index: number, start: number, end: number): void {
    for (let i = this.#runCount; i > index; i--) {
      this.#starts[i] = this.#starts[i - 1]!;
      this.#ends[i] = this.#ends[i - 1]!;
    }
    this.#starts[index] = start;
    this.#ends[index] = end;
    this.#runCount++;
  }

  /** Index of the first run with bytes behind `position`: there is one. */
  #firstRunBehind(position: number): number {
    let low = 0;
    let high = this.#runCount - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
