/** The bytes of a frame in hexadecimal, each with the layer that it belongs to, so that a command can colour them. */

import type { Dissection } from "./dissection.ts";

const LINE_LENGTH = 16;

/** Shows the text of bytes that belong to one layer, given by its index in the dissection. */
export type DumpStyle = (layer: number, text: string) => string;

/**
 * The dump that `tcpdump -XX` prints, lines joined by "\n": the position of the first of 16 bytes, the bytes in pairs,
 * and as ASCII (a dot for what is not printable).
 */
export function frameDump(
  bytes: Uint8Array,
  { layers }: Dissection,
  style: DumpStyle = (_layer, text) => text,
): string {
  const owners = new Int32Array(bytes.length).fill(-1);
  layers.forEach(({ offset, length }, layer) => owners.fill(layer, offset, offset + length));
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += LINE_LENGTH) {
    lines.push(dumpLine(bytes.subarray(start, start + LINE_LENGTH), owners.subarray(start), start, style));
  }
  return lines.join("\n");
}

function dumpLine(bytes: Uint8Array, owners: Int32Array, start: number, style: DumpStyle): string {
  let pairs = "";
  let characters = "";
  for (const { from, to } of runs(owners, bytes.length)) {
    const shown = [...bytes.subarray(from, to)];
    const digits = shown.map((byte, index) => `${isGapBefore(from + index) ? " " : ""}${hexadecimal(byte)}`).join("");
    // The space between two pairs is nobody's: a colour of the background would look torn.
    const gap = /^ /.test(digits) ? " " : "";
    pairs += gap + style(owners[from]!, digits.trimStart());
    characters += style(owners[from]!, shown.map(printable).join(""));
  }
  const width = 2 * LINE_LENGTH + LINE_LENGTH / 2 - 1;
  const used = 2 * bytes.length + Math.ceil(bytes.length / 2) - 1;
  return `0x${start.toString(16).padStart(4, "0")}:  ${pairs}${" ".repeat(width - used)}  ${characters}`;
}

/** Stretches of bytes that belong to the same layer. */
function runs(owners: Int32Array, length: number): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let from = 0, to = 0; from < length; from = to) {
    while (to < length && owners[to] === owners[from]) to++;
    found.push({ from, to });
  }
  return found;
}

function isGapBefore(index: number): boolean {
  return index > 0 && index % 2 === 0;
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function printable(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
}
