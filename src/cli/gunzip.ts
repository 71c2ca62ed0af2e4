/** Unpacks gzip (RFC 1952) piece by piece, synchronously, and gives all that comes before a fault. */
import { crc32 } from "node:zlib";
import { Inflate, InflateError, type ReadAgain } from "./inflate.ts";

const MAGIC = [0x1f, 0x8b];
const DEFLATE = 8;
const FIXED_HEADER_LENGTH = 10;
const TRAILER_LENGTH = 8;

/** Bits of FLG (section 2.3.1). */
const Flag = { HEADER_CHECK: 2, EXTRA: 4, NAME: 8, COMMENT: 16, RESERVED: 0xe0 } as const;

/** Bytes of a header, at most: it has to fit into memory, and names are no novels. */
const HEADER_LIMIT = 2 ** 18;

/** A packed file is damaged or cut: "expected ..., found ..., at byte N of the packed file". */
export class GzipError extends Error {
  override readonly name = "GzipError";
}

type Place = "header" | "contents" | "trailer" | "garbage";

/** Unpacks one file, which may have several members one after another (section 2.2). */
export class Gunzip {
  /** Bytes behind the last member that are no gzip, which gzip(1) ignores too. Zeros before them, which fill tapes up, do not count. */
  garbageCount = 0;
  #use: (bytes: Uint8Array) => void = () => {};
  readonly #inflate: Inflate;
  #place: Place = "header";
  #memberCount = 0;
  /** What has come and is not done with, and how much of the file is before that. */
  #input = new Uint8Array(65_536);
  #view = new DataView(this.#input.buffer);
  #length = 0;
  #position = 0;
  /** Of the member: where its contents begin in the file, its check value, and its length modulo 2^32. */
  #contentsPosition = 0;
  #checkValue = 0;
  #unpackedLength = 0;

  /**
   * `readAgain`: gives bytes of the packed file once more, so that all before a fault comes out. Where it is left out, as
   * of a pipe, what 512 packed bytes hold may be missing.
   */
  constructor(readAgain?: ReadAgain) {
    this.#inflate = new Inflate(readAgain && ((offset, length) => readAgain(this.#contentsPosition + offset, length)));
  }

  /**
   * Unpacks the next bytes, and gives `use` what comes out, in pieces that are valid during the call.
   *
   * @throws GzipError when they are damaged; what comes before has been given
   */
  push(packed: Uint8Array, use: (bytes: Uint8Array) => void): void {
    this.#use = use;
    this.#append(packed);
    let used = 0;
    for (let place: Place | undefined; place !== this.#place || used < this.#length;) {
      place = this.#place;
      const next = this.#step(used);
      if (next === used && place === this.#place) break;
      used = next;
    }
    this.#input.copyWithin(0, used, this.#length);
    this.#length -= used;
    this.#position += used;
  }

  /** There are no more bytes. @throws GzipError when the file is cut short */
  end(): void {
    const isBetween = this.#place === "header" && this.#memberCount > 0 && this.#length < MAGIC.length;
    if (isBetween) this.#readGarbage(0);
    else if (this.#place !== "garbage")
      throw this.#error("the rest of the gzip stream", "the end of the file", this.#length);
  }

  #append(packed: Uint8Array): void {
    const length = this.#length + packed.length;
    if (length > this.#input.length) {
      const longer = new Uint8Array(2 * length);
      longer.set(this.#input.subarray(0, this.#length));
      this.#input = longer;
      this.#view = new DataView(longer.buffer);
    }
    this.#input.set(packed, this.#length);
    this.#length = length;
  }

  /** Takes what it can from an offset of the input on; returns the offset behind that. */
  #step(offset: number): number {
    switch (this.#place) {
      case "header":
        return this.#readHeader(offset);
      case "contents":
        return this.#readContents(offset);
      case "trailer":
        return this.#readTrailer(offset);
      case "garbage":
        return this.#readGarbage(offset);
    }
  }

  #readGarbage(offset: number): number {
    for (let index = offset; index < this.#length; index++) {
      if (this.garbageCount > 0 || this.#input[index] !== 0) this.garbageCount++;
    }
    return this.#length;
  }

  #readHeader(offset: number): number {
    if (this.#length - offset < MAGIC.length) return offset;
    if (MAGIC.some((byte, index) => this.#input[offset + index] !== byte)) {
      if (this.#memberCount === 0) throw this.#error("gzip", "what does not begin with 1f8b", offset);
      this.#place = "garbage";
      return this.#readGarbage(offset);
    }
    const end = this.#headerEnd(offset);
    if (end === undefined) {
      if (this.#length - offset <= HEADER_LIMIT) return offset;
      throw this.#error(`a gzip header of at most ${HEADER_LIMIT} bytes`, "a longer one", offset);
    }
    this.#inflate.start();
    this.#contentsPosition = this.#position + end;
    this.#checkValue = 0;
    this.#unpackedLength = 0;
    this.#place = "contents";
    return end;
  }

  /** Behind the header at `start`; undefined when not all of it has come. */
  #headerEnd(start: number): number | undefined {
    if (this.#length - start < FIXED_HEADER_LENGTH) return undefined;
    const [method, flags] = [this.#input[start + 2]!, this.#input[start + 3]!];
    if (method !== DEFLATE) throw this.#error("gzip's method 8", method, start + 2);
    if ((flags & Flag.RESERVED) !== 0) throw this.#error("gzip flags from 0 to 31", flags, start + 3);
    let end = start + FIXED_HEADER_LENGTH;
    if ((flags & Flag.EXTRA) !== 0) {
      if (this.#length < end + 2) return undefined;
      end += 2 + this.#view.getUint16(end, true);
    }
    for (const flag of [Flag.NAME, Flag.COMMENT]) if ((flags & flag) !== 0) end = this.#textEnd(end);
    if ((flags & Flag.HEADER_CHECK) !== 0) end += 2;
    return end <= this.#length ? end : undefined;
  }

  /** Behind the zero that ends a text; beyond what has come when that is not there yet. */
  #textEnd(start: number): number {
    const zero = this.#input.subarray(0, this.#length).indexOf(0, start);
    return zero < 0 ? Infinity : zero + 1;
  }

  #readContents(offset: number): number {
    const inflate = this.#inflate;
    try {
      const used = inflate.push(this.#input.subarray(offset, this.#length), (bytes) => this.#take(bytes));
      if (inflate.isDone) this.#place = "trailer";
      return offset + used;
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      throw this.#error("gzip", error.message, this.#contentsPosition + error.position - this.#position);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#checkValue = crc32(bytes, this.#checkValue);
    this.#unpackedLength = (this.#unpackedLength + bytes.length) >>> 0;
    this.#use(bytes);
  }

  #readTrailer(offset: number): number {
    if (this.#length - offset < TRAILER_LENGTH) return offset;
    const [checkValue, length] = [this.#view.getUint32(offset, true), this.#view.getUint32(offset + 4, true)];
    if (checkValue !== this.#checkValue)
      throw this.#error(`the CRC-32 ${hex(this.#checkValue)}`, hex(checkValue), offset);
    if (length !== this.#unpackedLength) {
      throw this.#error(`a gzip member of ${this.#unpackedLength} bytes`, length, offset + 4);
    }
    this.#memberCount++;
    this.#place = "header";
    return offset + TRAILER_LENGTH;
  }

  #error(expected: string, found: string | number, offset: number): GzipError {
    return new GzipError(`expected ${expected}, found ${found}, at byte ${this.#position + offset} of the packed file`);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
