/**
 * The times of pcapng: a 64-bit count of units, and an offset in seconds (draft-ietf-opsawg-pcapng, section 4.2,
 * if_tsresol and if_tsoffset), to seconds and nanoseconds and back. No step rounds but the last: 64 bits of
 * nanoseconds are beyond what a double holds.
 */

const UPPER = 2 ** 32;
const HALF = 2 ** 16;
const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;
const BINARY = 0x80;

/** Where there is no if_tsresol, times are in microseconds. */
export const DEFAULT_UNITS_PER_SECOND: number = MICROSECONDS;

/** Units a second of an if_tsresol: the negative power of 10, or of 2 where the upper bit is set. */
export function unitsOfResolution(resolution: number): number {
  // 10 ** 127 may miss the double that is nearest.
  return resolution < BINARY ? Number(`1e${resolution}`) : 2 ** (resolution - BINARY);
}

/** The if_tsresol of so many units a second, or -1 when they are no power of 10 or 2 that it can tell. */
export function resolutionOfUnits(unitsPerSecond: number): number {
  const decimal = Math.round(Math.log10(unitsPerSecond));
  const binary = Math.round(Math.log2(unitsPerSecond));
  if (decimal >= 0 && decimal < BINARY && Number(`1e${decimal}`) === unitsPerSecond) return decimal;
  if (binary >= 0 && binary < BINARY && 2 ** binary === unitsPerSecond) return BINARY + binary;
  return -1;
}

/** Converts the times of one interface. Each method leaves what it finds in two fields, to make no garbage. */
export class TimeUnits {
  readonly unitsPerSecond: number;
  readonly offsetSeconds: number;
  readonly #exactUnits: bigint;
  readonly #isBinary: boolean;
  /** Nanoseconds in a unit, where that is a whole number; otherwise 0. */
  readonly #unit: number;
  /** The second that the last time was in, and the count at which it began; the next is most often in it as well. */
  #second = 0;
  #secondHigh = -1;
  #secondLow = 0;
  /** What `read` found. */
  seconds = 0;
  nanoseconds = 0;
  /** What `count` found: the upper and lower 32 bits. */
  high = 0;
  low = 0;

  /** @throws RangeError when the units are no power of 10 or 2 from 0 to 127 */
  constructor(unitsPerSecond: number, offsetSeconds: number) {
    const resolution = resolutionOfUnits(unitsPerSecond);
    if (resolution < 0) {
      throw new RangeError(`expected units a second to be a power of 10 or 2, found ${unitsPerSecond}`);
    }
    this.unitsPerSecond = unitsPerSecond;
    this.offsetSeconds = offsetSeconds;
    this.#unit = NANOSECONDS % unitsPerSecond === 0 ? NANOSECONDS / unitsPerSecond : 0;
    this.#isBinary = resolution >= BINARY;
    this.#exactUnits = this.#isBinary ? 1n << BigInt(resolution - BINARY) : 10n ** BigInt(resolution);
  }

  /** Leaves in `seconds` and `nanoseconds` what a count stands for. Returns false when the seconds are beyond 2^53. */
  read(high: number, low: number): boolean {
    // A multiplication in the place of divisions.
    const since = (high - this.#secondHigh) * UPPER + (low - this.#secondLow);
    if (since >= 0 && since < this.unitsPerSecond && this.#unit !== 0) {
      this.seconds = this.#second;
      this.nanoseconds = since * this.#unit;
      return true;
    }
    return this.#readSecond(high, low);
  }

  #readSecond(high: number, low: number): boolean {
    if (this.unitsPerSecond === MICROSECONDS && high < 2 ** 21) this.#readMicroseconds(high * UPPER + low);
    else if (this.unitsPerSecond === NANOSECONDS) this.#readNanoseconds(high, low);
    else this.#readExactly((BigInt(high) << 32n) + BigInt(low));
    this.seconds += this.offsetSeconds;
    if (!Number.isSafeInteger(this.seconds)) return false;
    this.#second = this.seconds;
    this.#secondHigh = high;
    this.#secondLow = low - this.nanoseconds / (this.#unit || 1);
    return true;
  }

  /**
   * Leaves in `high` and `low` the count that stands for a time; what `read` gave comes back to it, what is finer
   * than the units is cut.
   *
   * @throws RangeError when 64 bits do not hold it, or it is before the offset
   */
  count(seconds: number, nanoseconds: number): void {
    const since = seconds - this.offsetSeconds;
    if (since >= 0 && since < 2 ** 34 && this.unitsPerSecond === NANOSECONDS)
      this.#countNanoseconds(since, nanoseconds);
    else if (since >= 0 && since < 2 ** 33 && this.unitsPerSecond === MICROSECONDS) {
      const units = since * MICROSECONDS + Math.floor(nanoseconds / 1_000);
      this.high = Math.floor(units / UPPER);
      this.low = units >>> 0;
    } else this.#countExactly(since, nanoseconds);
    if (this.high >= 0 && this.high < UPPER) return;
    const from = this.offsetSeconds === 0 ? "" : ` from ${this.offsetSeconds} s on`;
    throw new RangeError(`expected a time that 64 bits hold${from}, found ${seconds} s`);
  }

  #readMicroseconds(count: number): void {
    this.seconds = Math.floor(count / MICROSECONDS);
    this.nanoseconds = (count - this.seconds * MICROSECONDS) * 1_000;
  }

  /** Long division, 16 bits a step: each remainder is below 2^30, so that no step leaves 2^53. */
  #readNanoseconds(high: number, low: number): void {
    const upper = Math.floor(high / NANOSECONDS);
    const middleRest = (high - upper * NANOSECONDS) * HALF + (low >>> 16);
    const middle = Math.floor(middleRest / NANOSECONDS);
    const lowerRest = (middleRest - middle * NANOSECONDS) * HALF + (low & 0xffff);
    const lower = Math.floor(lowerRest / NANOSECONDS);
    this.seconds = upper * UPPER + middle * HALF + lower;
    this.nanoseconds = lowerRest - lower * NANOSECONDS;
  }

  #readExactly(count: bigint): void {
    this.seconds = Number(count / this.#exactUnits);
    this.nanoseconds = Number(((count % this.#exactUnits) * BigInt(NANOSECONDS)) / this.#exactUnits);
  }

  /** Long multiplication: the seconds in two halves. */
  #countNanoseconds(seconds: number, nanoseconds: number): void {
    const upperSeconds = Math.floor(seconds / HALF);
    const upper = upperSeconds * NANOSECONDS;
    const lower = (seconds - upperSeconds * HALF) * NANOSECONDS + Math.floor(nanoseconds);
    const low = (upper % HALF) * HALF + lower;
    this.high = Math.floor(upper / HALF) + Math.floor(low / UPPER);
    this.low = low >>> 0;
  }

  /** `read` cuts to nanoseconds. A power of 2 has no whole number of them: the count lies above what was cut. */
  #countExactly(seconds: number, nanoseconds: number): void {
    const part = BigInt(Math.floor(nanoseconds)) * this.#exactUnits;
    const cut = this.#isBinary ? BigInt(NANOSECONDS) - 1n : 0n;
    const units = BigInt(seconds) * this.#exactUnits + (part + cut) / BigInt(NANOSECONDS);
    this.high = Number(units >> 32n);
    this.low = Number(units & 0xffff_ffffn);
  }
}
