/** Bytes that wait to be sent or acknowledged: a ring that grows up to its capacity. */

const FIRST_SIZE = 4096;

export class SendBuffer {
  readonly capacity: number;
  /** Bytes that are in it. */
  length = 0;
  #ring: Uint8Array = new Uint8Array(0);
  #first = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get free(): number {
    return this.capacity - this.length;
  }

  /** Takes as many bytes as there is room for, and returns how many. */
  append(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.free);
    if (this.length + taken > this.#ring.length) this.#grow(this.length + taken);
    const ring = this.#ring;
    const at = ring.length === 0 ? 0 : (this.#first + this.length) % ring.length;
    const head = Math.min(taken, ring.length - at);
    ring.set(bytes.subarray(0, head), at);
    ring.set(bytes.subarray(head, taken), 0);
    this.length += taken;
    return taken;
  }

  #grow(needed: number): void {
    let size = Math.max(this.#ring.length, FIRST_SIZE);
    while (size < needed) size *= 2;
    const larger = new Uint8Array(Math.min(size, Math.max(this.capacity, needed)));
    this.copy(0, this.length, larger, 0);
    this.#ring = larger;
    this.#first = 0;
  }

  /** Writes `length` bytes from `offset` on, both within what is here, to `target` at `at`. */
  copy(offset: number, length: number, target: Uint8Array, at: number): void {
    const ring = this.#ring;
    if (length === 0) return;
    const from = (this.#first + offset) % ring.length;
    const head = Math.min(length, ring.length - from);
    target.set(ring.subarray(from, from + head), at);
    target.set(ring.subarray(0, length - head), at + head);
  }

  /** Lets go of the first `count` bytes; of all memory when none is left. */
  discard(count: number): void {
    this.length -= count;
    if (this.length === 0) {
      this.#ring = new Uint8Array(0);
      this.#first = 0;
    } else this.#first = (this.#first + count) % this.#ring.length;
  }
}
