/** The options before the object of an `ip` or `bridge` command. */
import { CommandError } from "./command.ts";

export interface IpOptions {
  readonly isJson: boolean;
  /** `-p`: JSON over many lines. */
  readonly isPretty: boolean;
  /** `-o`: what has several lines stands in one, with backslashes where they would end. */
  readonly isOneLine: boolean;
  readonly isBrief: boolean;
  readonly hasStatistics: boolean;
  readonly hasDetails: boolean;
  /** `-4`: what is of IPv4 alone, not of the link layer. */
  readonly isIpv4: boolean;
}

const NAMES: Readonly<Record<string, string>> = {
  "-j": "json",
  "-json": "json",
  "-p": "pretty",
  "-pretty": "pretty",
  "-o": "oneline",
  "-oneline": "oneline",
  "-br": "brief",
  "-brief": "brief",
  "-s": "statistics",
  "-stats": "statistics",
  "-statistics": "statistics",
  "-d": "details",
  "-details": "details",
  "-4": "ipv4",
  // Without colours.
  "-c": "ignored",
  "-color": "ignored",
};

/** Takes the options off the words. @throws CommandError for one that the original has not, or podwire has not. */
export function readIpOptions(
  program: string,
  words: readonly string[],
): { options: IpOptions; rest: readonly string[] } {
  const given = new Set<string>();
  let at = 0;
  for (; words[at]?.startsWith("-") === true; at++) {
    const word = words[at]!.replace(/^--/, "-");
    const name = NAMES[word];
    if (name === undefined) throw new CommandError(`Option "${words[at]!}" is unknown, try "${program} -help".`, 255);
    given.add(name);
  }
  const options = {
    isJson: given.has("json"),
    isPretty: given.has("pretty"),
    isOneLine: given.has("oneline"),
    isBrief: given.has("brief"),
    hasStatistics: given.has("statistics"),
    hasDetails: given.has("details"),
    isIpv4: given.has("ipv4"),
  };
  return { options, rest: words.slice(at) };
}
