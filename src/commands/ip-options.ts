/** The options before the object of an `ip` or `bridge` command. */
import { CommandError } from "./command.ts";

export interface IpOptions {
  readonly isJson: boolean;
  readonly isBrief: boolean;
  readonly hasStatistics: boolean;
  readonly hasDetails: boolean;
  /** `-4`: what is of IPv4 alone, not of the link layer. */
  readonly isIpv4: boolean;
}

const NAMES: Readonly<Record<string, "json" | "brief" | "statistics" | "details" | "ipv4" | "ignored">> = {
  "-j": "json",
  "-json": "json",
  "-br": "brief",
  "-brief": "brief",
  "-s": "statistics",
  "-stats": "statistics",
  "-statistics": "statistics",
  "-d": "details",
  "-details": "details",
  "-4": "ipv4",
  // How it looks: in one line, without colours.
  "-p": "ignored",
  "-pretty": "ignored",
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
    isBrief: given.has("brief"),
    hasStatistics: given.has("statistics"),
    hasDetails: given.has("details"),
    isIpv4: given.has("ipv4"),
  };
  return { options, rest: words.slice(at) };
}
