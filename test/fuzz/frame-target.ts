/** What must hold for a frame of any bytes, by whatever looks at it. */

import {
  AddressMapper,
  compileFilter,
  describePacket,
  dissect,
  type Dissection,
  encodeFrame,
  fixChecksums,
  FrameColumns,
  frameDump,
  frameTree,
  jsonLayers,
  stripVxlan,
} from "../../src/wire/index.ts";
import { FILTERS } from "./filter-target.ts";
import { type Input, require, step } from "./input.ts";
import { walkCodecs } from "./walk-codecs.ts";

const ETHERNET = 1;
const BEFORE = 64;
const BEHIND = 512;

/** Bytes around a frame: one neighbour full of what looks like IPv4 headers, one of noise. */
const NEIGHBOURS: readonly ((position: number) => number)[] = [
  () => 0x45,
  (position) => (Math.imul(position + 7, 0x9e37_79b1) >>> 13) & 0xff,
];

const filters = FILTERS.map((text) => compileFilter(text));
const rows = new FrameColumns();
const mapper = new AddressMapper({
  ipv4: (address) => (address ^ 0x5a5a_1234) >>> 0,
  mac: (mac) => 2 ** 48 - 1 - mac,
});

/** A frame in memory of its own, or between others. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offset: number;
  readonly end: number;
}

/**
 * Tries a frame between two kinds of neighbours and alone in its memory: what is found must be the same, or something
 * beside the frame was read.
 *
 * @throws StepFailure
 */
export function tryFrame(input: Input): void {
  step("the forms of a dissection", () => tryForms(input));
  tryPlaces(input, look);
}

/** What is found of a frame, by the name of who finds it; each call of `place` places the frame anew. */
export type Look = (input: Input, place: () => Place) => ReadonlyMap<string, string>;

/** @throws StepFailure when what is found depends on what stands beside the frame */
export function tryPlaces(input: Input, look: Look): void {
  const { bytes } = input;
  const alone = look(input, () => placeAlone(bytes));
  for (const neighbour of NEIGHBOURS) {
    const between = look(input, () => placeBetween(bytes, neighbour));
    for (const [name, found] of between) {
      step(name, () => require(found === alone.get(name), "reads what stands beside the frame"));
    }
  }
}

/** What is made of a dissection, which sees no more of the bytes. */
function tryForms({ bytes, missing, linkType }: Input): void {
  const { view, end } = placeAlone(bytes);
  const dissection = dissect(view, 0, end, end + missing, linkType);
  requireOrder(dissection, end);
  step("frameTree", () => printable(frameTree(dissection)));
  step("frameDump", () => printable(frameDump(bytes, dissection)));
  step("encodeFrame", () => require(areEqual(encodeFrame(dissection), bytes), "does not give the frame's bytes back"));
}

function placeAlone(bytes: Uint8Array): Place {
  const copy = bytes.slice();
  return { bytes: copy, view: new DataView(copy.buffer), offset: 0, end: copy.length };
}

function placeBetween(frame: Uint8Array, neighbour: (position: number) => number): Place {
  const end = BEFORE + frame.length;
  const bytes = new Uint8Array(end + BEHIND);
  for (let position = 0; position < BEFORE; position++) bytes[position] = neighbour(position);
  for (let position = end; position < bytes.length; position++) bytes[position] = neighbour(position);
  bytes.set(frame, BEFORE);
  return { bytes, view: new DataView(bytes.buffer), offset: BEFORE, end };
}

/** What is found by each that looks, and by each that writes. */
function look(input: Input, place: () => Place): Map<string, string> {
  const found = new Map<string, string>();
  const from = place();
  const before = from.bytes.slice();
  lookOnly(input, from, found);
  step("what only looks", () => require(areEqual(from.bytes, before), "changes bytes"));
  found.set(
    "fixChecksums",
    step("fixChecksums", () => fixed(input, place())),
  );
  found.set(
    "AddressMapper",
    step("AddressMapper", () => mapped(input, place())),
  );
  return found;
}

function lookOnly({ linkType, missing }: Input, place: Place, found: Map<string, string>): void {
  const { view, offset, end } = place;
  const originalLength = end - offset + missing;
  const note = (name: string, run: () => string): void => void found.set(name, step(name, run));
  const dissection = step("dissect", () => dissect(view, offset, end, originalLength, linkType));
  note("dissect", () => JSON.stringify(jsonLayers(dissection)));
  note("describePacket", () => printable(describePacket(view, offset, end, linkType)));
  note("FrameColumns", () => columns(place, originalLength, linkType));
  if (linkType !== ETHERNET) return;
  note("codecs", () => walkCodecs(view, offset, end));
  note("compileFilter", () => filters.map((filter) => Number(filter(view, offset, end))).join(""));
  note("stripVxlan", () => inside(stripVxlan(view, offset, end) - offset, end - offset));
}

/** The layers lie side by side and cover the frame; fields and problems stand where their layers are. */
function requireOrder({ layers }: Dissection, length: number): void {
  let end = 0;
  for (const layer of layers) {
    require(layer.offset === end, `${layer.protocol} begins at ${layer.offset}, the layer before ends at ${end}`);
    end += layer.length;
    for (const field of layer.fields) {
      const isInside = field.offset >= layer.offset && field.offset + field.length <= end;
      require(isInside, `${field.name} is not within its layer`);
    }
    for (const { offset, text } of layer.problems) require(offset >= 0 && offset <= length, `"${text}" is not within`);
  }
  require(end === length, `the layers have ${end} bytes of ${length}`);
}

function columns({ view, offset, end }: Place, originalLength: number, linkType: number): string {
  rows.writeRow({ number: 1, seconds: 0, nanoseconds: 0, view, offset, end, originalLength, linkType });
  const row = rows.take();
  require(row.indexOf(0x0a) === row.length - 1, "writes more or less than one line");
  return String.fromCharCode(...row);
}

/** A frame with its checksums fixed has nothing to fix. */
function fixed({ linkType }: Input, place: Place): string {
  const { bytes, view, offset, end } = place;
  const around = beside(place);
  fixChecksums(view, offset, end, linkType);
  const once = bytes.slice(offset, end);
  fixChecksums(view, offset, end, linkType);
  require(areEqual(bytes.subarray(offset, end), once), "finds something to fix in what it has fixed");
  require(beside(place) === around, "writes beside the frame");
  return hex(once);
}

function mapped({ linkType }: Input, place: Place): string {
  const around = beside(place);
  const isMapped = mapper.mapPacket(place.view, place.offset, place.end, linkType);
  require(beside(place) === around, "writes beside the frame");
  return `${isMapped} ${hex(place.bytes.subarray(place.offset, place.end))}`;
}

function beside({ bytes, offset, end }: Place): string {
  return `${hex(bytes.subarray(0, offset))} ${hex(bytes.subarray(end))}`;
}

function inside(position: number, length: number): string {
  require(position >= 0 && position <= length, `leads to ${position} in ${length} bytes`);
  return String(position);
}

function printable(text: string): string {
  require(/^[\x20-\x7e\n]*$/.test(text), "gives text that is not printable ASCII");
  return text;
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
