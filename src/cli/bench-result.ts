/** Results of a bench: what was timed, the figures that follow from the samples, and how both are written as JSON. */
import { cpus } from "node:os";
import { median, quantile, spreadPercent, wireBits, type WorkloadCase } from "../workload/index.ts";
import type { CaseOutcome } from "./bench-case.ts";
import { Failure } from "./errors.ts";
import { version } from "./version.ts";

export interface BenchResult extends CaseOutcome {
  /** "route". */
  readonly bench: string;
  /** "10,000 routes, 4,096 flows". */
  readonly name: string;
  /** "64", "IMIX"; null when no frames are timed. */
  readonly frameSize: string | null;
  /** With the check sequence, when frames had to be shortened to fit an MTU. */
  readonly shortenedTo: number | null;
  /** What a hand-fused loop reached beside it, in million packets a second; null when there is none to compare with. */
  readonly ceiling: number | null;
}

export function benchResult(
  bench: string,
  { name, frameSize }: WorkloadCase,
  outcome: CaseOutcome,
  ceiling: number | null,
): BenchResult {
  const { name: size = null, shortenedTo = null } = frameSize ?? {};
  return { bench, name, frameSize: size, shortenedTo, ...outcome, ceiling };
}

/**
 * Of the samples, those that are told apart, and held against the ceiling's best: what else a machine does can only slow a loop down,
 * and slows two loops down differently from one second to the next.
 */
const FASTEST = 0.1;

/** What follows from the samples of a case that did not fail. */
export interface Figures {
  /** Million operations a second. */
  readonly mops: number;
  /** The same in the fastest tenth of the samples, or faster. */
  readonly bestMops: number;
  /** Median nanoseconds an operation. */
  readonly nanoseconds: number;
  /** Of a line, preamble and gap included; null when no frames are timed. */
  readonly gigabitsPerSecond: number | null;
  /** Distance of the quartiles in percent of the median. */
  readonly spreadPercent: number;
  /** What `bestMops` is of the ceiling's fastest run, or null. */
  readonly ofCeiling: number | null;
}

/** Null for a case that failed. */
export function figures({ samples, error, frameLength, ceiling }: BenchResult): Figures | null {
  if (error !== null) return null;
  const nanoseconds = median(samples);
  const bestMops = 1000 / quantile(samples, FASTEST);
  return {
    mops: 1000 / nanoseconds,
    bestMops,
    nanoseconds,
    gigabitsPerSecond: frameLength === 0 ? null : wireBits(frameLength) / nanoseconds,
    spreadPercent: spreadPercent(samples),
    ofCeiling: ceiling === null ? null : bestMops / ceiling,
  };
}

/** A figure that is no rate: how long a table takes to build, say. */
export interface Fact {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** With the bench that it is of. */
export interface BenchFact extends Fact {
  readonly bench: string;
}

/** What may have failed: a case, or what finds a bench's facts. */
export type Fallible = Pick<BenchResult, "bench" | "name" | "error">;

/** @throws Failure that names the first case that came out wrong. */
export function throwWhenFailed(results: readonly Fallible[]): void {
  const [first, ...more] = results.filter(({ error }) => error !== null);
  if (first === undefined) return;
  const others = more.length === 0 ? "" : `, and ${more.length} more`;
  throw new Failure(`${first.bench}, ${first.name}: ${first.error}${others}`);
}

/** Where and when a run took place. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** ISO 8601, to the second. */
  readonly date: string;
}

export function thisMachine(): Machine {
  const [first] = cpus();
  const date = new Date().toISOString().replace(/\.\d+/, "");
  return { cpu: first?.model.trim() ?? "unknown CPU", cores: cpus().length, node: process.version, date };
}

/** A run as it is kept in a file. */
export interface BenchRecord {
  /** The version that was timed. */
  readonly podwire: string;
  readonly machine: Machine;
  readonly results: readonly (BenchResult & { readonly figures: Figures | null })[];
  readonly facts: readonly BenchFact[];
}

/** The JSON text of a run of this version: a line a result, and a line a fact. */
export function recordText(
  machine: Machine,
  results: readonly BenchResult[],
  facts: readonly BenchFact[] = [],
): string {
  const rounded = results.map((result) => {
    const samples = result.samples.map((sample) => Number(sample.toPrecision(5)));
    return { ...result, figures: figures(result), samples };
  });
  return [
    "{",
    `  "podwire": ${JSON.stringify(version())},`,
    `  "machine": ${JSON.stringify(machine)},`,
    `  "results": ${listText(rounded)},`,
    `  "facts": ${listText(facts)}`,
    "}",
    "",
  ].join("\n");
}

function listText(items: readonly object[]): string {
  const lines = items.map((item) => `\n    ${JSON.stringify(item)}`);
  return lines.length === 0 ? "[]" : `[${lines.join(",")}\n  ]`;
}
