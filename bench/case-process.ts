/** The process of one case, timed by tinybench, or of a bench's facts. It prints what was found as JSON. */
import { Bench as Tinybench } from "tinybench";
import { runCase } from "../src/cli/bench-case.ts";
import type { Fact } from "../src/cli/bench-result.ts";
import { print } from "../src/cli/output.ts";
import { nanosecondsPerOperation, SAMPLES_AT_LEAST, warmUp } from "../src/cli/timing.ts";
import type { Workload } from "../src/workload/index.ts";
import type { Bench, BenchOptions } from "./bench.ts";
import { BENCHES } from "./benches.ts";

export interface BenchRequest {
  readonly bench: string;
  readonly options: BenchOptions;
  /** Which of the bench's cases; null asks for its facts. */
  readonly index: number | null;
  readonly seconds: number;
}

/** Nanoseconds an operation of each sample: a sample is a task's run, and a task so many rounds. */
function timeWithTinybench(workload: Workload, seconds: number): readonly number[] {
  const rounds = warmUp(workload, seconds);
  const time = seconds * 1000;
  // Warm already: `warmUp` had to find out how long a round takes.
  const tinybench = new Tinybench({
    time,
    iterations: SAMPLES_AT_LEAST,
    warmup: false,
    retainSamples: true,
    throws: true,
  });
  tinybench.add(workload.name, () => {
    for (let i = 0; i < rounds; i++) workload.round();
  });
  tinybench.runSync();
  const { result } = tinybench.tasks[0]!;
  if (result.state !== "completed") throw new Error(`expected tinybench to complete, found it ${result.state}`);
  return result.latency.samples!.map((milliseconds) => nanosecondsPerOperation(workload, rounds, milliseconds));
}

/** Facts, or in one line why there are none. */
export interface FactsOutcome {
  readonly facts: readonly Fact[];
  readonly error: string | null;
}

function findFacts(bench: Bench, options: BenchOptions): FactsOutcome {
  try {
    return { facts: bench.facts?.(options) ?? [], error: null };
  } catch (error) {
    return { facts: [], error: (error as Error).message.split("\n")[0]! };
  }
}

const { bench: name, options, index, seconds } = JSON.parse(process.argv[2]!) as BenchRequest;
const bench = BENCHES[name]!;
const outcome =
  index === null
    ? findFacts(bench, options)
    : runCase(bench.cases(options)[index]!, (workload) => timeWithTinybench(workload, seconds));
print(`${JSON.stringify(outcome)}\n`);
