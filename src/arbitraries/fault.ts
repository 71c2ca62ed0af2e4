/** Wrong values for fields of a frame: each function here makes one that finds them. */
import type { Frame } from "./frame.ts";
import type { Layer } from "./frame-layer.ts";
import { checksumOffset } from "./seal-frame.ts";

/** A field of a layer, and the wrong value that it gets. */
export interface Fault {
  /** Position in the frame, in bytes. */
  readonly offset: number;
  /** 1, 2 or 3 bytes. */
  readonly length: number;
  readonly value: number;
}

/** Finds one of many wrong values, by a number, 0 giving the plainest; undefined where a layer has none. */
export type FindFault = (frame: Frame, layer: Layer, variant: number) => Fault | undefined;

/** Any value from `first` to `last` but the one that is there. */
export function another(place: number, length: number, first: number, last: number): FindFault {
  return (frame, layer, variant) => {
    const right = readField(frame.bytes, layer.offset + place, length);
    return faultAt(layer, place, length, otherThan(right, first, last, variant));
  };
}

/** One of these values. */
export function oneOf(place: number, length: number, values: readonly number[]): FindFault {
  return (_frame, layer, variant) => faultAt(layer, place, length, values[variant % values.length]);
}

/** Some of the bits of a mask, which are zero, set. */
export function bitsSet(place: number, length: number, mask: number): FindFault {
  return (frame, layer, variant) => {
    const right = readField(frame.bytes, layer.offset + place, length);
    const set = (1 + (variant % mask)) & mask || mask & -mask;
    return faultAt(layer, place, length, right | set);
  };
}

/** All the bits of a mask set. */
export function allBits(place: number, length: number, mask: number): FindFault {
  return (frame, layer) => {
    const right = readField(frame.bytes, layer.offset + place, length);
    return faultAt(layer, place, length, (right & mask) === mask ? undefined : right | mask);
  };
}

/** These bits of a byte as given, the others as they are. */
export function withBits(place: number, mask: number, values: readonly number[]): FindFault {
  return (frame, layer, variant) => {
    const rest = readField(frame.bytes, layer.offset + place, 1) & ~mask;
    return faultAt(layer, place, 1, rest | values[variant % values.length]!);
  };
}

/** A checksum that is neither form of the right one (0x0000 and 0xffff are equal in one's complement). */
export function wrongChecksum(frame: Frame, layer: Layer, variant: number): Fault | undefined {
  const offset = checksumOffset(layer);
  if (offset < 0) return undefined;
  const value = ((readField(frame.bytes, offset, 2) % 0xffff) + 1 + (variant % 0xfffe)) % 0xffff;
  // UDP's 0 says that there is none.
  return { offset, length: 2, value: value === 0 && layer.protocol === "udp" ? 0xffff : value };
}

/** A count of bytes, in two, beyond those that there are for the layer. */
export function lengthBeyond(place: number): FindFault {
  return (frame, layer, variant) => {
    const there = roomOf(frame, layer);
    return faultAt(layer, place, 2, otherThan(there, there, 0xffff, variant));
  };
}

/** A count of bytes, in two, below the header's own length. */
export function lengthBelowHeader(place: number): FindFault {
  return (_frame, layer, variant) => faultAt(layer, place, 2, variant % layer.length);
}

/** A header length in words, in four bits of a byte from `shift` on, beyond what there is for the layer. */
export function wordsBeyond(place: number, shift: number): FindFault {
  return (frame, layer, variant) => {
    const least = Math.floor(roomOf(frame, layer) / 4) + 1;
    const value = otherThan(-1, least, 15, variant);
    return value === undefined ? undefined : withBits(place, 0x0f << shift, [value << shift])(frame, layer, 0);
  };
}

/** An 802.3 length beyond the frame: it stands where others have the EtherType. */
export function frameLengthBeyond(frame: Frame, layer: Layer, variant: number): Fault | undefined {
  const [place, headerLength, longest, leastEtherType] = [12, 14, 1500, 0x0600];
  if (readField(frame.bytes, layer.offset + place, 2) >= leastEtherType) return undefined;
  const there = layer.end - layer.offset - headerLength;
  return faultAt(layer, place, 2, otherThan(there, there, longest, variant));
}

/** The length of an option of IPv4 or TCP: less than the two bytes that it counts, or beyond the header. */
export function optionLength(frame: Frame, layer: Layer, variant: number): Fault | undefined {
  const [endOfList, noOperation, optionsOffset] = [0, 1, 20];
  const end = layer.offset + layer.length;
  let position = layer.offset + optionsOffset;
  while (position < end && frame.bytes[position] === noOperation) position++;
  if (position + 1 >= end || frame.bytes[position] === endOfList) return undefined;
  const wrong = [0, 1, end - position + 1, 0xff];
  return { offset: position + 1, length: 1, value: wrong[variant % wrong.length]! };
}

/** The unsigned number that stands in `length` bytes. */
export function readField(bytes: Uint8Array, offset: number, length: number): number {
  return bytes.subarray(offset, offset + length).reduce((value, byte) => value * 256 + byte, 0);
}

/** Writes a fault's value. */
export function writeField(bytes: Uint8Array, { offset, length, value }: Fault): void {
  for (let index = 0; index < length; index++) bytes[offset + index] = value >>> (8 * (length - 1 - index));
}

function faultAt(layer: Layer, place: number, length: number, value: number | undefined): Fault | undefined {
  return value === undefined ? undefined : { offset: layer.offset + place, length, value };
}

/** The values from `first` to `last` without the right one, by a number; undefined where none is left. */
function otherThan(right: number, first: number, last: number, variant: number): number | undefined {
  const isRightAmong = right >= first && right <= last;
  const count = last - first + (isRightAmong ? 0 : 1);
  if (count <= 0) return undefined;
  const value = first + (variant % count);
  return isRightAmong && value >= right ? value + 1 : value;
}

/** Bytes that there are for a layer: to the end of what carries it, Ethernet's padding included. */
function roomOf(frame: Frame, layer: Layer): number {
  let index = frame.layers.indexOf(layer) - 1;
  while (frame.layers[index]?.protocol === "vlan") index--;
  return (frame.layers[index]?.end ?? layer.end) - layer.offset;
}
