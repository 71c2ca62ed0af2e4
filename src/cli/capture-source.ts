/** Where a capture comes from: a file, a pipe, or standard input as "-", packed with gzip or not. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CaptureError, CaptureReader, type CaptureRecord } from "../capture/index.ts";
import { Failure } from "./errors.ts";
import { fileReason } from "./file-reason.ts";
import { Gunzip, GzipError } from "./gunzip.ts";
import { warn } from "./program.ts";
import { waitForPipe } from "./pipe-wait.ts";

const STANDARD_INPUT = 0;

/** Bytes read at a time. They are looked at right away: with a megabyte, that is no longer in the processor's cache. */
const CHUNK_LENGTH = 131_072;

/** The same of gzip, and of the first chunk, which tells whether it is: it may be a thousand times as much unpacked. */
const PACKED_CHUNK_LENGTH = 16_384;

const GZIP_MAGIC = [0x1f, 0x8b];

/** A file is no capture, broken or cut: what came before has been read. */
export class CaptureFailure extends Failure {
  constructor(name: string, error: Error) {
    super(`${name}: ${error.message}`);
  }
}

/** Gives the bytes of a file piece by piece. */
export class CaptureSource {
  /** For messages. */
  readonly name: string;
  /** Bytes of the file; undefined for a pipe. */
  readonly length: number | undefined;
  /** Bytes of the file that were read so far. */
  position = 0;
  readonly #descriptor: number;
  readonly #chunk = new Uint8Array(CHUNK_LENGTH);
  #chunkLength = PACKED_CHUNK_LENGTH;
  #gunzip: Gunzip | undefined;

  /** @throws Failure when the file cannot be read. */
  constructor(path: string) {
    if (path === "") throw new Failure("expected a file that can be read, found an empty name");
    this.name = path === "-" ? "standard input" : path;
    try {
      this.#descriptor = path === "-" ? STANDARD_INPUT : openSync(path, "r");
      const status = fstatSync(this.#descriptor);
      this.length = status.isFile() ? status.size : undefined;
    } catch (error) {
      throw this.#cannotRead(error);
    }
  }

  /**
   * Reads a chunk of the file, and gives `use` what it holds, unpacked: pieces that are valid during the call. Returns
   * false at the end of the file. @throws Failure when the file cannot be read or unpacked.
   */
  next(use: (bytes: Uint8Array) => void): boolean {
    const isFirst = this.position === 0;
    const length = isFirst ? this.#readMagic() : this.#read(0);
    const chunk = this.#chunk.subarray(0, length);
    if (isFirst && GZIP_MAGIC.every((byte, index) => chunk[index] === byte)) this.#gunzip = this.#openGzip();
    else if (this.#gunzip === undefined) this.#chunkLength = CHUNK_LENGTH;
    if (this.#gunzip !== undefined) this.#unpack(this.#gunzip, chunk, use);
    else if (length > 0) use(chunk);
    return length > 0;
  }

  close(): void {
    if (this.#descriptor !== STANDARD_INPUT) closeSync(this.#descriptor);
  }

  /** A pipe may give a single byte at first. */
  #readMagic(): number {
    let length = this.#read(0);
    while (length > 0 && length < GZIP_MAGIC.length) {
      const more = this.#read(length);
      if (more === 0) break;
      length += more;
    }
    return length;
  }

  #read(offset: number): number {
    for (;;) {
      try {
        const length = readSync(this.#descriptor, this.#chunk, offset, this.#chunkLength - offset, null);
        this.position += length;
        return length;
      } catch (error) {
        if (!waitForPipe(error)) throw this.#cannotRead(error);
      }
    }
  }

  /** A file is read again where it is damaged; standard input may not begin where it did. */
  #openGzip(): Gunzip {
    if (this.length === undefined || this.#descriptor === STANDARD_INPUT) return new Gunzip();
    const again = new Uint8Array(PACKED_CHUNK_LENGTH);
    return new Gunzip((position, length) => {
      return again.subarray(0, readSync(this.#descriptor, again, 0, length, position));
    });
  }

  #unpack(gunzip: Gunzip, chunk: Uint8Array, use: (bytes: Uint8Array) => void): void {
    try {
      if (chunk.length > 0) gunzip.push(chunk, use);
      else this.#endGzip(gunzip);
    } catch (error) {
      throw error instanceof GzipError ? new CaptureFailure(this.name, error) : error;
    }
  }

  #endGzip(gunzip: Gunzip): void {
    gunzip.end();
    const { garbageCount } = gunzip;
    if (garbageCount === 0) return;
    const position = this.position - garbageCount;
    warn(
      `${this.name}: ignored what is behind the gzip stream, ${garbageCount} bytes, at byte ${position} of the packed file`,
    );
  }

  #cannotRead(error: unknown): Failure {
    return new Failure(`expected a file that can be read, found ${this.name}: ${fileReason(error)}`);
  }
}

/** How a capture is read, where the usual way does not fit. */
export interface CaptureFileOptions {
  /** Called after every chunk; true ends the reading, so that the rest of the file is not looked at. */
  readonly afterChunk?: (source: CaptureSource) => boolean;
}

/**
 * Reads a capture: a file, or standard input as "-", in any format that `CaptureReader` knows, packed with gzip or not.
 * Memory is bounded by the largest block that it takes.
 *
 * @throws Failure that names the file when it cannot be read, CaptureFailure when it is no capture, broken or cut;
 * `visit` has been given what came before. What `visit` throws goes through.
 */
export function readCaptureFile(
  path: string,
  visit: (record: CaptureRecord) => void,
  options: CaptureFileOptions = {},
): void {
  const source = new CaptureSource(path);
  const reader = new CaptureReader(visit);
  try {
    while (source.next((bytes) => reader.push(bytes))) if (options.afterChunk?.(source) === true) return;
    reader.end();
  } catch (error) {
    throw error instanceof CaptureError ? new CaptureFailure(source.name, error) : error;
  } finally {
    source.close();
  }
}
