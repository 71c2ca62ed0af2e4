/**
 * Packs with gzip on the way: a member for every stretch of a megabyte, one after another, which is a gzip file as any
 * other (RFC 1952 section 2.2), needs no more memory than that, and comes out of node:zlib without a stream.
 */
import { gzipSync } from "node:zlib";
import type { ByteSink } from "../capture/index.ts";

/** Shorter ones pack less well. */
const STRETCH_LENGTH = 2 ** 20;

export class GzipSink implements ByteSink {
  readonly #target: ByteSink;
  readonly #stretch = new Uint8Array(STRETCH_LENGTH);
  #length = 0;
  #isEmpty = true;

  constructor(target: ByteSink) {
    this.#target = target;
  }

  write(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length;) {
      const count = Math.min(chunk.length - offset, STRETCH_LENGTH - this.#length);
      this.#stretch.set(chunk.subarray(offset, offset + count), this.#length);
      this.#length += count;
      offset += count;
      if (this.#length === STRETCH_LENGTH) this.#pack();
    }
  }

  /** Packs what is left. */
  finish(): void {
    if (this.#length > 0 || this.#isEmpty) this.#pack();
  }

  #pack(): void {
    this.#target.write(gzipSync(this.#stretch.subarray(0, this.#length)));
    this.#length = 0;
    this.#isEmpty = false;
  }
}
