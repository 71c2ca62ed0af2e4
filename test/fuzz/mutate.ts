/** Mutations: what becomes of bytes that once were sound. All are pure, and take their choices from a Random. */

import { dissect, fixChecksums } from "../../src/wire/index.ts";
import type { Random } from "./random.ts";

/** Longer inputs cost time and find nothing more. */
const FRAME_LIMIT = 600;
const LENGTH_LIMIT = 4_096;

/** Numbers at which code goes wrong. */
const EDGES: readonly number[] = [
  ...[0, 1, 2, 3, 4, 5, 7, 8, 14, 15, 16, 19, 20, 21, 28, 40, 60, 63, 64, 0x7f, 0x80, 0xfe, 0xff, 0x100],
  ...[0x5dc, 0x5dd, 0x600, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x1_0000, 0xff_ffff, 0x0100_0000],
  ...[0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_fffe, 0xffff_ffff],
];

/** Where a frame has a number that others are measured by. */
interface NumberPlace {
  readonly offset: number;
  readonly length: number;
  /** Bits of its bytes that belong to it. */
  readonly mask: number;
  /** What it counts in. */
  readonly unit: number;
}

/** A frame with something wrong, or with another one's parts. */
export function mutateFrame(random: Random, bytes: Uint8Array, other: Uint8Array, linkType: number): Uint8Array {
  let mutated = bytes.slice(0, FRAME_LIMIT);
  try {
    for (let left = 1 + random.below(3); left > 0; left--) {
      const mutate = random.pick(FRAME_MUTATIONS);
      mutated = mutate(random, mutated, other, linkType).slice(0, FRAME_LIMIT);
    }
    // Behind a wrong checksum the datapath looks at nothing.
    if (random.oneIn(2)) fixChecksums(new DataView(mutated.buffer), 0, mutated.length, linkType);
  } catch {
    // What is to be tried throws here already: the frame as it is now shows it.
  }
  return mutated;
}

/** Any bytes with something wrong: `width` is that of the numbers to lie about, in bytes. */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array, width: number): Uint8Array {
  let mutated = bytes.slice(0, LENGTH_LIMIT);
  for (let left = 1 + random.below(4); left > 0; left--) {
    mutated = random.pick(BYTE_MUTATIONS)(random, mutated, other, width).slice(0, LENGTH_LIMIT);
  }
  return mutated;
}

type Mutation = (random: Random, bytes: Uint8Array, other: Uint8Array, parameter: number) => Uint8Array;

const flipBits: Mutation = (random, bytes) => {
  const mutated = bytes.slice();
  for (let left = 1 + random.below(8); left > 0 && bytes.length > 0; left--) {
    mutated[random.below(bytes.length)]! ^= 1 << random.below(8);
  }
  return mutated;
};

const setByte: Mutation = (random, bytes) => {
  const mutated = bytes.slice();
  if (bytes.length > 0) mutated[random.below(bytes.length)] = random.pick(EDGES);
  return mutated;
};

const cut: Mutation = (random, bytes) => bytes.slice(0, random.below(bytes.length + 1));

const insert: Mutation = (random, bytes) => {
  const at = random.below(bytes.length + 1);
  const inserted = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
  return joined(bytes.subarray(0, at), inserted, bytes.subarray(at));
};

const remove: Mutation = (random, bytes) => {
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(32)));
};

/** A stretch that follows itself again and again: headers within headers. */
const repeat: Mutation = (random, bytes) => {
  const from = random.below(bytes.length + 1);
  const to = from + random.below(Math.min(bytes.length - from, 64) + 1);
  const stretch = Array.from({ length: random.below(random.oneIn(4) ? 100 : 4) }, () => bytes.subarray(from, to));
  return joined(bytes.subarray(0, to), ...stretch, bytes.subarray(to));
};

/** The head of one and the tail of another, cut at places that both were made to have, or anywhere. */
const splice: Mutation = (random, bytes, other) =>
  joined(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)));

const spliceLayers: Mutation = (random, bytes, other, linkType) => {
  const [head, tail] = [layerOffsets(bytes, linkType), layerOffsets(other, linkType)];
  return joined(bytes.subarray(0, random.pick(head)), other.subarray(random.pick(tail)));
};

/** A length, or what else others are measured by, that lies. */
const lie: Mutation = (random, bytes, _other, linkType) => {
  const places = lengthPlaces(bytes, linkType);
  const mutated = bytes.slice();
  if (places.length === 0) return mutated;
  const { offset, length, mask, unit } = random.pick(places);
  const before = readNumber(mutated, offset, length);
  const edge = random.oneIn(2) ? random.pick(EDGES) : (before & mask) + random.pick([-2, -1, 1, 2, 4, 8]);
  const value = Math.floor(edge / (edge > 60 ? 1 : unit)) & mask;
  writeNumber(mutated, offset, length, (before & ~mask) | value);
  return mutated;
};

/** A number of so many bytes, in either byte order and in a place of its own width, that lies. */
const lieAnywhere: Mutation = (random, bytes, _other, width) => {
  const mutated = bytes.slice();
  if (bytes.length < width) return mutated;
  const offset = width * random.below(Math.floor(bytes.length / width));
  const stretch = mutated.subarray(offset, offset + width);
  const isLittle = random.oneIn(2);
  if (isLittle) stretch.reverse();
  const value = random.oneIn(2) ? random.pick(EDGES) : readNumber(stretch, 0, width) + random.pick([-4, -1, 1, 4]);
  writeNumber(stretch, 0, width, value);
  if (isLittle) stretch.reverse();
  return mutated;
};

const FRAME_MUTATIONS: readonly Mutation[] = [
  ...[flipBits, flipBits, setByte, cut, insert, remove, repeat, splice, spliceLayers, spliceLayers, lie, lie, lie],
  (random, bytes, other) => lieAnywhere(random, bytes, other, 2),
];
const BYTE_MUTATIONS: readonly Mutation[] = [flipBits, setByte, cut, insert, remove, repeat, splice, lieAnywhere];

function layerOffsets(bytes: Uint8Array, linkType: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return [...dissect(view, 0, bytes.length, bytes.length, linkType).layers.map(({ offset }) => offset), bytes.length];
}

const MEASURES = /(length|Length|fragmentOffset|etherType|protocol|\.type|flags|pointer|Pointer)$/;

function lengthPlaces(bytes: Uint8Array, linkType: number): NumberPlace[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { layers } = dissect(view, 0, bytes.length, bytes.length, linkType);
  return layers.flatMap(({ fields }) =>
    fields.flatMap(({ name, offset, length }) => {
      // An option's second byte is its length.
      if (/\.option\./.test(name)) return length < 2 ? [] : [{ offset: offset + 1, length: 1, mask: 0xff, unit: 1 }];
      if (!MEASURES.test(name) || length > 2) return [];
      if (name === "ipv4.headerLength") return [{ offset, length, mask: 0x0f, unit: 4 }];
      if (name === "tcp.headerLength") return [{ offset, length, mask: 0xf0, unit: 1 }];
      return [{ offset, length, mask: length === 1 ? 0xff : 0xffff, unit: 1 }];
    }),
  );
}

/** Big endian. */
function readNumber(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let index = 0; index < length; index++) value = value * 256 + bytes[offset + index]!;
  return value;
}

function writeNumber(bytes: Uint8Array, offset: number, length: number, value: number): void {
  for (let index = 0; index < length; index++) bytes[offset + length - 1 - index] = Math.floor(value / 256 ** index);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
