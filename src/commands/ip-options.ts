/** The options before the object of an `ip` or `bridge` command (ip/ip.c, bridge/bridge.c). */
import { CommandError } from "./command.ts";
import { argument } from "./ip-answer.ts";
import type { IpFamily } from "./ip-prefix.ts";
import { matches } from "./ip-verbs.ts";

export interface IpOptions {
  readonly isJson: boolean;
  /** `-p`: JSON over many lines. */
  readonly isPretty: boolean;
  /** `-o`: what has several lines stands in one, with backslashes where they would end. */
  readonly isOneLine: boolean;
  readonly isBrief: boolean;
  readonly hasStatistics: boolean;
  readonly hasDetails: boolean;
  /** `-4` or `-6`: what is of one family alone, not of the link layer. */
  readonly family: IpFamily;
  readonly asksForHelp: boolean;
  readonly asksForVersion: boolean;
}

/** "ignored": what podwire's answers do not depend on, as colours and time stamps; "missing": what it has not. */
type OptionKind =
  | "json"
  | "pretty"
  | "oneline"
  | "brief"
  | "statistics"
  | "details"
  | "inet"
  | "inet6"
  | "family"
  | "help"
  | "version"
  | "ignored"
  | "missing";

/** In the order in which `ip` tries them: any beginning will do, the first that fits counts. */
const OPTIONS: readonly (readonly [name: string, kind: OptionKind])[] = [
  ["-loops", "missing"],
  ["-family", "family"],
  ["-4", "inet"],
  ["-6", "inet6"],
  ["-0", "missing"],
  ["-human-readable", "missing"],
  ["-iec", "missing"],
  ["-stats", "statistics"],
  ["-statistics", "statistics"],
  ["-details", "details"],
  ["-resolve", "missing"],
  ["-oneline", "oneline"],
  ["-timestamp", "ignored"],
  ["-tshort", "ignored"],
  ["-Version", "version"],
  ["-force", "missing"],
  ["-batch", "missing"],
  ["-brief", "brief"],
  ["-json", "json"],
  ["-pretty", "pretty"],
  ["-rcvbuf", "missing"],
  ["-color", "ignored"],
  ["-help", "help"],
  ["-netns", "missing"],
  ["-Numeric", "ignored"],
  ["-all", "missing"],
];

const FAMILIES: readonly IpFamily[] = ["inet", "inet6"];

/** Takes the options off the words. @throws CommandError for one that the original has not, or podwire has not. */
export function readIpOptions(
  program: "ip" | "bridge",
  words: readonly string[],
): { options: IpOptions; rest: readonly string[] } {
  const given = new Set<OptionKind>();
  let family: IpFamily = "any";
  let at = 0;
  for (; words[at]?.startsWith("-") === true; at++) {
    if (words[at] === "--") {
      at++;
      break;
    }
    const word = words[at]!.replace(/^--/, "-");
    const kind = OPTIONS.find(([name]) => matches(word.replace(/=.*/, ""), name))?.[1];
    if (kind === undefined) throw new CommandError(`Option "${word}" is unknown, try "${program} -help".`, 255);
    if (kind === "missing") throw new CommandError(`${program}: option ${word} is not modelled`, 1);
    if (kind === "family") family = readFamily(argument(words, ++at));
    else if (kind === "inet" || kind === "inet6") family = kind;
    else given.add(kind);
  }
  const options = {
    isJson: given.has("json"),
    isPretty: given.has("pretty"),
    isOneLine: given.has("oneline"),
    isBrief: given.has("brief"),
    hasStatistics: given.has("statistics"),
    hasDetails: given.has("details"),
    family,
    asksForHelp: given.has("help"),
    asksForVersion: given.has("version"),
  };
  return { options, rest: words.slice(at) };
}

function readFamily(text: string): IpFamily {
  const family = FAMILIES.find((name) => name === text);
  if (family === undefined) throw new CommandError(`Error: argument "${text}" is wrong: invalid protocol family`, 255);
  return family;
}
