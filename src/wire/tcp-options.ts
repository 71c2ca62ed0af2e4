/**
 * TCP options as text (RFC 9293 section 3.1; SACK: RFC 2018; window scale and timestamps: RFC 7323).
 *
 * An option is one byte of kind, and except for EOL and NOP one byte of length (which counts both) and
 * its content. The engine carries options as bytes; this only prints them.
 */

import { formatHex } from "../bytes/hex.ts";

/** Values of an option's kind byte (IANA "TCP Parameters"). */
const Kind = {
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
  [Kind.MAXIMUM_SEGMENT_SIZE]: 4,
  [Kind.WINDOW_SCALE]: 3,
  [Kind.SACK_PERMITTED]: 2,
  [Kind.TIMESTAMPS]: 10,
};

/**
 * The options in `offset..end` as `tcpdump -S` prints them: `mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7`.
 * A malformed option ends the list as `[bad opt]`.
 */
export function optionsText(view: DataView, offset: number, end: number): string {
  const texts: string[] = [];
  let position = offset;
  while (position < end) {
    const kind = view.getUint8(position);
    const length = kind === Kind.END || kind === Kind.NOP ? 1 : position + 1 < end ? view.getUint8(position + 1) : 0;
    const isMalformed = length === 0 || (length === 1 && kind > Kind.NOP) || length !== (LENGTHS[kind] ?? length);
    if (isMalformed || position + length > end) {
      texts.push("[bad opt]");
      break;
    }
    texts.push(optionText(view, position, length));
    if (kind === Kind.END) break;
    position += length;
  }
  return texts.join(",");
}

function optionText(view: DataView, position: number, length: number): string {
  const kind = view.getUint8(position);
  switch (kind) {
    case Kind.END:
      return "eol";
    case Kind.NOP:
      return "nop";
    case Kind.MAXIMUM_SEGMENT_SIZE:
      return `mss ${view.getUint16(position + 2)}`;
    case Kind.WINDOW_SCALE:
      return `wscale ${view.getUint8(position + 2)}`;
    case Kind.SACK_PERMITTED:
      return "sackOK";
    case Kind.SACK:
      return `sack ${sackText(view, position + 2, position + length)}`;
    case Kind.TIMESTAMPS:
      return `TS val ${view.getUint32(position + 2)} ecr ${view.getUint32(position + 6)}`;
    default: {
      const content = new Uint8Array(view.buffer, view.byteOffset + position + 2, length - 2);
      return `unknown-${kind}${content.length === 0 ? "" : ` 0x${formatHex(content)}`}`;
    }
  }
}

/** The blocks of a SACK option, left and right edge each (RFC 2018 section 3). */
function sackText(view: DataView, offset: number, end: number): string {
  if ((end - offset) % 8 !== 0) return "invalid";
  let blocks = "";
  for (let position = offset; position < end; position += 8) {
    blocks += `{${view.getUint32(position)}:${view.getUint32(position + 4)}}`;
  }
  return `${(end - offset) / 8} ${blocks}`;
}
