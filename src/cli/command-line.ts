/** Reads a command's options: util.parseArgs, with its complaints as one line. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { UsageError } from "./errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command was told: an option's text (all of them, where it may be repeated), true for a switch that was given. */
export interface CommandLine {
  readonly values: { readonly [option: string]: string | boolean | readonly string[] | undefined };
  readonly positionals: readonly string[];
}

/**
 * Options and positionals of `podwire COMMAND`, or of a program that has no commands when that is ""; `help`: what
 * tells more. @throws UsageError for an option that the
 * command does not have, or a value that is missing.
 */
export function readCommandLine(
  command: string,
  arguments_: readonly string[],
  options: Options,
  help: string = `podwire ${command} --help`,
): CommandLine {
  try {
    const args = withNegativeNumbers(arguments_, options);
    return parseArgs({ args, options, allowPositionals: true }) as CommandLine;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const place = command === "" ? "" : `${command}: `;
    const option = /argument is ambiguous[^]* use '(--[\w-]+)=/.exec(error.message)?.[1];
    if (option !== undefined) {
      const found = `found another option: what begins with a dash is written ${option}=-...: see ${help}`;
      throw new UsageError(`${place}expected a value for ${option}, ${found}`);
    }
    const complaint = error.message.split("\n")[0]!.replace(/\.( To specify a positional.*)?$/, "");
    throw new UsageError(`${place}${complaint.charAt(0).toLowerCase()}${complaint.slice(1)}: see ${help}`);
  }
}

/** A number below zero is the value of the option before it, where that wants one: no option is a number. */
function withNegativeNumbers(arguments_: readonly string[], options: Options): string[] {
  const joined: string[] = [];
  for (const [index, argument] of arguments_.entries()) {
    if (argument === "--") return [...joined, ...arguments_.slice(index)];
    const option = joined.at(-1) ?? "";
    if (!/^-\.?\d/.test(argument) || !wantsValue(option, options)) joined.push(argument);
    else joined.splice(-1, 1, option.startsWith("--") ? `${option}=${argument}` : `${option}${argument}`);
  }
  return joined;
}

/** Whether an argument is an option's name, "--count" or "-c", and the option takes a value. */
function wantsValue(argument: string, options: Options): boolean {
  return Object.entries(options).some(
    ([name, { type, short }]) => type === "string" && (argument === `--${name}` || argument === `-${short}`),
  );
}

/** The text of an option, `usual` when it was not given. */
export function textOption(commandLine: CommandLine, option: string, usual: string): string {
  return (commandLine.values[option] as string | undefined) ?? usual;
}

/** The texts of an option that may be repeated. */
export function textsOption({ values }: CommandLine, option: string): readonly string[] {
  return (values[option] as readonly string[] | undefined) ?? [];
}

/** A whole number from text. @throws UsageError when it is none or outside minimum..maximum. */
export function wholeNumber(option: string, text: string, minimum: number, maximum: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= minimum && value <= maximum))
    throw new UsageError(`expected ${option} from ${minimum} to ${maximum}, found ${JSON.stringify(text)}`);
  return value;
}

/** A number of seconds from text such as "0.5". @throws UsageError when it is none or outside minimum..maximum. */
export function seconds(option: string, text: string, minimum: number, maximum: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value >= minimum && value <= maximum))
    throw new UsageError(`expected ${option} from ${minimum} to ${maximum} seconds, found ${JSON.stringify(text)}`);
  return value;
}

/** One of several words. @throws UsageError for any other. */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new UsageError(`expected ${option} to be ${words.join(" or ")}, found ${JSON.stringify(text)}`);
  return found;
}
