/** What `npm run fuzz` was asked for. */

import { readCommandLine, textOption, wholeNumber } from "../../src/cli/command-line.ts";
import { UsageError } from "../../src/cli/errors.ts";

export const HELP = `Tries damaged frames, captures and filters on all that reads them, one core.

Usage: npm run fuzz -- [--minutes N] [--seed S] [--input N]

  --minutes N   how long, fractions too, 0.01 to 10000 (default 1)
  --seed S      the same seed gives the same inputs in the same order (default 1)
  --input N     try the input of this number alone, as a finding names it

What is damaged: the captures of ../shared/corpus/captures, where they are there, and what the generators make.

Exits 0 when nothing was found, 1 when something was, 2 for a wrong command line.
`;

const OPTIONS = {
  minutes: { type: "string" },
  seed: { type: "string" },
  input: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const HELP_COMMAND = "npm run fuzz -- --help";
const LARGEST = 2 ** 31 - 1;

export interface Request {
  readonly minutes: number;
  readonly seed: number;
  readonly input: number | undefined;
}

/** Null when help was asked for. @throws UsageError for a wrong command line. */
export function readRequest(arguments_: readonly string[]): Request | null {
  const commandLine = readCommandLine("fuzz", arguments_, OPTIONS, HELP_COMMAND);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return null;
  if (positionals.length > 0) {
    throw new UsageError(`expected no argument, found ${positionals.join(" ")}: see ${HELP_COMMAND}`);
  }
  return {
    minutes: minutesOption(textOption(commandLine, "minutes", "1")),
    seed: wholeNumber("--seed", textOption(commandLine, "seed", "1"), 0, LARGEST),
    input: values["input"] === undefined ? undefined : wholeNumber("--input", String(values["input"]), 0, LARGEST),
  };
}

function minutesOption(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value >= 0.01 && value <= 10_000)) {
    throw new UsageError(`expected --minutes from 0.01 to 10000, found ${JSON.stringify(text)}`);
  }
  return value;
}
