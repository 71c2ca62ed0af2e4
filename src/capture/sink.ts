/** Where a capture goes. The writers know no files: whoever has one wraps it in a `ByteSink`. */

/** Takes the bytes of a capture, in order. */
export interface ByteSink {
  /**
   * Takes the next bytes before it returns. `chunk` is a window on a buffer that the writer fills again
   * afterwards: a sink that keeps the bytes copies them.
   */
  write(chunk: Uint8Array): void;
}

/** A sink that keeps everything in memory. */
export class MemorySink implements ByteSink {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  write(chunk: Uint8Array): void {
    this.#chunks.push(new Uint8Array(chunk));
    this.#length += chunk.length;
  }

  /** Bytes taken so far. */
  get length(): number {
    return this.#length;
  }

  /** A copy of all bytes taken so far. Call the writer's `flush` first, or its last bytes are missing. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }
}
