/**
 * Reads the fields and options of one pcapng block after another (draft-ietf-opsawg-pcapng, sections 3.1 and 3.5),
 * the counterpart of block-builder.ts.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Option Code              |         Option Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /                Option Value, padded to 32 bits                /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Positions are the view's; errors tell those of the file.
 */

import { CaptureError } from "./capture-error.ts";
import type { CaptureOption } from "./capture-record.ts";
import { NONE } from "./capture-record.ts";

const OPTION_HEADER_LENGTH = 4;
const END_OF_OPTIONS = 0;
const COMMENT = 1;

/** An option takes four bytes of a block at least, and some two hundred as an object. */
const OPTION_LIMIT = 65_536;

/** What is no UTF-8 becomes U+FFFD; a byte order mark is text as any other. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One block's body, and the option of it that was read last. */
export class BlockReader {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  littleEndian = true;
  /** Of the body: behind type and length, and before the length that ends the block. */
  start = 0;
  end = 0;
  /** Of the option that `nextOption` found. */
  code = 0;
  valueStart = 0;
  valueLength = 0;
  #next = 0;
  #count = 0;
  #origin = 0;
  #comments: string[] | undefined;
  #options: CaptureOption[] | undefined;

  /** Takes bytes whose first is byte `origin` of the file. */
  use(bytes: Uint8Array, view: DataView, origin: number): void {
    this.bytes = bytes;
    this.view = view;
    this.#origin = origin;
  }

  /** A block whose body is start..end. */
  begin(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.#count = 0;
    this.#comments = undefined;
    this.#options = undefined;
  }

  /** Comments of the block that `keep` was given. */
  get comments(): readonly string[] {
    return this.#comments ?? NONE;
  }

  /** Other options of the block that `keep` was given. */
  get options(): readonly CaptureOption[] {
    return this.#options ?? NONE;
  }

  /** @throws CaptureError when the body has fewer than `length` bytes, which is what the fields of a `block` take */
  requireLength(length: number, block: string): void {
    if (this.end - this.start >= length) return;
    throw this.error(`${block} of ${length} bytes at least`, `${this.end - this.start}`, this.start);
  }

  uint16(position: number): number {
    return this.view.getUint16(position, this.littleEndian);
  }

  uint32(position: number): number {
    return this.view.getUint32(position, this.littleEndian);
  }

  /** What is wrong at a position of the view. */
  error(expected: string, found: string, position: number): CaptureError {
    return new CaptureError(expected, found, this.#origin + position);
  }

  /** Options, or records of names, begin at `position` of the view. */
  beginOptions(position: number): void {
    this.#next = position;
  }

  /** Position behind the option that was read last, or behind the end of the list. */
  get position(): number {
    return this.#next;
  }

  /** Goes to the next option; false when there is none. @throws CaptureError when it reaches beyond the block */
  nextOption(): boolean {
    const at = this.#next;
    // The end of options may be left out (section 3.5): the block's end ends them as well.
    if (at >= this.end) return false;
    if (at + OPTION_HEADER_LENGTH > this.end) throw this.error("an option of 4 bytes", `${this.end - at}`, at);
    const length = this.uint16(at + 2);
    this.code = this.uint16(at);
    this.valueStart = at + OPTION_HEADER_LENGTH;
    if (this.code === END_OF_OPTIONS) {
      this.#next = this.valueStart;
      return false;
    }
    if (this.valueStart + length > this.end) {
      const room = `${this.end - this.valueStart} to the end of its block`;
      throw this.error(`the ${length} bytes of option ${this.code}`, room, at);
    }
    if (++this.#count > OPTION_LIMIT) {
      throw this.error(`at most ${OPTION_LIMIT} options or names in a block`, "more", at);
    }
    this.valueLength = length;
    this.#next = Math.min(this.end, this.valueStart + ((length + 3) & ~3));
    return true;
  }

  /** The option's value as text, up to a U+0000 if it has one; undefined when it is empty. */
  text(skip = 0): string | undefined {
    const value = this.bytes.subarray(this.valueStart + skip, this.valueStart + this.valueLength);
    const end = value.indexOf(0);
    return decoder.decode(end < 0 ? value : value.subarray(0, end)) || undefined;
  }

  /** The option's value as a 64-bit number; undefined when it has another length, or is beyond 2^53 - 1. */
  uint64(): number | undefined {
    if (this.valueLength !== 8) return undefined;
    const [first, second] = [this.uint32(this.valueStart), this.uint32(this.valueStart + 4)];
    const value = this.littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
    return Number.isSafeInteger(value) ? value : undefined;
  }

  /** A copy of the option's value. */
  value(): Uint8Array {
    return new Uint8Array(this.bytes.subarray(this.valueStart, this.valueStart + this.valueLength));
  }

  /** Keeps an option as it is: a comment among the comments, any other among the options. */
  keep(): void {
    if (this.code === COMMENT) {
      const comment = this.text();
      if (comment !== undefined) (this.#comments ??= []).push(comment);
    } else this.keepAsBytes();
  }

  /** Keeps an option among the options, whatever it is. */
  keepAsBytes(): void {
    (this.#options ??= []).push({ code: this.code, value: this.value() });
  }
}
