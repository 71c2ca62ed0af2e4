/** The word behind an object of `ip` or `bridge`: any beginning of it will do, the first that fits counts. */
import { CommandError } from "./command.ts";

/** What is done about a word: it is shown, or why not. */
export type VerbKind = "show" | "get" | "help" | "change" | "missing";

export interface VerbTable {
  /** "ip addr", as a complaint names it. */
  readonly name: string;
  /** What the original calls itself where it refers to its own help. */
  readonly fullName: string;
  /** In the order in which the original tries them. Those that end in "!" must be whole. */
  readonly verbs: readonly (readonly [word: string, kind: VerbKind])[];
  readonly usage: string;
}

/** `word` is a beginning of `full` that says something (lib/utils.c, matches). */
export function matches(word: string, full: string): boolean {
  return word !== "" && full.startsWith(word);
}

/** How a command that asks for help ends: the usage on standard error, as iproute2 prints it. */
export function usageError(usage: string): CommandError {
  return new CommandError(usage.trimEnd(), 255);
}

/** "show" where no word is given. @throws CommandError for a word that is unknown, changes the network, or asks for help. */
export function readVerb(
  table: VerbTable,
  words: readonly string[],
): { readonly verb: "show" | "get"; readonly rest: readonly string[] } {
  const [word, ...rest] = words;
  if (word === undefined) return { verb: "show", rest };
  const found = table.verbs.find(([full]) => (full.endsWith("!") ? `${word}!` === full : matches(word, full)));
  if (found === undefined) throw new CommandError(`Command "${word}" is unknown, try "${table.fullName} help".`, 255);
  const [full, kind] = found;
  if (kind === "help") throw usageError(table.usage);
  if (kind === "change")
    throw new CommandError(
      `${table.name} ${full.replace("!", "")}: changes of the network are not modelled, these commands only look at it`,
      1,
    );
  if (kind === "missing") throw notModelled(table.name, full);
  return { verb: kind, rest };
}

/** What the original knows and podwire has not, told from what neither knows. */
export function notModelled(name: string, word: string): CommandError {
  return new CommandError(`${name}: "${word}" is not modelled`, 1);
}
