/** Where a capture goes: a file, which appears only when it is whole, a pipe, or standard output as "-". */
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import type { ByteSink } from "../capture/index.ts";
import { Failure } from "./errors.ts";

const STANDARD_OUTPUT = 1;

/** A reader that is slow to take from a pipe: wait this long, in milliseconds, and try again. */
const RETRY_DELAY = 5;

export class CaptureFile implements ByteSink {
  readonly path: string;
  /** Whether it can be opened again later: no pipe, no device. */
  readonly isOrdinary: boolean;
  readonly #descriptor: number;
  /**
   * What is written until the capture is whole; null when the target is no ordinary file. The process's number
   * is in it, so that two commands with one target leave each other alone: the last to finish gives the file.
   */
  readonly #partial: string | null;
  byteCount = 0;

  /** @throws Failure when the target cannot be written. */
  constructor(path: string) {
    if (path === "") throw new Failure("expected a file that can be written, found an empty name");
    this.path = path;
    try {
      this.isOrdinary = path !== "-" && !isSpecial(path);
      this.#partial = this.isOrdinary ? `${path}.${process.pid}.partial` : null;
      this.#descriptor = path === "-" ? STANDARD_OUTPUT : openSync(this.#partial ?? path, "w");
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  write(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length;) {
      try {
        offset += writeSync(this.#descriptor, chunk, offset);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY);
          continue;
        }
        throw cannotWrite(this.path, error);
      }
    }
    this.byteCount += chunk.length;
  }

  /** The capture is whole: it takes its name. @throws Failure when that cannot be done. */
  finish(): void {
    try {
      if (this.path !== "-") closeSync(this.#descriptor);
      if (this.#partial !== null) renameSync(this.#partial, this.path);
    } catch (error) {
      this.discard();
      throw cannotWrite(this.path, error);
    }
  }

  /** Something went wrong: leaves nothing half-written. */
  discard(): void {
    if (this.#partial !== null) rmSync(this.#partial, { force: true });
  }
}

/** Whether the path names something that is there and is no ordinary file: a pipe, a terminal, a folder. */
function isSpecial(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && !status.isFile();
}

function cannotWrite(path: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new Failure(
    `expected a file that can be written, found ${path === "-" ? "standard output" : path}: ${REASONS[code] ?? code}`,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "its folder is a file",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "its name is too long",
  EFBIG: "it grows too large",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  EPIPE: "nobody reads it any more",
};
