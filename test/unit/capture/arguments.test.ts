import { describe, expect, it } from "vitest";
import {
  requireInteger,
  requireName,
  requireOptionalInteger,
  requirePacket,
  requireSink,
  requireText,
  requireTime,
} from "../../../src/capture/arguments.ts";

/** A value of a type that the compiler would not let through. */
const wrong = (value: unknown): never => value as never;

describe("requireInteger", () => {
  it("takes both bounds", () => {
    requireInteger("n", 0, 0, 7);
    requireInteger("n", 7, 0, 7);
  });

  it.each([
    [-1, RangeError, "-1"],
    [8, RangeError, "8"],
    [1.5, RangeError, "1.5"],
    [NaN, RangeError, "NaN"],
    [wrong("5"), TypeError, '"5"'],
    [wrong(5n), TypeError, "bigint 5"],
    [wrong(null), TypeError, "null"],
    [wrong(undefined), TypeError, "undefined"],
    [wrong([]), TypeError, "Array"],
    [wrong(Object.create(null)), TypeError, "an object"],
    [wrong(() => 5), TypeError, "a function"],
  ])("refuses %s", (value, kind, found) => {
    const message = `expected n to be an integer from 0 to 7, found ${found}`;
    expect(() => requireInteger("n", value, 0, 7)).toThrow(new kind(message));
  });

  it("is optional on request", () => {
    requireOptionalInteger("n", undefined, 0, 7);
    expect(() => requireOptionalInteger("n", 8, 0, 7)).toThrow(RangeError);
  });
});

describe("requireTime", () => {
  it("takes fractions, and what a double counts exactly", () => {
    requireTime("time", 0);
    requireTime("time", 0.25);
    requireTime("time", Number.MAX_SAFE_INTEGER);
  });

  it.each([
    [-1, RangeError, "-1"],
    [2 ** 53, RangeError, "9007199254740992"],
    [NaN, RangeError, "NaN"],
    [wrong("1"), TypeError, '"1"'],
    [wrong(1n), TypeError, "bigint 1"],
  ])("refuses %s", (value, kind, found) => {
    const message = `expected time to be nanoseconds from 0 to 2^53 - 1, found ${found}`;
    expect(() => requireTime("time", value)).toThrow(new kind(message));
  });
});

describe("texts and names", () => {
  it("a text may be left out or empty, and is a string", () => {
    requireText("comment", undefined);
    requireText("comment", "");
    expect(() => requireText("comment", wrong(5))).toThrow(
      new TypeError("expected comment to be a string, found number 5"),
    );
  });

  it.each([
    ["", RangeError, '""'],
    ["a\0b", RangeError, '"a\\u0000b"'],
    [wrong(undefined), TypeError, "undefined"],
  ])("a name is not %j", (value, kind, found) => {
    const message = `expected the name to be a string, not empty and without U+0000, found ${found}`;
    expect(() => requireName("the name", value)).toThrow(new kind(message));
  });
});

describe("requirePacket", () => {
  const bytes = new Uint8Array(10);

  it("takes any part, and an empty one at the end", () => {
    requirePacket(bytes, 0, 10);
    requirePacket(bytes, 10, 0);
  });

  it.each([
    [11, 0, "expected the offset of a packet to be an integer from 0 to 10, found 11"],
    [-1, 1, "expected the offset of a packet to be an integer from 0 to 10, found -1"],
    [4, 7, "expected the length of a packet to be an integer from 0 to 6, found 7"],
    [4, -1, "expected the length of a packet to be an integer from 0 to 6, found -1"],
  ])("refuses offset %i and length %i of 10 bytes", (offset, length, message) => {
    expect(() => requirePacket(bytes, offset, length)).toThrow(new RangeError(message));
  });

  it("refuses what is no Uint8Array", () => {
    const message = "expected the bytes of a packet in a Uint8Array, found ArrayBuffer";
    expect(() => requirePacket(wrong(bytes.buffer), 0, 1)).toThrow(new TypeError(message));
  });
});

describe("requireSink", () => {
  it.each([undefined, null, {}, []])("refuses %j", (sink) => {
    expect(() => requireSink(wrong(sink))).toThrow(TypeError);
  });
});
