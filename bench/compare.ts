/** Two runs side by side: what changed, how sure that is, and a word for what is no more than noise. */
import { readFileSync } from "node:fs";
import type { BenchResult, Machine } from "../src/cli/bench-result.ts";
import { align, machineText, threeDigits } from "../src/cli/bench-table.ts";
import { Failure } from "../src/cli/errors.ts";
import { style } from "../src/cli/output.ts";
import { change, counted, median } from "../src/workload/index.ts";

/** Of a record what a comparison reads: others have come to it since the first were written. */
export interface ComparedRun {
  readonly machine: Machine;
  readonly results: readonly ComparedResult[];
}

type ComparedResult = Pick<BenchResult, "bench" | "name" | "frameSize" | "samples">;

/** The run that an earlier `--json` wrote. @throws Failure for a file that is none, or lacks what is compared. */
export function readRecord(path: string): ComparedRun {
  const expected = "expected --compare to name a file that --json wrote, found";
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(`${expected} ${path}: ${code === "ENOENT" ? "no such file" : (code ?? message)}`);
  }
  const { machine, results } = (found ?? {}) as { readonly machine?: unknown; readonly results?: unknown };
  if (typeof machine !== "object" || machine === null || !Array.isArray(results))
    throw new Failure(`${expected} ${path}: JSON without a machine and results`);
  const wrong = wrongField("machine", machine, MACHINE_FIELDS) ?? firstWrongResult(results);
  if (wrong !== null) throw new Failure(`${expected} ${path}: JSON without a usable ${wrong}`);
  return found as ComparedRun;
}

type FieldTests<T> = Readonly<Record<keyof T, (value: unknown) => boolean>>;

const isString = (value: unknown): boolean => typeof value === "string";
const isPositive = (value: unknown): boolean => typeof value === "number" && value > 0;

const MACHINE_FIELDS: FieldTests<Machine> = { cpu: isString, cores: isPositive, node: isString, date: isString };
const RESULT_FIELDS: FieldTests<ComparedResult> = {
  bench: isString,
  name: isString,
  frameSize: (value) => value === null || isString(value),
  samples: (value) => Array.isArray(value) && value.every(isPositive),
};

/** "results[3].samples" for the first that is missing or something else than it should be, or null. */
function firstWrongResult(results: readonly unknown[]): string | null {
  for (const [index, result] of results.entries()) {
    const wrong = wrongField(`results[${index}]`, result, RESULT_FIELDS);
    if (wrong !== null) return wrong;
  }
  return null;
}

function wrongField<T>(owner: string, found: unknown, tests: FieldTests<T>): string | null {
  const values = (found ?? {}) as Readonly<Record<string, unknown>>;
  for (const [field, isRight] of Object.entries<(value: unknown) => boolean>(tests))
    if (!isRight(values[field])) return `${owner}.${field}`;
  return null;
}

/** The table of changes, of the cases that both runs have figures of, and what there is to mind in it. */
export function comparison(path: string, before: ComparedRun, after: ComparedRun): string {
  const old = before.results.filter(hasFigures);
  const now = after.results.filter(hasFigures);
  const rows = now.flatMap((result) => {
    const earlier = old.find((candidate) => isSameCase(candidate, result));
    return earlier === undefined ? [] : [row(earlier, result)];
  });
  const heading = `compared with ${path}: ${machineText(before.machine)}`;
  const lines = rows.length === 0 ? ["  no case of this run is in that one"] : align(["", "frame", ...COLUMNS], rows);
  const notes = [...unmatched(old.length - rows.length, now.length - rows.length), ...otherMachine(before, after)];
  return [style("bold", heading), ...lines, ...notes, ""].join("\n");
}

const COLUMNS = ["ns before", "ns now", "change", "uncertainty", ""];

function hasFigures({ samples }: ComparedResult): boolean {
  return samples.length > 0;
}

function isSameCase(a: ComparedResult, b: ComparedResult): boolean {
  return a.bench === b.bench && a.name === b.name && a.frameSize === b.frameSize;
}

function unmatched(oldCount: number, newCount: number): string[] {
  if (oldCount === 0 && newCount === 0) return [];
  return [`  in one run only: ${counted(oldCount, "case")} of the earlier, ${newCount} of this one`];
}

function otherMachine({ machine: before }: ComparedRun, { machine: after }: ComparedRun): string[] {
  const changes = [
    ...(before.cpu === after.cpu ? [] : [`CPU (${before.cpu}, now ${after.cpu})`]),
    ...(before.node === after.node ? [] : [`Node (${before.node}, now ${after.node})`]),
  ];
  return changes.length === 0 ? [] : [`  warning: not the same ${changes.join(" and ")}: changes may come from that`];
}

/** In percentage points: beyond this, a change has to be so large that the table rather says that it does not know. */
const TOO_UNCERTAIN = 50;

function row(before: ComparedResult, after: ComparedResult): string[] {
  const { percent, uncertainty, isWithinNoise } = change(before.samples, after.samples);
  const direction = percent < 0 ? "faster" : "slower";
  return [
    `${after.bench}: ${after.name}`,
    after.frameSize ?? "",
    threeDigits(median(before.samples)),
    threeDigits(median(after.samples)),
    `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`,
    `± ${uncertainty.toFixed(1)}`,
    uncertainty > TOO_UNCERTAIN ? "too noisy to tell" : isWithinNoise ? "within noise" : direction,
  ];
}
