/** The process of one case of `podwire bench`: told which by its argument, it prints the outcome as JSON. */
import { type PipelineName, type PipelineOptions, PIPELINES } from "../workload/index.ts";
import { runCase } from "./bench-case.ts";
import { print } from "./output.ts";
import { timeRounds } from "./timing.ts";

/** What `podwire bench` asks for. */
export interface PipelineRequest {
  readonly pipeline: PipelineName;
  readonly options: PipelineOptions;
  /** Which of the pipeline's cases. */
  readonly index: number;
  readonly seconds: number;
}

const { pipeline, options, index, seconds } = JSON.parse(process.argv[2]!) as PipelineRequest;
const outcome = runCase(PIPELINES[pipeline].cases(options)[index]!, (workload) => timeRounds(workload, seconds));
print(`${JSON.stringify(outcome)}\n`);
