/**
 * How many bytes of V8's heap a workload allocates an operation, garbage included. What array buffers hold lies
 * beside the heap and is freed when nobody looks, so it is not counted: their objects of some 100 bytes are.
 */
import { GCProfiler, getHeapStatistics } from "node:v8";
import { median, type Workload } from "../workload/index.ts";

/** The smallest figure that means anything: what looking itself costs, over `ROUNDS` rounds of 256 packets. */
export const ALLOCATION_RESOLUTION = 0.01;

const ROUNDS = 1000;

/** Milliseconds that a window may take, for workloads that are slow. */
const LONGEST_WINDOW = 40;

/** V8 compiles, and sweeps what it collected, at times of its own: the median of some windows is the workload's. */
const WINDOWS = 3;

/** Bytes an operation in the steady state; 0 for less than ALLOCATION_RESOLUTION. */
export function allocatedBytes(workload: Workload): number {
  const rounds = roundsOfWindow(workload);
  const run = (): void => {
    for (let i = 0; i < rounds; i++) workload.round();
  };
  growthDuring(run); // what happens the first time only
  const windows = Array.from({ length: WINDOWS }, () => growthDuring(run) - growthDuring(() => undefined));
  const bytes = median(windows) / (rounds * workload.operationsPerRound);
  return Math.abs(bytes) < ALLOCATION_RESOLUTION ? 0 : bytes;
}

function roundsOfWindow(workload: Workload): number {
  const start = performance.now();
  for (let i = 0; i < 8; i++) workload.round();
  const perRound = (performance.now() - start) / 8;
  return Math.ceil(Math.min(ROUNDS, LONGEST_WINDOW / perRound));
}

/** What `work` adds to the heap, counting what is collected meanwhile as well. */
function growthDuring(work: () => void): number {
  const profiler = new GCProfiler();
  profiler.start();
  const before = getHeapStatistics().used_heap_size;
  work();
  let growth = getHeapStatistics().used_heap_size - before;
  for (const { beforeGC, afterGC } of profiler.stop().statistics)
    growth += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
  return growth;
}
