/** Every bench does one round, and what comes out is right: short, and without a clock. */
import { describe, expect, it } from "vitest";
import type { BenchOptions } from "../../bench/bench.ts";
import { BENCHES } from "../../bench/benches.ts";
import { indexedWorkload } from "../../bench/indexed-workload.ts";
import { findFrameSize } from "../../src/workload/index.ts";

/** Small tables: filling those of a million entries is not what is tested. */
const SMALL: BenchOptions = {
  frameSizes: [findFrameSize("IMIX")!],
  flows: [300],
  routes: [2000],
  macs: [1024],
};

const cases = Object.entries(BENCHES).flatMap(([bench, { cases }]) =>
  cases(SMALL).map((found) => [bench, found.name, found] as const),
);

describe("every bench", () => {
  it("starts with no work, and has something to compare it with", () => {
    for (const { cases } of Object.values(BENCHES)) {
      const names = cases(SMALL).map(({ name }) => name);
      expect(names[0]).toBe("no work");
      expect(names.length).toBeGreaterThan(1);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it.each(cases)("%s, %s: one round, and the output is right", (_bench, _name, { create }) => {
    const workload = create();
    workload.round();
    workload.verify();
    expect(workload.operationsPerRound).toBe(256);
  });
});

describe("a bench of a table", () => {
  it("finds a result that is wrong", () => {
    const run = (first: number, end: number): number => end - first - (first === 512 ? 1 : 0);
    const workload = indexedWorkload({ name: "miscounting", count: 1024, run, expected: () => 1024 });
    workload.round();
    expect(() => workload.verify()).toThrow("miscounting: expected results that add up to 1024, found 1023");
  });
});
