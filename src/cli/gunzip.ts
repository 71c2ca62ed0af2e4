/**
 * Unpacks gzip piece by piece, synchronously: node:zlib unpacks whole files so, or streams otherwise. What its own
 * synchronous functions call, `_processChunk`, "is left for backwards compatibility" (Node's lib/zlib.js), as npm unpacks
 * every package with it; all it lacks is to stay open after a piece.
 */
import { constants, createGunzip } from "node:zlib";

/** What node:zlib's objects have beside their documented methods. */
interface Engine {
  _handle: { close(): void } | null;
  _processChunk(chunk: Uint8Array, flush: number): Uint8Array;
  on(event: "error", listener: () => void): unknown;
  removeAllListeners(event: "error"): unknown;
}

/** Bytes unpacked at a time, of which gzip makes 1,032 times as many at most. */
const PIECE_LENGTH = 16_384;

/** Unpacks one file, which may have several members one after another (RFC 1952 section 2.2). */
export class Gunzip {
  readonly #engine: Engine = createGunzip() as unknown as Engine;
  readonly #handle = this.#engine._handle!;

  constructor() {
    this.#handle.close = () => {};
  }

  /** Unpacks the next bytes, in pieces. @throws Error of node:zlib when they are no gzip or damaged */
  push(packed: Uint8Array, use: (bytes: Uint8Array) => void): void {
    for (let offset = 0; offset < packed.length; offset += PIECE_LENGTH) {
      const bytes = this.#process(packed.subarray(offset, offset + PIECE_LENGTH), constants.Z_SYNC_FLUSH);
      if (bytes.length > 0) use(bytes);
    }
  }

  /** There are no more bytes. @throws Error of node:zlib when the file is cut short */
  end(): void {
    this.#process(new Uint8Array(0), constants.Z_FINISH);
  }

  #process(packed: Uint8Array, flush: number): Uint8Array {
    try {
      return this.#engine._processChunk(packed, flush);
    } finally {
      this.#engine._handle = this.#handle;
      // Each call adds a listener; without any, an error is thrown here and once more from the event loop.
      this.#engine.removeAllListeners("error");
      this.#engine.on("error", () => {});
    }
  }
}
