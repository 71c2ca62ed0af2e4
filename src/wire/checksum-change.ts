/**
 * Checksums that follow changes of what they cover (RFC 1624), without knowing the rest: right ones stay right, wrong
 * ones wrong, and a packet may be cut or a fragment. Checksums lie within what others cover, an inner one in a tunnel's
 * UDP: a change goes on to all around it.
 */

/** One's complement arithmetic is arithmetic modulo this (RFC 1071). */
const MODULUS = 0xffff;

/** A checksum that the bytes changed so far have to change. */
export class ChecksumChange {
  /** The next one around it, or null. */
  readonly #around: ChecksumChange | null;
  /** Where the checksum stands, and where what it covers begins. */
  readonly #field: number;
  readonly #start: number;
  /** Whether 0 says that there is none: UDP's does (RFC 768). */
  readonly #zeroIsNone: boolean;
  #change = 0;

  constructor(around: ChecksumChange | null, field: number, start: number, zeroIsNone = false) {
    this.#around = around;
    this.#field = field;
    this.#start = start;
    this.#zeroIsNone = zeroIsNone;
  }

  /** The bytes at `position` have changed by so much, as the sum of their 16-bit words has. */
  add(position: number, change: number): void {
    // At an odd distance bytes are the other halves of words (RFC 1071 section 2 B).
    const isOdd = (position - this.#start) % 2 !== 0;
    this.#change = (this.#change + (isOdd ? change * 256 : change)) % MODULUS;
    this.#around?.add(position, change);
  }

  /** A part of what it covers that lies elsewhere, and not within what those around it cover here: a pseudo-header. */
  addAlone(change: number): void {
    this.#change = (this.#change + change) % MODULUS;
  }

  /** Changes the checksum, when all that it covers has been. */
  apply(view: DataView): void {
    const present = view.getUint16(this.#field);
    if (this.#change === 0 || (this.#zeroIsNone && present === 0)) return;
    const sum = (MODULUS - present + this.#change) % MODULUS;
    // No header sums up to 0, so that 0 stands for 0xffff; UDP writes a checksum of 0 as 0xffff.
    const folded = sum <= 0 ? sum + MODULUS : sum;
    const next = MODULUS - folded;
    const written = next === 0 && this.#zeroIsNone ? MODULUS : next;
    view.setUint16(this.#field, written);
    this.#around?.add(this.#field, written - present);
  }
}
