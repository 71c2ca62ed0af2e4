/** Times a workload in samples of many rounds each. */
import type { Workload } from "../workload/index.ts";

/** Seconds for V8 to find out what is hot, and to compile it. */
const WARM_UP = 0.2;

/** Rounds of a sample: enough for the clock's grain and the round's own ups and downs not to show. */
const ROUNDS = 100;

/** Samples, at least and at most: enough for quartiles, and no more than a file should hold. */
const SAMPLES_AT_LEAST = 20;
const SAMPLES_AT_MOST = 100;

/** Nanoseconds an operation, sample by sample, over about `seconds`. */
export function timeRounds(workload: Workload, seconds: number): number[] {
  const rounds = warmUp(workload, seconds);
  const samples: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (samples.length === 0 || performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) workload.round();
    samples.push(nanosecondsPerOperation(workload, rounds, performance.now() - start));
  }
  return samples;
}

/** Brings a workload to its speed. Returns how many rounds make a sample. */
export function warmUp(workload: Workload, seconds: number): number {
  const milliseconds = millisecondsPerRound(workload, WARM_UP);
  const budget = seconds * 1000;
  const rounds = Math.max(ROUNDS, budget / SAMPLES_AT_MOST / milliseconds);
  return Math.max(1, Math.floor(Math.min(rounds, budget / SAMPLES_AT_LEAST / milliseconds)));
}

/** Of the second half of so many seconds: the first is when V8 compiles. */
function millisecondsPerRound(workload: Workload, seconds: number): number {
  runFor(workload, seconds / 2);
  return runFor(workload, seconds / 2);
}

function runFor(workload: Workload, seconds: number): number {
  const start = performance.now();
  let rounds = 0;
  do {
    workload.round();
    rounds++;
  } while (performance.now() - start < seconds * 1000);
  return (performance.now() - start) / rounds;
}

export function nanosecondsPerOperation(workload: Workload, rounds: number, milliseconds: number): number {
  return (milliseconds * 1e6) / (rounds * workload.operationsPerRound);
}
