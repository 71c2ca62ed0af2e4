import { describe, expect, it } from "vitest";
import { nanosecondsPerOperation, timeRounds, warmUp } from "../../../src/cli/timing.ts";
import type { Workload } from "../../../src/workload/index.ts";

/** Rounds of ten operations that take so many milliseconds. */
function waiting(milliseconds: number): Workload & { rounds: number } {
  return {
    name: "waiting",
    operationsPerRound: 10,
    frameLength: 0,
    rounds: 0,
    round(): void {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      this.rounds++;
    },
    verify: () => undefined,
  };
}

describe("timing", () => {
  it("gives nanoseconds an operation", () => {
    expect(nanosecondsPerOperation(waiting(0), 4, 2)).toBe(50_000);
    const samples = timeRounds(waiting(0.1), 0.1);
    // Ten operations take 100 us: each 10 us, or more where somebody else has the processor.
    expect(Math.min(...samples)).toBeGreaterThan(9_900);
    expect(Math.min(...samples)).toBeLessThan(40_000);
  });

  it("makes fewer rounds a sample of slow ones, so that there are enough samples", () => {
    expect(warmUp(waiting(1), 0.2)).toBeLessThanOrEqual(10);
    expect(warmUp(waiting(1000), 0.2)).toBe(1);
  });

  it("makes at least a hundred rounds a sample of fast ones", () => {
    expect(warmUp(waiting(0), 1)).toBeGreaterThanOrEqual(100);
  });
});
