/** Options that `podwire bench` and `npm run bench` share. */
import {
  findFrameSize,
  type FrameSize,
  LONGEST_FRAME_SIZE,
  OPTION_LIMITS,
  type Pipeline,
  type PipelineOptions,
  SHORTEST_FRAME_SIZE,
} from "../workload/index.ts";
import { type CommandLine, wholeNumber } from "./command-line.ts";
import { UsageError } from "./errors.ts";

/** The command line's names of what pipelines and benches may vary. */
const OPTION_NAMES: Readonly<Record<keyof PipelineOptions, string>> = {
  frameSizes: "frame-sizes",
  flows: "flows",
  routes: "routes",
  macs: "macs",
};

type Varying = Pick<Pipeline, "varies">;

/** @throws UsageError for an option that was given and makes no difference to any bench that was named. */
export function refuseUnused(
  { values }: CommandLine,
  named: readonly string[],
  all: Readonly<Record<string, Varying>>,
): void {
  for (const [varied, option] of Object.entries(OPTION_NAMES) as [keyof PipelineOptions, string][]) {
    const users = Object.keys(all).filter((name) => all[name]!.varies.includes(varied));
    if (values[option] === undefined || named.some((name) => users.includes(name))) continue;
    throw new UsageError(`expected --${option} with ${users.join(" or ")}, found it with ${named.join(" and ")}`);
  }
}

/** The list of `--frame-sizes`, each once, or undefined when it was not given. @throws UsageError for what is no frame size. */
export function frameSizesOption(commandLine: CommandLine): readonly FrameSize[] | undefined {
  const found = listOption(commandLine, "frame-sizes")?.map((text) => {
    const frameSize = findFrameSize(text);
    if (frameSize === undefined)
      throw new UsageError(
        `expected --frame-sizes from ${SHORTEST_FRAME_SIZE} to ${LONGEST_FRAME_SIZE}, or IMIX, ` +
          `found ${JSON.stringify(text)}`,
      );
    return frameSize;
  });
  // "imix" and "IMIX" are one size: it is what was read that counts.
  return found?.filter(({ name }, index) => found.findIndex((other) => other.name === name) === index);
}

/** The list of `--flows`, `--routes` or `--macs`, likewise. */
export function countsOption(
  commandLine: CommandLine,
  option: keyof typeof OPTION_LIMITS,
): readonly number[] | undefined {
  const found = listOption(commandLine, option)?.map((text) =>
    wholeNumber(`--${option}`, text, 1, OPTION_LIMITS[option]),
  );
  return found === undefined ? undefined : [...new Set(found)];
}

/** What commas separate. */
function listOption(commandLine: CommandLine, option: string): string[] | undefined {
  const text = commandLine.values[option] as string | undefined;
  return text?.split(",");
}
