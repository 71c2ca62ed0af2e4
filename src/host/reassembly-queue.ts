/**
 * Bytes that arrived before those that come first: kept until the gap is filled. Where segments overlap, the byte that
 * came first stays.
 */
import { advance, distance, isBefore } from "./tcp-sequence.ts";

/** Segments kept at once: what bounds the work that one-byte segments can make. Their bytes the window bounds. */
const PIECE_LIMIT = 1024;

interface Piece {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

function endOf(piece: Piece): number {
  return advance(piece.sequence, piece.bytes.length);
}

export class ReassemblyQueue {
  /** In order, without overlaps. */
  readonly #pieces: Piece[] = [];
  /** Bytes that wait. */
  length = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Keeps copies of the bytes that are not here yet. False when there is no room for them. */
  add(sequence: number, bytes: Uint8Array): boolean {
    let from = sequence;
    const end = advance(sequence, bytes.length);
    for (let index = 0; isBefore(from, end); index++) {
      const next = this.#pieces[index];
      if (next === undefined || isBefore(from, next.sequence)) {
        const until = next === undefined || isBefore(end, next.sequence) ? end : next.sequence;
        if (this.#pieces.length === PIECE_LIMIT) return false;
        this.#insert(index, from, bytes.slice(distance(sequence, from), distance(sequence, until)));
        from = until;
      } else if (isBefore(from, endOf(next))) {
        from = endOf(next);
      }
    }
    return true;
  }

  #insert(index: number, sequence: number, bytes: Uint8Array): void {
    this.#pieces.splice(index, 0, { sequence, bytes });
    this.length += bytes.length;
  }

  /** Takes out what follows `next` without a gap, the parts before it cut off. */
  take(next: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let position = next;
    let count = 0;
    for (const piece of this.#pieces) {
      if (isBefore(position, piece.sequence)) break;
      count++;
      this.length -= piece.bytes.length;
      const known = distance(piece.sequence, position);
      if (known >= piece.bytes.length) continue;
      taken.push(piece.bytes.subarray(known));
      position = endOf(piece);
    }
    this.#pieces.splice(0, count);
    return taken;
  }

  clear(): void {
    this.#pieces.length = 0;
    this.length = 0;
  }
}
