/** Sequence numbers as tcpdump shows them without `-S`: counted from where it first saw each conversation. */
import { TcpFlag } from "./tcp.ts";

export interface ShownNumbers {
  readonly sequence: number;
  readonly acknowledgment: number;
}

/** One end of a conversation, and the other: IPv4 addresses and TCP ports. */
export interface SegmentEnds {
  readonly source: number;
  readonly sourcePort: number;
  readonly destination: number;
  readonly destinationPort: number;
}

/** Where a conversation's numbers begin: those of the end with the smaller port, and of the other. */
interface Beginning {
  readonly lower: number;
  readonly upper: number;
}

/** Remembers the conversations that it was shown; both directions are one. */
export class TcpNumbers {
  readonly #beginnings = new Map<string, Beginning>();

  /**
   * The numbers to show for a segment. Only one that acknowledges something is compared; the first of a conversation,
   * and each with SYN, is shown as it is, and tells where the numbers of both ends begin.
   */
  of(ends: SegmentEnds, flags: number, sequence: number, acknowledgment: number): ShownNumbers {
    if ((flags & TcpFlag.ACK) === 0) return { sequence, acknowledgment };
    const isReversed =
      ends.sourcePort > ends.destinationPort ||
      (ends.sourcePort === ends.destinationPort && ends.source > ends.destination);
    const one = `${ends.source}:${ends.sourcePort}`;
    const other = `${ends.destination}:${ends.destinationPort}`;
    const key = isReversed ? `${other} ${one}` : `${one} ${other}`;
    const known = this.#beginnings.get(key);
    if (known === undefined || (flags & TcpFlag.SYN) !== 0) {
      const [own, theirs] = [sequence, acknowledgment - 1];
      this.#beginnings.set(key, isReversed ? { lower: theirs, upper: own } : { lower: own, upper: theirs });
      return { sequence, acknowledgment };
    }
    const [own, theirs] = isReversed ? [known.upper, known.lower] : [known.lower, known.upper];
    return { sequence: (sequence - own) >>> 0, acknowledgment: (acknowledgment - theirs) >>> 0 };
  }
}
