/** The window that the other side offers, as the newest of its segments said (RFC 9293 section 3.10.7.4, fifth check). */
import { TcpFlag } from "../wire/index.ts";
import type { TcpSegment } from "./tcp-segment.ts";
import { distance } from "./tcp-sequence.ts";

export class SendWindow {
  /** SND.WND in bytes, and the widest that it was. */
  size = 0;
  widest = 0;
  /** Bits that fields are shifted by (RFC 7323 section 2.2). */
  shift = 0;
  /** SND.WL1 and SND.WL2. */
  #sequence = 0;
  #acknowledgment = 0;

  /** Whether the window is another now: what is older than the segment that told last says nothing. */
  update(segment: TcpSegment): boolean {
    const age = distance(this.#sequence, segment.sequence);
    if (age < 0 || (age === 0 && distance(this.#acknowledgment, segment.acknowledgment) < 0)) return false;
    const before = this.size;
    this.set(segment);
    return this.size !== before;
  }

  set(segment: TcpSegment): void {
    // A field in SYN is never shifted.
    this.size = (segment.flags & TcpFlag.SYN) !== 0 ? segment.window : segment.window << this.shift;
    this.widest = Math.max(this.widest, this.size);
    this.#sequence = segment.sequence;
    this.#acknowledgment = segment.acknowledgment;
  }
}
