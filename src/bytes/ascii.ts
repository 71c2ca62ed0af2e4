/**
 * Text as bytes, for tables of many rows, where strings that are joined and then encoded take most of the time.
 *
 * Each function writes at `at` and returns the position behind what it wrote. None looks for room: a table's writer
 * makes it a row at a time.
 */

const DIGITS: Uint8Array = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const ZERO = 0x30;
const DOT = 0x2e;
const COLON = 0x3a;
const X = 0x78;

/** Numbers are written in halves from here on: V8 divides 32-bit integers faster than doubles. */
const HALF = 100_000;

/** Writes a text of ASCII characters. */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/** Writes a whole number from 0 to 2^32 - 1, in decimal. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  if (value < HALF) return writeDigits(bytes, at, value, value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : 5);
  const upper = Math.floor(value / HALF);
  return writeDigits(bytes, writeDecimal(bytes, at, upper), value - HALF * upper, 5);
}

/** Writes the last `count` decimal digits of a whole number from 0 to 2^31 - 1. */
export function writeDigits(bytes: Uint8Array, at: number, value: number, count: number): number {
  let rest = value;
  for (let position = at + count - 1; position >= at; position--) {
    const quotient = (rest / 10) | 0;
    bytes[position] = ZERO + rest - 10 * quotient;
    rest = quotient;
  }
  return at + count;
}

/** By byte, its two hexadecimal digits, the first in the lower half. */
const PAIRS: Uint16Array = Uint16Array.from(
  { length: 256 },
  (_, byte) => DIGITS[byte >> 4]! | (DIGITS[byte & 15]! << 8),
);

/** By byte, its decimal digits, the first lowest, and in the highest byte how many they are. */
const OCTETS: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  const text = String(byte);
  const [first, second, third] = [0, 1, 2].map((index) => text.charCodeAt(index) || 0);
  return first! | (second! << 8) | (third! << 16) | (text.length << 24);
});

/** Writes `0x` and the last `count` hexadecimal digits, an even number, of a number below 2^32. */
export function writeHexadecimal(bytes: Uint8Array, at: number, value: number, count: number): number {
  bytes[at] = ZERO;
  bytes[at + 1] = X;
  let position = at + 2;
  for (let shift = 4 * count - 8; shift >= 0; shift -= 8) {
    const pair = PAIRS[(value >>> shift) & 0xff]!;
    bytes[position] = pair;
    bytes[position + 1] = pair >> 8;
    position += 2;
  }
  return position;
}

/** Writes the six bytes at `offset` as a MAC address. */
export function writeMacText(bytes: Uint8Array, at: number, view: DataView, offset: number): number {
  let position = at;
  for (let index = 0; index < 6; index++) {
    const pair = PAIRS[view.getUint8(offset + index)]!;
    bytes[position] = pair;
    bytes[position + 1] = pair >> 8;
    bytes[position + 2] = COLON;
    position += 3;
  }
  return position - 1; // what comes next takes the place of the last colon
}

/** Writes the four bytes at `offset` as an IPv4 address. */
export function writeIpv4Text(bytes: Uint8Array, at: number, view: DataView, offset: number): number {
  let position = at;
  for (let index = 0; index < 4; index++) {
    const octet = OCTETS[view.getUint8(offset + index)]!;
    bytes[position] = octet;
    bytes[position + 1] = octet >> 8;
    bytes[position + 2] = octet >> 16;
    position += octet >>> 24;
    bytes[position++] = DOT;
  }
  return position - 1;
}
