/** `npm run fuzz`: tries damaged inputs for as long as one likes, and prints what they find. */

import { performance } from "node:perf_hooks";
import { print } from "../../src/cli/output.ts";
import { runProgram } from "../../src/cli/program.ts";
import { progressLine } from "../../src/cli/progress-line.ts";
import { fuzz } from "./fuzz.ts";
import { HELP, readRequest } from "./options.ts";
import { findingText, summaryText } from "./report.ts";
import { corpusSeeds } from "./seeds.ts";

/** From the project's folder, where npm runs programs. */
const CORPUS = "../shared/corpus/captures";

function main(arguments_: readonly string[]): number {
  const request = readRequest(arguments_);
  if (request === null) return print(HELP);
  const { seed, minutes, input } = request;
  const corpus = corpusSeeds(CORPUS);
  if (corpus.frames.length === 0) print(`${CORPUS} is not there: generated inputs alone\n`);
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1_000;
  const report = fuzz({
    seed,
    corpus,
    first: input ?? 0,
    ...(input !== undefined && { batch: 1 }),
    goesOn: (next, count) => {
      progressLine.show(`${count} inputs in ${seconds().toFixed(0)} s`);
      return input === undefined ? seconds() < 60 * minutes : next === input;
    },
  });
  progressLine.clear();
  print(summaryText(seed, report, seconds()));
  for (const finding of report.findings) print(findingText(seed, finding));
  return report.findings.length === 0 ? 0 : 1;
}

runProgram("fuzz", main);
