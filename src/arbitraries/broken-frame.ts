/** A frame in which one rule is broken, and which. */
import { hexDump } from "../bytes/hex.ts";
import type { DropReason } from "../wire/index.ts";
import { type Frame, frameText, packetText } from "./frame.ts";
import { reportAsText } from "./report.ts";
import type { RuleName } from "./rules.ts";

/** What is wrong, and where. Positions are bytes from the frame's first. */
export interface BrokenRule {
  readonly name: RuleName;
  /** Index of the layer whose rule it is, among those of the frame as it was. */
  readonly layer: number;
  /** Where the field stands; of a frame cut short, where it ends. */
  readonly offset: number;
  /** Length of the field; 0 where bytes are missing. */
  readonly length: number;
  /** For people: "the header checksum at byte 24: expected 0x1c2d, found 0x1c2e". */
  readonly text: string;
  /**
   * What podwire's `check` functions and checksums give, layer by layer from the outermost in: 0 for a rule that
   * binds senders only, such as reserved bits that receivers ignore.
   */
  readonly reason: DropReason;
}

/** A frame that breaks one rule and no other: where the rule is not about lengths or checksums, these are right. */
export class BrokenFrame {
  /** The frame as it was. */
  readonly original: Frame;
  readonly rule: BrokenRule;
  readonly bytes: Uint8Array;
  /** The bytes as they were made, whatever was written into them since. */
  readonly #made: Uint8Array;

  constructor(original: Frame, rule: BrokenRule, bytes: Uint8Array) {
    this.original = original;
    this.rule = rule;
    this.bytes = bytes;
    this.#made = bytes.slice();
  }

  /** A view of the bytes, as the codecs take it. */
  get view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** The broken frame as it was made. */
  fresh(): BrokenFrame {
    return new BrokenFrame(this.original, this.rule, this.#made.slice());
  }

  /** Which rule is broken, and the line that tcpdump prints. */
  toString(): string {
    const isPacket = this.original.layers[0]?.protocol === "ipv4";
    return `${this.rule.name}, ${this.rule.text} | ${isPacket ? packetText(this.bytes) : frameText(this.bytes)}`;
  }

  /** The same, and below it the bytes as `tcpdump -X` prints them. */
  dump(): string {
    return `${this.toString()}\n${hexDump(this.bytes)}`;
  }
}

reportAsText(BrokenFrame, (frame) => frame.dump());
