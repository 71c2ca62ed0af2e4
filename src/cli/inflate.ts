/**
 * Unpacks DEFLATE (RFC 1951) piece by piece, synchronously: node:zlib unpacks whole buffers so, or streams otherwise. What
 * its own synchronous functions call, `_processChunk`, "is left for backwards compatibility" (Node's lib/zlib.js), as npm
 * unpacks every package with it; all it lacks is to stay open after a piece. The streams lose what comes out of a piece with a
 * fault just the same, and an inflater in TypeScript took twice the time.
 */
import { constants, createInflateRaw } from "node:zlib";

/** What node:zlib's objects have beside their documented methods. */
interface Engine {
  _handle: { close(): void } | null;
  _processChunk(chunk: Uint8Array, flush: number): Uint8Array;
  /** Bytes of the last chunk that were used: all, but of that in which the stream ends. */
  readonly bytesWritten: number;
  reset(): void;
  on(event: "error", listener: () => void): unknown;
  removeAllListeners(event: "error"): unknown;
}

/** Bytes unpacked at a time, of which DEFLATE makes 1,032 times as many at most. */
const PIECE_LENGTH = 16_384;

/** The same of a stream that cannot be read again: frames that lie in so much before a fault are lost. */
const SMALL_PIECE_LENGTH = 512;

/** Gives bytes of the stream once more; what it gives is valid until the next call. */
export type ReadAgain = (offset: number, length: number) => Uint8Array;

/** A stream is damaged, at a position in it. */
export class InflateError extends Error {
  override readonly name = "InflateError";
  /** Bytes of the stream before those in which the fault was found. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/**
 * Unpacks one stream after another. node:zlib gives nothing of a piece in which there is a fault: the stream is then read
 * again, and unpacked up to there.
 */
export class Inflate {
  /** Whether the stream has ended. */
  isDone = false;
  readonly #engine = new PieceEngine();
  readonly #readAgain: ReadAgain | undefined;
  readonly #pieceLength: number;
  /** Bytes of the stream so far. */
  #length = 0;

  /** `readAgain`: left out where nothing can be read twice. */
  constructor(readAgain?: ReadAgain) {
    this.#readAgain = readAgain;
    this.#pieceLength = readAgain === undefined ? SMALL_PIECE_LENGTH : PIECE_LENGTH;
  }

  /** Another stream begins. */
  start(): void {
    this.#engine.start();
    this.isDone = false;
    this.#length = 0;
  }

  /**
   * Unpacks the next bytes of the stream and gives `use` what comes out. Returns how many are the stream's: all, until it
   * is done. @throws InflateError when they are damaged; what comes before has been given
   */
  push(packed: Uint8Array, use: (bytes: Uint8Array) => void): number {
    let offset = 0;
    while (offset < packed.length && !this.isDone) {
      const piece = packed.subarray(offset, offset + this.#pieceLength);
      const bytes = this.#unpack(piece, use);
      if (bytes.length > 0) use(bytes);
      const used = this.#engine.usedLength;
      this.isDone = used < piece.length;
      offset += used;
      this.#length += used;
    }
    return offset;
  }

  #unpack(piece: Uint8Array, use: (bytes: Uint8Array) => void): Uint8Array {
    try {
      return this.#engine.unpack(piece);
    } catch (error) {
      const position = this.#readAgain === undefined ? this.#length : this.#unpackAgain(piece, this.#readAgain, use);
      throw new InflateError((error as Error).message, position);
    }
  }

  /** Byte by byte through the piece with the fault; gives what comes before that, and returns its position. */
  #unpackAgain(piece: Uint8Array, readAgain: ReadAgain, use: (bytes: Uint8Array) => void): number {
    const engine = new PieceEngine();
    for (let offset = 0; offset < this.#length; offset += PIECE_LENGTH) {
      engine.unpack(readAgain(offset, Math.min(PIECE_LENGTH, this.#length - offset)));
    }
    for (let offset = 0; offset < piece.length; offset++) {
      let bytes: Uint8Array;
      try {
        bytes = engine.unpack(piece.subarray(offset, offset + 1));
      } catch {
        return this.#length + offset;
      }
      if (bytes.length > 0) use(bytes);
    }
    return this.#length + piece.length;
  }
}

/** node:zlib's engine, held open from piece to piece. */
class PieceEngine {
  readonly #engine: Engine = createInflateRaw() as unknown as Engine;
  readonly #handle = this.#engine._handle!;

  constructor() {
    this.#handle.close = () => {};
  }

  start(): void {
    this.#engine.reset();
  }

  /** Bytes of the last piece that were the stream's. */
  get usedLength(): number {
    return this.#engine.bytesWritten;
  }

  unpack(piece: Uint8Array): Uint8Array {
    try {
      return this.#engine._processChunk(piece, constants.Z_SYNC_FLUSH);
    } finally {
      this.#engine._handle = this.#handle;
      // Each call adds a listener; without any, an error is thrown here and once more from the event loop.
      this.#engine.removeAllListeners("error");
      this.#engine.on("error", () => {});
    }
  }
}
