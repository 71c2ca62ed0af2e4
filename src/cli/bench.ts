/** `podwire bench`: how fast the engine is on this machine. */
import {
  DEFAULT_PIPELINE_OPTIONS,
  OPTION_LIMITS,
  type PipelineName,
  type PipelineOptions,
  PIPELINES,
  RFC_2544_FRAME_SIZES,
} from "../workload/index.ts";
import { countsOption, frameSizesOption, refuseUnused } from "./bench-options.ts";
import type { PipelineRequest } from "./bench-process.ts";
import { type BenchResult, benchResult, recordText, thisMachine, throwWhenFailed } from "./bench-result.ts";
import { benchTable, legend, machineText } from "./bench-table.ts";
import { runCaseProcess } from "./case-process.ts";
import { type CommandLine, oneOf, readCommandLine } from "./command-line.ts";
import { print, textPrinter } from "./output.ts";
import { progressLine } from "./progress-line.ts";
import { tryTarget, writeTarget } from "./text-file.ts";

const NAMES = Object.keys(PIPELINES) as PipelineName[];

/** Seconds that a case is timed. With warming up, watching and verifying that makes about ten for all of them. */
const SECONDS = 0.15;

const HELP = `Times how fast packets get through the engine on this machine, one core, in about ten seconds.

Usage: podwire bench [PIPELINE...] [--frame-sizes LIST] [--flows LIST] [--json FILE]

  PIPELINE             ${NAMES.join(", ")}; all when none is named
  --frame-sizes LIST   bytes with the check sequence, separated by commas (default 64). RFC 2544's are
                       ${RFC_2544_FRAME_SIZES.join(",")}; IMIX is the usual mix (7 of 64, 4 of 570, 1 of 1518)
  --flows LIST         flows, in as many packets or more, up to ${OPTION_LIMITS.flows} (default 4096); not for bridge
  --json FILE          the figures and their samples; - for standard output, and the text goes to standard error

Exits 0 when every packet came out right, 1 when one did not or FILE cannot be written, 2 for a wrong command line.
`;

const OPTIONS = {
  "frame-sizes": { type: "string" },
  flows: { type: "string" },
  json: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns 0. @throws UsageError; Failure when packets came out wrong. */
export function bench(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("bench", arguments_, OPTIONS);
  if (commandLine.values["help"] === true) return print(HELP);
  const { pipelines, options, json } = readRequest(commandLine);
  const say = textPrinter(json);
  if (json !== undefined) tryTarget(json);
  const machine = thisMachine();
  say(`${machineText(machine)}\n\n`);
  const results = pipelines.flatMap((pipeline) => {
    const rows = runPipeline(pipeline, options);
    say(`${benchTable(`${pipeline}: ${PIPELINES[pipeline].question}`, "packet", rows)}\n`);
    return rows;
  });
  say(legend(results));
  throwWhenFailed(results);
  if (json !== undefined) writeTarget(json, recordText(machine, results));
  return 0;
}

interface Request {
  readonly pipelines: readonly PipelineName[];
  readonly options: PipelineOptions;
  readonly json: string | undefined;
}

function readRequest(commandLine: CommandLine): Request {
  const { values, positionals } = commandLine;
  const named = positionals.map((name) => oneOf("PIPELINE", name, NAMES));
  const pipelines = named.length === 0 ? NAMES : [...new Set(named)];
  refuseUnused(commandLine, pipelines, PIPELINES);
  return {
    pipelines,
    options: {
      ...DEFAULT_PIPELINE_OPTIONS,
      frameSizes: frameSizesOption(commandLine) ?? DEFAULT_PIPELINE_OPTIONS.frameSizes,
      flows: countsOption(commandLine, "flows") ?? DEFAULT_PIPELINE_OPTIONS.flows,
    },
    json: values["json"] as string | undefined,
  };
}

function runPipeline(pipeline: PipelineName, options: PipelineOptions): BenchResult[] {
  const cases = PIPELINES[pipeline].cases(options);
  return cases.map((workloadCase, index) => {
    progressLine.show(`${pipeline}, ${index + 1} of ${cases.length}: ${workloadCase.name}`);
    const request: PipelineRequest = { pipeline, options, index, seconds: SECONDS };
    const outcome = runCaseProcess(new URL("bench-process.js", import.meta.url), request);
    progressLine.clear();
    return benchResult(pipeline, workloadCase, outcome, null);
  });
}
