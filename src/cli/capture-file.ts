/**
 * Where a capture goes: a file, which appears only when it is whole, a pipe, or standard output as "-"; packed with gzip
 * when its name ends in ".gz".
 */
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import type { ByteSink } from "../capture/index.ts";
import { Failure } from "./errors.ts";
import { fileReason } from "./file-reason.ts";
import { GzipSink } from "./gzip-sink.ts";
import { waitForPipe } from "./pipe-wait.ts";

const STANDARD_OUTPUT = 1;

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
  readonly #gzip: GzipSink | null;
  /** Bytes of the file so far. */
  byteCount = 0;

  /** @throws Failure when the target cannot be written. */
  constructor(path: string) {
    if (path === "") throw new Failure("expected a file that can be written, found an empty name");
    this.path = path;
    this.#gzip = path.endsWith(".gz") ? new GzipSink({ write: (chunk) => this.#write(chunk) }) : null;
    try {
      this.isOrdinary = path !== "-" && !isSpecial(path);
      this.#partial = this.isOrdinary ? `${path}.${process.pid}.partial` : null;
      this.#descriptor = path === "-" ? STANDARD_OUTPUT : openSync(this.#partial ?? path, "w");
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  write(chunk: Uint8Array): void {
    if (this.#gzip === null) this.#write(chunk);
    else this.#gzip.write(chunk);
  }

  #write(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length;) {
      try {
        offset += writeSync(this.#descriptor, chunk, offset);
      } catch (error) {
        if (!waitForPipe(error)) throw cannotWrite(this.path, error);
      }
    }
    this.byteCount += chunk.length;
  }

  /** The capture is whole: it takes its name. @throws Failure when that cannot be done. */
  finish(): void {
    this.#gzip?.finish();
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
  const found = path === "-" ? "standard output" : path;
  return new Failure(`expected a file that can be written, found ${found}: ${fileReason(error)}`);
}
