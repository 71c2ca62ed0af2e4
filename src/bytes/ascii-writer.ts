/**
 * Writes ASCII text as bytes, for tables of many rows, where strings that are joined and then encoded take most of
 * the time.
 */

const DIGITS: Uint8Array = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const ZERO = 0x30;
const DOT = 0x2e;
const COLON = 0x3a;
const X = 0x78;
const INITIAL_CAPACITY = 1 << 17;

export class AsciiWriter {
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #length = 0;

  /** Count of bytes since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** What was written since the last call; valid until the next write. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  /** Makes room for `count` bytes. The methods below do not look: who calls them has asked for enough. */
  reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#bytes.length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  /** A character, by its code, `count` times. */
  character(code: number, count = 1): void {
    const end = this.#length + count;
    for (let at = this.#length; at < end; at++) this.#bytes[at] = code;
    this.#length = end;
  }

  /** A text of ASCII characters. */
  text(text: string): void {
    const start = this.#length;
    for (let index = 0; index < text.length; index++) this.#bytes[start + index] = text.charCodeAt(index);
    this.#length = start + text.length;
  }

  /** The characters in `start..end` of others. */
  bytes(bytes: Uint8Array, start: number, end: number): void {
    let at = this.#length;
    for (let position = start; position < end; position++) this.#bytes[at++] = bytes[position]!;
    this.#length = at;
  }

  /** A whole number from 0 to 2^32 - 1, in decimal. */
  decimal(value: number): void {
    this.#length = writeDecimal(this.#bytes, this.#length, value);
  }

  /** The last `count` digits of a whole number from 0 to 2^31 - 1. */
  paddedDecimal(value: number, count: number): void {
    this.#length = writeDigits(this.#bytes, this.#length, value, count);
  }

  /** `0x` and the last `count` hexadecimal digits of a number below 2^32. */
  hexadecimal(value: number, count: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = ZERO;
    bytes[at++] = X;
    for (let shift = 4 * (count - 1); shift >= 0; shift -= 4) bytes[at++] = DIGITS[(value >>> shift) & 0x0f]!;
    this.#length = at;
  }

  /** The six bytes at `offset` as a MAC address. */
  mac(view: DataView, offset: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < 6; index++) {
      const byte = view.getUint8(offset + index);
      bytes[at] = DIGITS[byte >> 4]!;
      bytes[at + 1] = DIGITS[byte & 0x0f]!;
      bytes[at + 2] = COLON;
      at += 3;
    }
    this.#length = at - 1; // what comes next takes the place of the last colon
  }

  /** The four bytes at `offset` as an IPv4 address. */
  ipv4(view: DataView, offset: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < 4; index++) {
      at = writeDecimal(bytes, at, view.getUint8(offset + index));
      bytes[at++] = DOT;
    }
    this.#length = at - 1;
  }
}

/** Numbers are written in two halves from here on: below, V8 divides 32-bit integers, above doubles. */
const HALF = 100_000;

/** @returns the position behind the last digit */
function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  if (value >= HALF) {
    const upper = Math.floor(value / HALF);
    return writeDigits(bytes, writeDecimal(bytes, at, upper), value - HALF * upper, 5);
  }
  return writeDigits(bytes, at, value, value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : 5);
}

/** Writes the last `count` digits of a number below 2^31. @returns the position behind the last digit */
function writeDigits(bytes: Uint8Array, at: number, value: number, count: number): number {
  let rest = value;
  for (let position = at + count - 1; position >= at; position--) {
    const quotient = (rest / 10) | 0;
    bytes[position] = ZERO + rest - 10 * quotient;
    rest = quotient;
  }
  return at + count;
}
