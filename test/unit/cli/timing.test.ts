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

/** A clock that stands still but for the rounds of a workload: the round that starts at `time` takes so long. */
function simulated(roundTime: (time: number) => number): { workload: Workload; now: () => number } {
  let time = 0;
  const round = (): void => {
    time += roundTime(time);
  };
  const workload = { name: "simulated", operationsPerRound: 1, frameLength: 0, round, verify: () => undefined };
  return { workload, now: () => time };
}

describe("warming up", () => {
  it("takes 0.2 s when the rate is steady from the start", () => {
    const { workload, now } = simulated(() => 1);
    expect(warmUp(workload, 1, now)).toBe(50);
    expect(now()).toBe(200);
  });

  it("goes on while windows become faster, and gives the rate of the last", () => {
    // Twice as fast in each of seven windows: after 350 ms it is steady, and two windows have to show it.
    const { workload, now } = simulated((time) => 2 ** -Math.min(Math.floor(time / 50), 7));
    expect(warmUp(workload, 0.1, now)).toBe(100 / 100 / 2 ** -7);
    expect(now()).toBeGreaterThanOrEqual(500);
    expect(now()).toBeLessThan(501);
  });

  it("needs two steady windows in a row", () => {
    // Compiled twice: after 150 ms, and with one steady window between, after 250 ms.
    const { workload, now } = simulated((time) => (time < 150 ? 1 : time < 250 ? 0.5 : 0.25));
    warmUp(workload, 1, now);
    expect(now()).toBe(400);
  });

  it("bears a gain of a tenth, and windows that are slower", () => {
    const gaining = simulated((time) => 1.05 ** -Math.floor(time / 50));
    warmUp(gaining.workload, 1, gaining.now);
    expect(gaining.now()).toBeLessThan(205);
    const slowing = simulated((time) => 1 + Math.floor(time / 50));
    warmUp(slowing.workload, 1, slowing.now);
    expect(slowing.now()).toBeLessThan(220);
  });

  it("ends after 1.5 s however fast the rate grows", () => {
    const { workload, now } = simulated((time) => 1.2 ** -Math.floor(time / 50));
    warmUp(workload, 1, now);
    expect(now()).toBeGreaterThanOrEqual(1500);
    expect(now()).toBeLessThan(1551);
  });
});

describe("timing", () => {
  it("gives nanoseconds an operation", () => {
    expect(nanosecondsPerOperation(waiting(0), 4, 2)).toBe(50_000);
    const samples = timeRounds(waiting(0.1), 0.1);
    // Ten operations take 100 us: each 10 us, or more where somebody else has the processor.
    expect(Math.min(...samples)).toBeGreaterThan(9_900);
    expect(Math.min(...samples)).toBeLessThan(40_000);
  });

  it("takes at least twenty samples, however short the time", () => {
    expect(timeRounds(waiting(5), 0.001)).toHaveLength(20);
    expect(timeRounds(waiting(0.01), 0.001).length).toBeGreaterThanOrEqual(20);
  });

  it("makes fewer rounds a sample of slow ones, so that there are enough samples", () => {
    expect(warmUp(waiting(1), 0.2)).toBeLessThanOrEqual(10);
    expect(warmUp(waiting(100), 0.2)).toBe(1);
  });

  it("makes at least a hundred rounds a sample of fast ones", () => {
    expect(warmUp(waiting(0), 1)).toBeGreaterThanOrEqual(100);
  });
});
