/** Reads captures, classic pcap and pcapng, from chunks of any size. */

import { describeValue } from "./arguments.ts";
import { CaptureError } from "./capture-error.ts";
import type { CaptureLimits } from "./capture-limits.ts";
import { DEFAULT_LIMITS } from "./capture-limits.ts";
import { MAGIC_LENGTH, parserFor } from "./capture-magic.ts";
import type { CaptureParser } from "./capture-parser.ts";
import type { CaptureRecord } from "./capture-record.ts";

/** Room for the beginning of a packet that goes on in the next chunk; it grows with what arrives, not what is told. */
const FIRST_ROOM = 4_096;

/**
 * Gives a visitor one record after another: as soon as its last byte was pushed, before anything behind it is looked
 * at. What is whole in a chunk is read where it is; only what goes over from one chunk to the next is copied.
 *
 * Records of packets, and the bytes of packets and unknown blocks, are valid during the call only, and belong to
 * whoever pushed the chunk.
 */
export class CaptureReader {
  readonly #visit: (record: CaptureRecord) => void;
  readonly #limits: Required<CaptureLimits>;
  #parser: CaptureParser | undefined;
  /** What has come of a packet or block whose end has not. */
  #rest: Uint8Array = new Uint8Array(FIRST_ROOM);
  #restView: DataView = new DataView(this.#rest.buffer);
  #restLength = 0;
  /** Position in the file behind what was read. */
  #position = 0;
  #failure: unknown;

  /** @throws TypeError when `visit` is no function */
  constructor(visit: (record: CaptureRecord) => void, limits: CaptureLimits = {}) {
    if (typeof visit !== "function") throw new TypeError(`expected a function, found ${describeValue(visit)}`);
    this.#visit = visit;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /**
   * Takes the next bytes of the capture.
   *
   * @throws CaptureError when it is no capture or broken; then nothing more can be pushed. What the visitor throws
   * goes through, with the same consequence.
   */
  push(chunk: Uint8Array): void {
    if (!(chunk instanceof Uint8Array)) throw new TypeError(`expected a Uint8Array, found ${describeValue(chunk)}`);
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const start = this.#restLength > 0 ? this.#completeRest(chunk) : 0;
      if (start < chunk.length) this.#readChunk(chunk, start);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** The capture has no more bytes. @throws CaptureError when it is cut short, or empty */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#restLength === 0 && this.#parser !== undefined) return;
    if (this.#restLength === 0) throw new CaptureError("a pcap or pcapng capture", "an empty file", 0);
    const { wanted, wantedName } = this.#parser ?? { wanted: MAGIC_LENGTH, wantedName: "a capture" };
    const found = `the end of the file after ${this.#restLength}`;
    throw new CaptureError(`${wantedName} of ${wanted} bytes`, found, this.#position);
  }

  /** Bytes that `#rest` needs before there is anything to read. */
  get #wanted(): number {
    return this.#parser?.wanted ?? MAGIC_LENGTH;
  }

  /** Adds from the chunk what the packet or block still lacks, and reads it. Returns how many bytes that took. */
  #completeRest(chunk: Uint8Array): number {
    let start = 0;
    while (this.#restLength > 0 && start < chunk.length) {
      const count = Math.min(this.#wanted - this.#restLength, chunk.length - start);
      this.#keep(chunk.subarray(start, start + count));
      start += count;
      if (this.#restLength < this.#wanted) break;
      const end = this.#consume(this.#rest, this.#restView, 0, this.#restLength);
      // All of it, or nothing yet: what it wants never reaches beyond one packet or block.
      if (end > 0) this.#restLength = 0;
    }
    return start;
  }

  #readChunk(chunk: Uint8Array, start: number): void {
    // A plain Uint8Array: windows on Node's Buffer would be Buffers, whose `slice` copies nothing.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    const end = this.#consume(bytes, view, start, bytes.length);
    if (end < bytes.length) this.#keep(bytes.subarray(end));
  }

  #consume(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    if (this.#parser === undefined) {
      if (start + MAGIC_LENGTH > end) return start;
      this.#parser = parserFor(view, start, this.#visit, this.#limits);
    }
    const next = this.#parser.consume(bytes, view, start, end, this.#position - start);
    this.#position += next - start;
    return next;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#restLength + bytes.length;
    if (length > this.#rest.length) {
      const larger = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
      larger.set(this.#rest.subarray(0, this.#restLength));
      this.#rest = larger;
      this.#restView = new DataView(larger.buffer);
    }
    this.#rest.set(bytes, this.#restLength);
    this.#restLength = length;
  }
}
