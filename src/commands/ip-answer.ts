/** What an `ip` or `bridge` command found, in the form that its options ask for: text, a line for each, or JSON. */
import { CommandError } from "./command.ts";
import type { IpOptions } from "./ip-options.ts";
import { jsonText } from "./json-text.ts";

/** A device, a route and the like. */
export interface Entry {
  /** As JSON has it. */
  readonly record: object;
  /** As text has it, without the end of its last line. */
  readonly text: string;
}

export function answer(
  entries: readonly Entry[],
  options: Pick<IpOptions, "isJson" | "isPretty" | "isOneLine">,
): string {
  if (options.isJson)
    return jsonText(
      entries.map(({ record }) => record),
      options.isPretty,
    );
  // As iproute2: with -oneline a backslash stands where a line would end.
  return entries.map(({ text }) => `${options.isOneLine ? text.replaceAll("\n", "\\") : text}\n`).join("");
}

/** The word that another one announces. @throws CommandError when it is missing. */
export function argument(words: readonly string[], at: number): string {
  const word = words[at];
  if (word === undefined) throw new CommandError('Command line is not complete. Try option "help"', 255);
  return word;
}
