/** Options that `podwire bench` and `npm run bench` share. */
import {
  findFrameSize,
  type FrameSize,
  LONGEST_FRAME_SIZE,
  OPTION_LIMITS,
  SHORTEST_FRAME_SIZE,
} from "../workload/index.ts";
import { type CommandLine, wholeNumber } from "./command-line.ts";
import { UsageError } from "./errors.ts";

/** The list of `--frame-sizes`, or undefined when it was not given. @throws UsageError for what is no frame size. */
export function frameSizesOption(commandLine: CommandLine): readonly FrameSize[] | undefined {
  return listOption(commandLine, "frame-sizes")?.map((text) => {
    const frameSize = findFrameSize(text);
    if (frameSize === undefined)
      throw new UsageError(
        `expected --frame-sizes from ${SHORTEST_FRAME_SIZE} to ${LONGEST_FRAME_SIZE}, or IMIX, ` +
          `found ${JSON.stringify(text)}`,
      );
    return frameSize;
  });
}

/** The list of `--flows`, `--routes` or `--macs`, likewise. */
export function countsOption(
  commandLine: CommandLine,
  option: keyof typeof OPTION_LIMITS,
): readonly number[] | undefined {
  return listOption(commandLine, option)?.map((text) => wholeNumber(`--${option}`, text, 1, OPTION_LIMITS[option]));
}

/** What commas separate, each once. */
function listOption(commandLine: CommandLine, option: string): string[] | undefined {
  const text = commandLine.values[option] as string | undefined;
  return text === undefined ? undefined : [...new Set(text.split(","))];
}
