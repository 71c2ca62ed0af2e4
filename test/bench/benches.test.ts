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

describe("what a bench says that it varies", () => {
  const sizes = ["128", "256"].map((name) => findFrameSize(name)!);
  const changes: Required<BenchOptions> = { frameSizes: sizes, flows: [7], routes: [70], macs: [77] };

  it.each(Object.entries(BENCHES))("is what makes %s's cases others", (_name, { cases, varies }) => {
    const told = (options: BenchOptions): string =>
      JSON.stringify(cases(options).map(({ name, frameSize }) => [name, frameSize]));
    const found = Object.entries(changes).filter(
      ([option, values]) => told({ ...SMALL, [option]: values }) !== told(SMALL),
    );
    expect(found.map(([option]) => option)).toEqual(
      Object.keys(changes).filter((option) => varies.some((varied) => varied === option)),
    );
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
