/**
 * Builds pcapng blocks in an output buffer (draft-ietf-opsawg-pcapng, sections 3.1, 3.5 and 3.6).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Block Type                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Block Total Length                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /        Block Body: fields, then options, padded to 32 bits    /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Block Total Length                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * `begin`, the fields in order, the options, `end`. Numbers are little endian unless told otherwise. A block that is
 * begun and not ended leaves no trace.
 */

import type { CaptureOption, PacketRecord } from "./capture-record.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { capturedLength, copyPacket } from "./packet-fields.ts";

/** Type and total length before the body, the end of options, and the total length after the body. */
const FRAMING_LENGTH = 16;

/** Code and length of an option, and at most three bytes of padding. */
const OPTION_OVERHEAD = 7;

/** The length of an option is a 16-bit field. */
const MAX_VALUE_LENGTH = 0xffff;

/** Ends a list of options: code and length are zero. */
const END_OF_OPTIONS = 0;

/** Every block may have a comment. */
const COMMENT = 1;

const encoder = new TextEncoder();

/** Bytes that an option takes at most whose value takes `valueLength` bytes. */
export function optionLimit(valueLength: number): number {
  return OPTION_OVERHEAD + valueLength;
}

/** Bytes that a text option takes at most: UTF-8 has at most three for each UTF-16 code unit. */
export function textOptionLimit(text: string | undefined): number {
  return text === undefined ? 0 : optionLimit(3 * text.length);
}

/** Bytes that several text options take at most. */
export function textsLimit(texts: readonly string[]): number {
  let limit = 0;
  for (let i = 0; i < texts.length; i++) limit += textOptionLimit(texts[i]);
  return limit;
}

/** Bytes that options as they are take at most. */
export function optionsLimit(options: readonly CaptureOption[]): number {
  let limit = 0;
  for (let i = 0; i < options.length; i++) limit += optionLimit(options[i]!.value.length);
  return limit;
}

/** Builds one block after another. */
export class BlockBuilder {
  readonly #output: OutputBuffer;
  /** The instant 0 in nanoseconds since 1970, as the upper and lower 32 bits of a 64-bit number. */
  readonly #epochHigh: number;
  readonly #epochLow: number;
  #start = 0;
  #position = 0;
  #valueStart = 0;
  #hasOptions = false;
  /** The byte order of the numbers that follow. */
  littleEndian = true;

  /** @param epochSeconds Unix time of the instant 0 in whole seconds, below 2^32 */
  constructor(output: OutputBuffer, epochSeconds: number) {
    this.#output = output;
    // A second is 5^9 * 2^9 nanoseconds. A 32-bit number times 5^9 is below 2^53, exact in a double.
    const product = epochSeconds * 5 ** 9;
    this.#epochHigh = Math.floor(product / 2 ** 23);
    this.#epochLow = (product % 2 ** 23) * 2 ** 9;
  }

  /** Begins a block whose fields and options take `limit` bytes at most. */
  begin(type: number, limit: number): void {
    this.#start = this.#output.reserve(FRAMING_LENGTH + limit);
    this.#position = this.#start + 8;
    this.#hasOptions = false;
    this.#output.view.setUint32(this.#start, type, this.littleEndian);
  }

  /** Ends the options, if there are any, and with them the block. */
  end(): void {
    if (this.#hasOptions) this.uint32(END_OF_OPTIONS);
    const totalLength = this.#position + 4 - this.#start;
    this.#output.view.setUint32(this.#start + 4, totalLength, this.littleEndian);
    this.uint32(totalLength);
    this.#output.commit(this.#position);
  }

  /** A number below 2^8. */
  uint8(value: number): void {
    this.#output.bytes[this.#position] = value;
    this.#position += 1;
  }

  /** A number below 2^16. */
  uint16(value: number): void {
    this.#output.view.setUint16(this.#position, value, this.littleEndian);
    this.#position += 2;
  }

  /** The lower 32 bits of an integer. */
  uint32(value: number): void {
    this.#output.view.setUint32(this.#position, value, this.littleEndian);
    this.#position += 4;
  }

  /** An integer below 2^53 as a 64-bit number; negative ones as their two's complement. */
  uint64(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    this.uint32(this.littleEndian ? value : high);
    this.uint32(this.littleEndian ? high : value);
  }

  /** A time in nanoseconds, below 2^53: a 64-bit number whose upper half comes first, whatever the byte order. */
  timestamp(time: number): void {
    this.uint32(this.timeHigh(time));
    this.uint32(this.timeLow(time));
  }

  /** Upper half of a timestamp. */
  timeHigh(time: number): number {
    const carry = this.#epochLow + (time >>> 0) >= 2 ** 32 ? 1 : 0;
    return this.#epochHigh + Math.floor(time / 2 ** 32) + carry;
  }

  /** Lower half of a timestamp: a number of which the lower 32 bits count. */
  timeLow(time: number): number {
    return this.#epochLow + (time >>> 0);
  }

  /** An IPv4 address: four bytes in network order. */
  ipv4Address(address: number): void {
    this.#output.view.setUint32(this.#position, address);
    this.#position += 4;
  }

  /** A MAC address: six bytes in network order. */
  macAddress(mac: number): void {
    this.#output.view.setUint16(this.#position, Math.floor(mac / 2 ** 32));
    this.#output.view.setUint32(this.#position + 2, mac);
    this.#position += 6;
  }

  /**
   * `length` bytes from `offset` of `bytes`, padded. The view that this takes costs 60 ns for a frame of 64
   * bytes and 85 ns for one of 1,500; a loop over 32-bit words takes no view, and 40 and 875 ns.
   */
  paddedBytes(bytes: Uint8Array, offset: number, length: number): void {
    this.#output.bytes.set(bytes.subarray(offset, offset + length), this.#position);
    this.#position += length;
    this.#pad();
  }

  /** The bytes of a packet, padded. */
  packet(packet: PacketRecord): void {
    copyPacket(packet, this.#output.bytes, this.#output.view, this.#position);
    this.#position += capturedLength(packet);
    this.#pad();
  }

  /** Text as UTF-8, with U+FFFD for half a surrogate pair: what is written must be valid (section 3.6.3). */
  text(text: string): void {
    this.#position += encoder.encodeInto(text, this.#output.bytes.subarray(this.#position)).written;
  }

  /** Begins an option: its value follows, then `endValue`. */
  beginOption(code: number): void {
    this.#hasOptions = true;
    this.beginRecord(code);
  }

  /** Begins a record of a Name Resolution Block, which is laid out as an option is. */
  beginRecord(type: number): void {
    this.uint16(type);
    this.uint16(0);
    this.#valueStart = this.#position;
  }

  /**
   * Ends the value of an option or a record: fills in its length and pads it.
   *
   * @throws RangeError when it is longer than 65,535 bytes; the block is given up then
   */
  endValue(): void {
    const length = this.#position - this.#valueStart;
    if (length > MAX_VALUE_LENGTH) {
      throw new RangeError(`expected a text or a list of names of at most ${MAX_VALUE_LENGTH} bytes, found ${length}`);
    }
    this.#output.view.setUint16(this.#valueStart - 2, length, this.littleEndian);
    this.#pad();
  }

  /** An option whose value is text; none when there is no text, or it is empty. */
  textOption(code: number, text: string | undefined): void {
    if (text === undefined || text === "") return;
    this.beginOption(code);
    this.text(text);
    this.endValue();
  }

  /** A comment on the block; none when there is no text, or it is empty. */
  comment(text: string | undefined): void {
    this.textOption(COMMENT, text);
  }

  /** Comments on the block, one or several or none. */
  comments(texts: readonly string[]): void {
    if (texts.length > 0) for (const text of texts) this.comment(text);
  }

  /** Options as they are. */
  options(options: readonly CaptureOption[]): void {
    if (options.length === 0) return;
    for (const { code, value } of options) {
      this.beginOption(code);
      this.rawValue(value);
    }
  }

  /** The value of an option or a record, as it is, and its end. */
  rawValue(value: Uint8Array): void {
    this.#output.bytes.set(value, this.#position);
    this.#position += value.length;
    this.endValue();
  }

  /** An option whose value is a number below 2^8. */
  uint8Option(code: number, value: number): void {
    this.beginOption(code);
    this.uint8(value);
    this.endValue();
  }

  /** An option whose value is a 64-bit number; none when there is no value. */
  uint64Option(code: number, value: number | undefined): void {
    if (value === undefined) return;
    this.beginOption(code);
    this.uint64(value);
    this.endValue();
  }

  /** Zeros up to 32 bits (section 3.6.2). Every block starts at a multiple of four of the buffer. */
  #pad(): void {
    while (this.#position % 4 !== 0) this.uint8(0);
  }
}
