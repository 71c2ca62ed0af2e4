import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolutionOfUnits, TimeUnits, unitsOfResolution } from "../../../src/capture/time-units.ts";

/** What a count of 64 bits stands for. */
function read(units: number, count: bigint, offset = 0): [seconds: number, nanoseconds: number] {
  const time = new TimeUnits(units, offset);
  expect(time.read(Number(count >> 32n), Number(count & 0xffff_ffffn))).toBe(true);
  return [time.seconds, time.nanoseconds];
}

/** The count that stands for a time. */
function count(units: number, seconds: number, nanoseconds: number, offset = 0): bigint {
  const time = new TimeUnits(units, offset);
  time.count(seconds, nanoseconds);
  return (BigInt(time.high) << 32n) + BigInt(time.low);
}

describe("if_tsresol (section 4.2)", () => {
  it.each([
    [0, 1],
    [6, 1e6],
    [9, 1e9],
    [127, 1e127],
    // The draft's example: 0x8a is 2^-10 seconds.
    [0x8a, 1_024],
    [0x80 + 32, 2 ** 32],
    [0xff, 2 ** 127],
  ])("%i is so many units a second, and back", (resolution, units) => {
    expect(unitsOfResolution(resolution)).toBe(units);
    expect(resolutionOfUnits(units)).toBe(resolution);
  });

  it("has no other units", () => {
    expect([0, -1, 3, 1e6 + 1, 0.1, 1e128, 2 ** 128, NaN, Infinity].map(resolutionOfUnits)).toEqual(
      new Array(9).fill(-1),
    );
    expect(() => new TimeUnits(60, 0)).toThrow(
      new RangeError("expected units a second to be a power of 10 or 2, found 60"),
    );
  });

  it("has one number for 1, which is both powers' first", () => {
    expect(unitsOfResolution(0x80)).toBe(1);
    expect(resolutionOfUnits(1)).toBe(0);
  });
});

describe("times", () => {
  it.each([
    [1e6, 0n, 0, 0],
    [1e6, 1_700_000_000_999_999n, 1_700_000_000, 999_999_000],
    [1e6, 2n ** 64n - 1n, 18_446_744_073_709, 551_615_000],
    [1e6, 2n ** 53n, 9_007_199_254, 740_992_000],
    [1e9, 1_700_000_000_123_456_789n, 1_700_000_000, 123_456_789],
    [1e9, 2n ** 64n - 1n, 18_446_744_073, 709_551_615],
    [1, 0xffff_ffffn, 0xffff_ffff, 0],
    [1_024, 1_025n, 1, 976_562],
    [2 ** 32, (5n << 32n) + 0x8000_0000n, 5, 500_000_000],
    [1e12, 1_999_999_999_999n, 1, 999_999_999],
    [1e127, 2n ** 64n - 1n, 0, 0],
  ])("in 1/%f s: %i", (units, value, seconds, nanoseconds) => {
    expect(read(units, value)).toEqual([seconds, nanoseconds]);
  });

  it("have the offset added, which may be negative", () => {
    expect(read(1e6, 1_500_000n, 1_700_000_000)).toEqual([1_700_000_001, 500_000_000]);
    expect(read(1e9, 1_500_000_000n, -3)).toEqual([-2, 500_000_000]);
    expect(count(1e6, 1_700_000_001, 500_000_000, 1_700_000_000)).toBe(1_500_000n);
    expect(count(1e9, -2, 500_000_000, -3)).toBe(1_500_000_000n);
  });

  it("beyond 2^53 seconds are refused", () => {
    expect(new TimeUnits(1, 0).read(2 ** 21, 0)).toBe(false);
    expect(new TimeUnits(1, -1).read(2 ** 21, 0)).toBe(true);
    expect(new TimeUnits(1e6, Number.MAX_SAFE_INTEGER).read(0, 1_000_000)).toBe(false);
  });

  it("that 64 bits do not hold are refused", () => {
    expect(count(1e9, 18_446_744_073, 709_551_615)).toBe(2n ** 64n - 1n);
    const beyond =
      (units: number, seconds: number, nanoseconds: number, offset = 0) =>
      () =>
        count(units, seconds, nanoseconds, offset);
    expect(beyond(1e9, 18_446_744_073, 709_551_616)).toThrow(
      new RangeError("expected a time that 64 bits hold, found 18446744073 s"),
    );
    expect(beyond(1e9, 18_446_744_074, 0)).toThrow(RangeError);
    expect(beyond(1e6, 18_446_744_073_710, 0)).toThrow(RangeError);
    expect(beyond(1e6, -1, 0)).toThrow(new RangeError("expected a time that 64 bits hold, found -1 s"));
    expect(beyond(1e6, 4, 999_999_999, 5)).toThrow(
      new RangeError("expected a time that 64 bits hold from 5 s on, found 4 s"),
    );
  });

  it("that are finer than decimal units are cut", () => {
    expect(count(1e6, 1, 999_999_999)).toBe(1_999_999n);
    expect(count(1e3, 1, 999_999_999)).toBe(1_999n);
    expect(count(1, 1, 999_999_999)).toBe(1n);
  });

  const UNITS = [1, 10, 1e3, 1e5, 1e6, 1e7, 1e8, 1e9, 2, 2 ** 10, 2 ** 20, 2 ** 29, 2 ** 30];

  it("of any count come back to it, where nanoseconds tell them apart", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...UNITS.slice(0, -1)),
        fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
        (units, value) => {
          expect(count(units, ...read(units, value))).toBe(value);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("in any units are the same when they are counted and read again", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...UNITS, 1e12, 2 ** 40),
        fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
        (units, value) => {
          const time = read(units, value);
          expect(read(units, count(units, ...time))).toEqual(time);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("are the same whatever was read before", () => {
    const start = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });
    const steps = fc.array(fc.integer({ min: -3_000_000, max: 3_000_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.constantFrom(...UNITS, 1e12),
        start,
        steps,
        fc.constantFrom(0, -7),
        (units, first, list, offset) => {
          const time = new TimeUnits(units, offset);
          let value = first;
          for (const step of list) {
            // Steps within a second, and beyond it.
            value += BigInt(Math.round((step / 1e6) * Math.min(units, 1e9)));
            if (value < 0n) return;
            if (!time.read(Number(value >> 32n), Number(value & 0xffff_ffffn))) return;
            expect([time.seconds, time.nanoseconds]).toEqual(read(units, value, offset));
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("are those that exact arithmetic gives", () => {
    fc.assert(
      fc.property(fc.constantFrom(1e6, 1e9), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (units, value) => {
        const whole = value / BigInt(units);
        const part = ((value % BigInt(units)) * 1_000_000_000n) / BigInt(units);
        expect(read(units, value)).toEqual([Number(whole), Number(part)]);
        expect(count(units, Number(whole), Number(part))).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });
});
