/** Much text on standard output: written as it comes, in large pieces, and never kept. */
import { writeSync } from "node:fs";
import { Failure } from "./errors.ts";
import { fileReason } from "./file-reason.ts";
import { waitForPipe } from "./pipe-wait.ts";

const STANDARD_OUTPUT = 1;

/** Characters that are written at once; a multiple of what a pipe takes. */
const PIECE_LENGTH = 1 << 16;

export class TextStream {
  readonly #writeAll: (bytes: Uint8Array) => void;
  #pending = "";

  constructor(writeAll: (bytes: Uint8Array) => void = writeStandardOutput) {
    this.#writeAll = writeAll;
  }

  /** @throws Failure when it cannot be written. */
  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= PIECE_LENGTH) this.flush();
  }

  /** Writes bytes behind the text so far. */
  writeBytes(bytes: Uint8Array): void {
    this.flush();
    this.#writeAll(bytes);
  }

  /** Writes what is pending: somebody may be waiting for it. */
  flush(): void {
    if (this.#pending === "") return;
    const bytes = new TextEncoder().encode(this.#pending);
    this.#pending = "";
    this.#writeAll(bytes);
  }
}

/** @throws Failure when it cannot be written. */
function writeStandardOutput(bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(STANDARD_OUTPUT, bytes, offset);
    } catch (error) {
      // Whoever read our output has gone, as `head` does: nothing is wrong and nothing is left to do.
      if ((error as NodeJS.ErrnoException).code === "EPIPE") process.exit();
      if (!waitForPipe(error)) {
        throw new Failure(`expected standard output to take more, found ${fileReason(error)}`);
      }
    }
  }
}
