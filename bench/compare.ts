/** Two runs side by side: what changed, how sure that is, and a word for what is no more than noise. */
import { readFileSync } from "node:fs";
import type { BenchRecord, BenchResult } from "../src/cli/bench-result.ts";
import { align, machineText, threeDigits } from "../src/cli/bench-table.ts";
import { Failure } from "../src/cli/errors.ts";
import { style } from "../src/cli/output.ts";
import { change, median } from "../src/workload/index.ts";

/** The run that an earlier `--json` wrote. @throws Failure for a file that is none. */
export function readRecord(path: string): BenchRecord {
  const expected = "expected --compare to name a file that --json wrote, found";
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(`${expected} ${path}: ${code === "ENOENT" ? "no such file" : (code ?? message)}`);
  }
  if (!isRecord(found)) throw new Failure(`${expected} ${path}: JSON without a machine and results`);
  return found;
}

function isRecord(found: unknown): found is BenchRecord {
  const { machine, results } = (found ?? {}) as Partial<BenchRecord>;
  return typeof machine?.date === "string" && Array.isArray(results) && results.every(isResult);
}

function isResult(found: Partial<BenchResult> | null): boolean {
  const { bench, name, samples } = found ?? {};
  const isNamed = typeof bench === "string" && typeof name === "string";
  return isNamed && Array.isArray(samples) && samples.every((sample) => typeof sample === "number" && sample > 0);
}

/** The table of changes, of the cases that both runs have figures of. */
export function comparison(path: string, before: BenchRecord, after: readonly BenchResult[]): string {
  const rows = after.flatMap((result) => {
    const earlier = before.results.find((candidate) => isSameCase(candidate, result));
    return earlier === undefined || earlier.samples.length === 0 || result.samples.length === 0
      ? []
      : [row(earlier, result)];
  });
  const heading = `compared with ${path}: ${machineText(before.machine)}`;
  const lines = rows.length === 0 ? ["  no case of this run is in that one"] : align(["", "frame", ...COLUMNS], rows);
  return [style("bold", heading), ...lines, ""].join("\n");
}

const COLUMNS = ["ns before", "ns now", "change", "uncertainty", ""];

function isSameCase(a: BenchResult, b: BenchResult): boolean {
  return a.bench === b.bench && a.name === b.name && a.frameSize === b.frameSize;
}

function row(before: BenchResult, after: BenchResult): string[] {
  const { percent, uncertainty, isWithinNoise } = change(before.samples, after.samples);
  return [
    `${after.bench}: ${after.name}`,
    after.frameSize ?? "",
    threeDigits(median(before.samples)),
    threeDigits(median(after.samples)),
    `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`,
    `± ${uncertainty.toFixed(1)}`,
    isWithinNoise ? "within noise" : percent < 0 ? "faster" : "slower",
  ];
}
