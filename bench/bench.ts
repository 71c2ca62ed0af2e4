/** What a bench is: a question, its cases, and what a reader wants to know beside them. */
import type { Fact } from "../src/cli/bench-result.ts";
import {
  DEFAULT_PIPELINE_OPTIONS,
  type Pipeline,
  type PipelineOptions,
  type WorkloadCase,
} from "../src/workload/index.ts";

/** What a user asked for; a bench has numbers of its own for what is missing. */
export type BenchOptions = { readonly [Option in keyof PipelineOptions]?: PipelineOptions[Option] };

/** Figures of the hand-fused loops that run beside the benches. */
export const CEILING_NAMES = ["bridge", "route", "encapDecap", "podToPod"] as const;
export type CeilingName = (typeof CEILING_NAMES)[number];

/** The frame size that these loops work on: others are not held against them. */
export const CEILING_FRAME_SIZE = "64";

export interface Bench {
  readonly question: string;
  /** What is counted: "packet", "lookup". */
  readonly operation: string;
  /** The options that make a difference to its cases. */
  readonly varies: readonly (keyof BenchOptions)[];
  /** The first does no work. */
  cases(options: BenchOptions): readonly WorkloadCase[];
  /** What a case is held against, or null. */
  readonly ceilingOf?: (caseName: string) => CeilingName | null;
  /** Measured once, in a process of their own. */
  readonly facts?: (options: BenchOptions) => readonly Fact[];
}

/** A pipeline of `podwire bench`, with the ceiling of its cases. */
export function pipelineBench(pipeline: Pipeline, ceilingOf: (caseName: string) => CeilingName | null): Bench {
  return {
    question: pipeline.question,
    operation: "packet",
    varies: pipeline.varies,
    cases: (options) => pipeline.cases({ ...DEFAULT_PIPELINE_OPTIONS, ...options }),
    ceilingOf: (caseName) => (caseName === "no work" ? null : ceilingOf(caseName)),
  };
}
