import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { payloadBytes } from "../../../src/arbitraries/index.ts";

function smallest(holds: (bytes: Uint8Array) => boolean): number[] {
  return [...fc.check(fc.property(payloadBytes(40, 2), holds), { seed: 1 }).counterexample![0]];
}

describe("payloadBytes", () => {
  it("have every length from the least to the most, and every value", () => {
    const sample = fc.sample(payloadBytes(8, 2), { numRuns: 2000, seed: 1 });
    expect(new Set(sample.map(({ length }) => length))).toEqual(new Set([2, 3, 4, 5, 6, 7, 8]));
    expect(new Set(sample.flatMap((bytes) => [...bytes])).size).toBe(256);
    expect(Math.max(...fc.sample(payloadBytes(), { numRuns: 500, seed: 1 }).map(({ length }) => length))).toBe(64);
  });

  it("shrink to fewer bytes, and these to zeroes but for what is at fault", () => {
    expect(smallest(() => false)).toEqual([0, 0]);
    expect(smallest(({ length }) => length < 7)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    const found = smallest((bytes) => bytes.every((byte) => byte < 128));
    expect(found.filter((byte) => byte !== 0).length).toBe(1);
    expect(Math.max(...found)).toBeGreaterThanOrEqual(128);
  });

  it("shrink what a test gives them, too", () => {
    const given = fc.property(payloadBytes(), ({ length }) => length < 3);
    const { counterexample } = fc.check(given, { examples: [[Uint8Array.of(1, 2, 3, 4, 5)]] });
    expect([...counterexample![0]]).toEqual([0, 0, 0]);
  });
});
