/**
 * TCP options (RFC 9293 section 3.1; SACK: RFC 2018; window scale and timestamps: RFC 7323).
 *
 * An option is one byte of kind, and except for END and NOP one byte of length (which counts both) and
 * its content. The codec carries options as bytes; these functions list, read, build and print them.
 */

import { formatHex } from "../bytes/hex.ts";
import { contentOf, optionWith, paddedOptions, word } from "./option-bytes.ts";

/** Values of an option's kind byte (IANA "TCP Parameters"). */
export const OptionKind = {
  END: 0,
  NOP: 1,
  MAXIMUM_SEGMENT_SIZE: 2,
  WINDOW_SCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
} as const;

/** Length of the kinds whose length is fixed, in bytes, kind and length byte included. */
const LENGTHS: Readonly<Record<number, number>> = {
  [OptionKind.END]: 1,
  [OptionKind.NOP]: 1,
  [OptionKind.MAXIMUM_SEGMENT_SIZE]: 4,
  [OptionKind.WINDOW_SCALE]: 3,
  [OptionKind.SACK_PERMITTED]: 2,
  [OptionKind.TIMESTAMPS]: 10,
};

/** The length of options of a kind, in bytes; undefined where each has its own. */
export function fixedLength(kind: number): number | undefined {
  return LENGTHS[kind];
}

/** Where one option stands. */
export interface TcpOptionPlace {
  readonly kind: number;
  /** Position of the kind byte in the view. */
  readonly offset: number;
  /** Length in bytes, kind and length byte included. */
  readonly length: number;
}

/** One block of data that arrived out of order: its first sequence number, and the one behind its last (RFC 2018). */
export interface SackBlock {
  readonly left: number;
  readonly right: number;
}

/** What an option says. END is none: `buildOptions` pads with it. */
export type TcpOption =
  | { readonly name: "nop" }
  | { readonly name: "maximumSegmentSize"; /** In bytes. */ readonly size: number }
  | { readonly name: "windowScale"; /** Bits to shift the window by. */ readonly shift: number }
  | { readonly name: "sackPermitted" }
  | { readonly name: "sack"; readonly blocks: readonly SackBlock[] }
  | { readonly name: "timestamps"; readonly value: number; readonly echoReply: number }
  | { readonly name: "unknown"; readonly kind: number; readonly content: Uint8Array };

/**
 * The options in `offset..end` in order, without the END that closes them. The list stops before the first
 * that is malformed: its length is missing, below 2, beyond the end, or another than its kind has.
 */
export function options(view: DataView, offset: number, end: number): TcpOptionPlace[] {
  const found: TcpOptionPlace[] = [];
  let position = offset;
  while (position < end && view.getUint8(position) !== OptionKind.END) {
    const length = optionLength(view, position, end);
    if (length === 0) break;
    found.push({ kind: view.getUint8(position), offset: position, length });
    position += length;
  }
  return found;
}

/** What an option says. Of one whose length does not fit its kind, the content is all there is to say. */
export function readOption(view: DataView, place: TcpOptionPlace): TcpOption {
  const { kind, offset, length } = place;
  const content = offset + 2;
  if (length !== (LENGTHS[kind] ?? length)) return { name: "unknown", kind, content: contentOf(view, offset, length) };
  switch (kind) {
    case OptionKind.NOP:
      return { name: "nop" };
    case OptionKind.MAXIMUM_SEGMENT_SIZE:
      return { name: "maximumSegmentSize", size: view.getUint16(content) };
    case OptionKind.WINDOW_SCALE:
      return { name: "windowScale", shift: view.getUint8(content) };
    case OptionKind.SACK_PERMITTED:
      return { name: "sackPermitted" };
    case OptionKind.TIMESTAMPS:
      return { name: "timestamps", value: view.getUint32(content), echoReply: view.getUint32(content + 4) };
    default:
      if (kind === OptionKind.SACK && (length - 2) % 8 === 0) {
        return { name: "sack", blocks: readBlocks(view, content, offset + length) };
      }
      return { name: "unknown", kind, content: contentOf(view, offset, length) };
  }
}

function readBlocks(view: DataView, offset: number, end: number): SackBlock[] {
  const blocks: SackBlock[] = [];
  for (let position = offset; position < end; position += 8) {
    blocks.push({ left: view.getUint32(position), right: view.getUint32(position + 4) });
  }
  return blocks;
}

/**
 * The bytes of options, for the `options` of `write`: padded with END to a multiple of four.
 *
 * @throws RangeError when they take more than 40 bytes
 */
export function buildOptions(list: readonly TcpOption[]): Uint8Array {
  return paddedOptions("TCP", list.flatMap(optionBytes));
}

function optionBytes(option: TcpOption): number[] {
  switch (option.name) {
    case "nop":
      return [OptionKind.NOP];
    case "maximumSegmentSize":
      return optionWith(OptionKind.MAXIMUM_SEGMENT_SIZE, [option.size >> 8, option.size & 0xff]);
    case "windowScale":
      return optionWith(OptionKind.WINDOW_SCALE, [option.shift]);
    case "sackPermitted":
      return optionWith(OptionKind.SACK_PERMITTED, []);
    case "sack":
      return optionWith(
        OptionKind.SACK,
        option.blocks.flatMap(({ left, right }) => [...word(left), ...word(right)]),
      );
    case "timestamps":
      return optionWith(OptionKind.TIMESTAMPS, [...word(option.value), ...word(option.echoReply)]);
    case "unknown":
      return optionWith(option.kind, [...option.content]);
  }
}

/** The option's length in bytes, 0 when it is malformed. */
function optionLength(view: DataView, position: number, end: number): number {
  const kind = view.getUint8(position);
  const fixed = LENGTHS[kind];
  if (fixed === 1) return 1;
  const length = position + 1 < end ? view.getUint8(position + 1) : 0;
  const isSound = length >= 2 && length === (fixed ?? length) && position + length <= end;
  return isSound ? length : 0;
}

/**
 * The options in `offset..end` as `tcpdump -S` prints them: `mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7`.
 * A malformed option ends the list as `[bad opt]`.
 */
export function optionsText(view: DataView, offset: number, end: number): string {
  const places = options(view, offset, end);
  const texts = places.map((place) => optionText(readOption(view, place)));
  const last = places.at(-1);
  const rest = last === undefined ? offset : last.offset + last.length;
  if (rest < end) texts.push(view.getUint8(rest) === OptionKind.END ? "eol" : "[bad opt]");
  return texts.join(",");
}

/** One option as `tcpdump -S` prints it: `mss 1460`. */
export function optionText(option: TcpOption): string {
  switch (option.name) {
    case "nop":
      return "nop";
    case "maximumSegmentSize":
      return `mss ${option.size}`;
    case "windowScale":
      return `wscale ${option.shift}`;
    case "sackPermitted":
      return "sackOK";
    case "sack":
      return `sack ${option.blocks.length} ${option.blocks.map(({ left, right }) => `{${left}:${right}}`).join("")}`;
    case "timestamps":
      return `TS val ${option.value} ecr ${option.echoReply}`;
    case "unknown":
      if (option.kind === OptionKind.SACK) return "sack invalid";
      return `unknown-${option.kind}${option.content.length === 0 ? "" : ` 0x${formatHex(option.content)}`}`;
  }
}
