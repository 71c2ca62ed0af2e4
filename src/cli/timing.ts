/** Times a workload in samples of many rounds each. */
import type { Workload } from "../workload/index.ts";

/** Milliseconds of a window of the warm-up, and of all of them, at least and at most. */
const WARM_UP_WINDOW = 50;
const WARM_UP_AT_LEAST = 200;
const WARM_UP_AT_MOST = 1500;

/** A window that is faster by more than this than the one before shows that V8 is still at work. */
const STEADY_GAIN = 1.1;
/** So many windows in a row are steady before samples are taken. */
const STEADY_WINDOWS = 2;

/** Rounds of a sample: enough for the clock's grain and the round's own ups and downs not to show. */
const ROUNDS = 100;

/** Samples, at least and at most: enough for quartiles however short the time, and no more than a file should hold. */
export const SAMPLES_AT_LEAST: number = 20;
const SAMPLES_AT_MOST = 100;

/** Nanoseconds an operation, sample by sample, over about `seconds`, or longer until there are enough samples. */
export function timeRounds(workload: Workload, seconds: number): number[] {
  const rounds = warmUp(workload, seconds);
  const samples: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (samples.length < SAMPLES_AT_LEAST || performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) workload.round();
    samples.push(nanosecondsPerOperation(workload, rounds, performance.now() - start));
  }
  return samples;
}

/** Brings a workload to its speed. Returns how many rounds make a sample. `now`: the time in milliseconds. */
export function warmUp(workload: Workload, seconds: number, now: () => number = () => performance.now()): number {
  const milliseconds = steadyRound(workload, now);
  const budget = seconds * 1000;
  const rounds = Math.max(ROUNDS, budget / SAMPLES_AT_MOST / milliseconds);
  return Math.max(1, Math.floor(Math.min(rounds, budget / SAMPLES_AT_LEAST / milliseconds)));
}

/**
 * Runs a workload until its rate no longer grows, and returns milliseconds a round. V8 compiles a pipeline in 300 to
 * 450 ms, a small loop in 20: a time that suits both would be far too long for one.
 */
function steadyRound(workload: Workload, now: () => number): number {
  const start = now();
  let latest = roundOfWindow(workload, now);
  for (let steady = 0; now() - start < WARM_UP_AT_MOST;) {
    if (steady >= STEADY_WINDOWS && now() - start >= WARM_UP_AT_LEAST) break;
    const before = latest;
    latest = roundOfWindow(workload, now);
    steady = before <= latest * STEADY_GAIN ? steady + 1 : 0;
  }
  return latest;
}

/** Milliseconds a round over one window. */
function roundOfWindow(workload: Workload, now: () => number): number {
  const start = now();
  let rounds = 0;
  do {
    workload.round();
    rounds++;
  } while (now() - start < WARM_UP_WINDOW);
  return (now() - start) / rounds;
}

export function nanosecondsPerOperation(workload: Workload, rounds: number, milliseconds: number): number {
  return (milliseconds * 1e6) / (rounds * workload.operationsPerRound);
}
