/**
 * The buffer between a capture writer and its sink. Writers assemble packets in it, and the sink gets
 * them by the buffer, not by the packet.
 */

import type { ByteSink } from "./sink.ts";

/** Bytes gathered before the sink gets them. */
export const BUFFER_LENGTH = 65_536;

/**
 * One buffer, filled and emptied again and again. It is replaced by a larger one only for a stretch that
 * does not fit into it even when it is empty.
 */
export class OutputBuffer {
  readonly #sink: ByteSink;
  #length = 0;
  bytes: Uint8Array = new Uint8Array(BUFFER_LENGTH);
  /** The same bytes. As `bytes`, it may be another one after `reserve`. */
  view: DataView = new DataView(this.bytes.buffer);

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /**
   * Makes room for `length` bytes in a row and returns their offset. Nothing counts as written until
   * `commit`: who fails in between leaves the capture as it was.
   */
  reserve(length: number): number {
    if (this.#length + length > this.bytes.length) {
      this.flush();
      if (length > this.bytes.length) this.#grow(length);
    }
    return this.#length;
  }

  /** Everything before `end` is written. */
  commit(end: number): void {
    this.#length = end;
  }

  /** Gives what is written to the sink. */
  flush(): void {
    if (this.#length === 0) return;
    this.#sink.write(this.bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  #grow(length: number): void {
    this.bytes = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
    this.view = new DataView(this.bytes.buffer);
  }
}
