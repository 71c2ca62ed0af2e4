/** `npm run bench`: runs benches one after another, prints tables, and writes, compares and plots what it found. */
import {
  type BenchFact,
  type BenchResult,
  type Fact,
  type Fallible,
  type Machine,
  recordText,
  thisMachine,
  throwWhenFailed,
} from "../src/cli/bench-result.ts";
import { benchTable, legend, machineText, threeDigits } from "../src/cli/bench-table.ts";
import { print, textPrinter } from "../src/cli/output.ts";
import { runProgram } from "../src/cli/program.ts";
import { tryTarget, writeTarget } from "../src/cli/text-file.ts";
import { BENCHES } from "./benches.ts";
import type { FactsOutcome } from "./case-process.ts";
import { Ceiling } from "./ceiling.ts";
import { comparison, readRecord } from "./compare.ts";
import { HELP, readRequest, type Request } from "./options.ts";
import { svg } from "./plot.ts";
import { plotFile, preparePlots } from "./plot-folder.ts";
import { FACTS, runBench, runFacts, timeCase } from "./run-bench.ts";
import { runSweep, SECONDS_A_POINT, sweepsOf } from "./sweeps.ts";

function main(arguments_: readonly string[]): number {
  const request = readRequest(arguments_);
  if (request === null) return print(HELP);
  const say = textPrinter(request.json);
  const earlier = request.compare === undefined ? null : readRecord(request.compare);
  if (request.json !== undefined) tryTarget(request.json);
  if (request.svg !== undefined) preparePlots(request.svg, request.benches);
  const machine = thisMachine();
  say(`${machineText(machine)}\n\n`);
  const { results, facts, failures } = runAll(request, say);
  if (earlier !== null) say(`${comparison(request.compare!, earlier, { machine, results })}\n`);
  throwWhenFailed([...results, ...failures]);
  if (request.json !== undefined) writeTarget(request.json, recordText(machine, results, facts));
  if (request.svg !== undefined) plotAll(request, request.svg, machine, say);
  return 0;
}

interface Found {
  readonly results: readonly BenchResult[];
  readonly facts: readonly BenchFact[];
  /** Benches whose facts could not be found. */
  readonly failures: readonly Fallible[];
}

function runAll({ benches, options, seconds }: Request, say: (text: string) => void): Found {
  const ceiling = new Ceiling();
  const results: BenchResult[] = [];
  const facts: BenchFact[] = [];
  const failures: Fallible[] = [];
  for (const bench of benches) {
    const { question, operation } = BENCHES[bench]!;
    const found = runBench(bench, options, seconds, ceiling);
    say(benchTable(`${bench}: ${question}`, operation, found));
    results.push(...found);
    const outcome = runFacts(bench, options);
    say(`${factLines(outcome)}\n`);
    facts.push(...outcome.facts.map((fact) => ({ bench, ...fact })));
    if (outcome.error !== null) failures.push({ bench, name: FACTS, error: outcome.error });
  }
  say(`${legend(results)}${ceilingLegend(ceiling, results)}\n`);
  return { results, facts, failures };
}

function ceilingLegend({ problem }: Ceiling, results: readonly BenchResult[]): string {
  const meaning = "Ceiling: hand-fused loops over 64-byte frames, run before and after each case: best against best.\n";
  const isShown = results.some(({ ceiling, error }) => ceiling !== null && error === null);
  const complaint = `There is no ${isShown ? "further " : ""}column for the ceiling: ${problem}.\n`;
  return (isShown ? meaning : "") + (problem === null ? "" : complaint);
}

function factLines({ facts, error }: FactsOutcome): string {
  return error === null ? facts.map(factLine).join("") : `  ${FACTS}: failed: ${error}\n`;
}

function factLine({ name, value, unit }: Fact): string {
  return `  ${name}: ${threeDigits(value)} ${unit}\n`;
}

/** Makes all plots of a run, and then writes them. */
function plotAll({ benches }: Request, folder: string, machine: Machine, say: (text: string) => void): void {
  const sweeps = sweepsOf(benches);
  if (sweeps.length === 0) say(`nothing to plot for ${benches.join(", ")}\n`);
  const texts = sweeps.map((sweep) => {
    const plot = runSweep(sweep, benches, machine, (bench, options, isCase) =>
      timeCase(bench, options, isCase, SECONDS_A_POINT),
    );
    return { file: plotFile(folder, sweep), text: svg(plot) };
  });
  for (const { file, text } of texts) {
    writeTarget(file, text);
    say(`${file}\n`);
  }
}

await runProgram("bench", main);
