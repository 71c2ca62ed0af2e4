/** Runs the cases of a bench, each in processes of its own, with a line of progress. */
import { type CaseOutcome, pooled } from "../src/cli/bench-case.ts";
import { type BenchResult, benchResult, throwWhenFailed } from "../src/cli/bench-result.ts";
import { askProcess, runCaseProcess } from "../src/cli/case-process.ts";
import { progressLine } from "../src/cli/progress-line.ts";
import type { WorkloadCase } from "../src/workload/index.ts";
import { type Bench, type BenchOptions, CEILING_FRAME_SIZE, type CeilingName } from "./bench.ts";
import { BENCHES } from "./benches.ts";
import type { BenchRequest, FactsOutcome } from "./case-process.ts";
import type { Ceiling } from "./ceiling.ts";

const PASSES = 2;

const CASE_PROCESS = new URL("case-process.js", import.meta.url);

/**
 * Runs all cases, then all of them again: a case's samples come from several processes at several times. Of two
 * equal runs with one process a case, one called lookups in a MAC table 31 and 48 % faster: what else the machine
 * did had changed, and no sample of either run knew. A case that has a ceiling is held against the best of what ran
 * before and after it.
 */
export function runBench(name: string, options: BenchOptions, seconds: number, ceiling: Ceiling): BenchResult[] {
  const bench = BENCHES[name]!;
  const cases = bench.cases(options);
  const passes = Array.from({ length: PASSES }, (_, pass) =>
    cases.map((workloadCase, index) => {
      const number = pass * cases.length + index + 1;
      progressLine.show(`${name}, ${number} of ${PASSES * cases.length}: ${workloadCase.name}`);
      const run = (): CaseOutcome => runOne({ bench: name, options, index, seconds: seconds / PASSES });
      const ceilingName = ceilingNameOf(bench, workloadCase);
      if (ceilingName === null) return { outcome: run(), ceilings: [] };
      const { result, readings } = ceiling.beside(run);
      return { outcome: result, ceilings: readings.map((rates) => rates[ceilingName]) };
    }),
  );
  return cases.map((workloadCase, index) => {
    const own = passes.map((results) => results[index]!);
    const ceilings = own.flatMap((pass) => pass.ceilings);
    const rate = ceilings.length === 0 ? null : Math.max(...ceilings);
    return benchResult(name, workloadCase, pooled(own.map(({ outcome }) => outcome)), rate);
  });
}

function ceilingNameOf({ ceilingOf }: Bench, { name, frameSize }: WorkloadCase): CeilingName | null {
  return frameSize?.name === CEILING_FRAME_SIZE ? (ceilingOf?.(name) ?? null) : null;
}

/** One case alone. @throws Failure when its output is wrong. */
export function timeCase(
  name: string,
  options: BenchOptions,
  isCase: (caseName: string) => boolean,
  seconds: number,
): BenchResult {
  const cases = BENCHES[name]!.cases(options);
  const index = cases.findIndex((candidate) => isCase(candidate.name));
  const workloadCase = cases[index]!;
  progressLine.show(`for a plot: ${name}, ${workloadCase.name}, ${workloadCase.frameSize?.name ?? ""}`);
  const result = benchResult(name, workloadCase, runOne({ bench: name, options, index, seconds }), null);
  throwWhenFailed([result]);
  return result;
}

function runOne(request: BenchRequest): CaseOutcome {
  const outcome = runCaseProcess(CASE_PROCESS, request);
  progressLine.clear();
  return outcome;
}

/** What failed when a bench has no facts and should. */
export const FACTS = "time and memory";

/** A bench's facts, or in one line why they could not be found; none when it has none. */
export function runFacts(name: string, options: BenchOptions): FactsOutcome {
  if (BENCHES[name]!.facts === undefined) return { facts: [], error: null };
  progressLine.show(`${name}: ${FACTS}`);
  const request: BenchRequest = { bench: name, options, index: null, seconds: 0 };
  try {
    return askProcess<FactsOutcome>(CASE_PROCESS, request);
  } catch (error) {
    return { facts: [], error: (error as Error).message };
  } finally {
    progressLine.clear();
  }
}
