/**
 * Checks of what the capture writers are given. A capture is read long after it was written, by other
 * programs: a wrong value has to fail here, where its origin is still on the stack.
 */

import type { ByteSink } from "./sink.ts";

/** The largest value of an unsigned 32-bit field. */
export const MAX_UINT32 = 0xffff_ffff;

/** @throws TypeError unless `sink` has a `write` method */
export function requireSink(sink: ByteSink): void {
  if (typeof sink?.write === "function") return;
  throw new TypeError(`expected a sink with a write method, found ${describeValue(sink)}`);
}

/**
 * @throws TypeError when `value` is no number
 * @throws RangeError when it is no integer from `minimum` to `maximum`
 */
export function requireInteger(name: string, value: number, minimum: number, maximum: number): void {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
  const expected = `expected ${name} to be an integer from ${minimum} to ${maximum}`;
  if (typeof value !== "number") throw new TypeError(`${expected}, found ${describeValue(value)}`);
  throw new RangeError(`${expected}, found ${value}`);
}

/** The same for a number that may be left out. */
export function requireOptionalInteger(
  name: string,
  value: number | undefined,
  minimum: number,
  maximum: number,
): void {
  if (value !== undefined) requireInteger(name, value, minimum, maximum);
}

/**
 * A time in nanoseconds. Fractions are let through: they fall away when it is written.
 *
 * @throws TypeError when `time` is no number
 * @throws RangeError when it is negative, or beyond what a double counts in whole nanoseconds
 */
export function requireTime(name: string, time: number): void {
  if (typeof time === "number" && time >= 0 && time <= Number.MAX_SAFE_INTEGER) return;
  const expected = `expected ${name} to be nanoseconds from 0 to 2^53 - 1`;
  if (typeof time !== "number") throw new TypeError(`${expected}, found ${describeValue(time)}`);
  throw new RangeError(`${expected}, found ${time}`);
}

/** @throws TypeError when `text` is neither left out nor a string */
export function requireText(name: string, text: string | undefined): void {
  if (text === undefined || typeof text === "string") return;
  throw new TypeError(`expected ${name} to be a string, found ${describeValue(text)}`);
}

/**
 * @throws TypeError when `name` is no string
 * @throws RangeError when it is empty, or has U+0000, at which readers end it
 */
export function requireName(what: string, name: string): void {
  const expected = `expected ${what} to be a string, not empty and without U+0000`;
  if (typeof name !== "string") throw new TypeError(`${expected}, found ${describeValue(name)}`);
  if (name === "" || name.includes("\0")) throw new RangeError(`${expected}, found ${describeValue(name)}`);
}

/**
 * The part of `bytes` that is a packet.
 *
 * @throws TypeError when `bytes` is no Uint8Array
 * @throws RangeError when `offset` and `length` are not within it
 */
export function requirePacket(bytes: Uint8Array, offset: number, length: number): void {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`expected the bytes of a packet in a Uint8Array, found ${describeValue(bytes)}`);
  }
  requireInteger("the offset of a packet", offset, 0, bytes.length);
  requireInteger("the length of a packet", length, 0, bytes.length - offset);
}

/** A value of the wrong kind, for the end of a message. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object") return value.constructor?.name ?? "an object";
  return typeof value === "function" ? "a function" : `${typeof value} ${String(value)}`;
}
