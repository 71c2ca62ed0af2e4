import { describe, expect, it } from "vitest";
import { allocatedBytes } from "../../../src/cli/allocation.ts";
import type { Workload } from "../../../src/workload/index.ts";

/** 256 operations a round, of which the first `count` call `allocate`. */
function allocating(count: number, allocate: () => object): Workload {
  let kept: object = {};
  return {
    name: "allocating",
    operationsPerRound: 256,
    frameLength: 0,
    round: () => {
      for (let i = 0; i < count; i++) kept = allocate();
    },
    verify: () => expect(kept).toBeDefined(),
  };
}

describe("allocated bytes an operation", () => {
  it("are 0 for work that allocates nothing", () => {
    expect(allocatedBytes(allocating(0, () => ({})))).toBe(0);
  });

  it("are an object's, garbage though it is", () => {
    // Map, properties and elements, and two fields: 5 words of 8 bytes.
    const bytes = allocatedBytes(allocating(256, () => ({ a: 1, b: 2 })));
    expect(bytes).toBeGreaterThan(24);
    expect(bytes).toBeLessThan(80);
  });

  it("show when one operation in 256 allocates", () => {
    const bytes = allocatedBytes(allocating(1, () => [1, 2, 3, 4]));
    expect(bytes).toBeGreaterThan(0.05);
    expect(bytes).toBeLessThan(2);
  });

  it("are an array buffer's object, whatever it holds", () => {
    const bytes = allocatedBytes(allocating(256, () => new Uint8Array(1000)));
    expect(bytes).toBeGreaterThan(60);
    expect(bytes).toBeLessThan(1000);
  });
});
