/**
 * A dissection as text: layers, under each its fields with the bytes that they stand in, and what is wrong.
 *
 *     ipv4, bytes 14 to 33
 *          14  version          4
 *       16-17  totalLength      84
 *     udp, bytes 34 to 41
 *       ! the length is 100 bytes, 40 are left (at byte 38)
 */

import type { Dissection, Field, Layer, Problem } from "./dissection.ts";

/** Parts of the text that a command may show in a style of their own. */
export type TreePart = "layer" | "offset" | "name" | "problem";

/** Shows a part of the text; the same text when left out. */
export type TreeStyle = (part: TreePart, text: string) => string;

const OFFSET_WIDTH = 9;

/** The lines of a dissection, joined by "\n". */
export function frameTree({ layers }: Dissection, style: TreeStyle = (_part, text) => text): string {
  return layers.flatMap((layer) => layerLines(layer, style)).join("\n");
}

function layerLines(layer: Layer, style: TreeStyle): string[] {
  const { protocol, offset, length, fields, problems, quoted } = layer;
  const quotation = quoted === true ? ", quoted" : "";
  const place = length === 0 ? `no bytes at ${offset}` : `bytes ${offset} to ${offset + length - 1}`;
  const width = Math.max(0, ...fields.map(({ name }) => shortName(name).length));
  return [
    `${style("layer", protocol)}, ${place}${quotation}`,
    ...fields.map((field) => fieldLine(field, width, style)),
    ...problems.map((problem) => `  ${style("problem", problemText(problem))}`),
  ];
}

function fieldLine({ name, offset, length, text }: Field, width: number, style: TreeStyle): string {
  const place = length === 1 ? String(offset) : `${offset}-${offset + length - 1}`;
  return `${style("offset", place.padStart(OFFSET_WIDTH))}  ${style("name", shortName(name).padEnd(width))}  ${text}`;
}

/** Without the protocol, which stands above. */
function shortName(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

function problemText({ text, offset }: Problem): string {
  return `! ${text} (at byte ${offset})`;
}
