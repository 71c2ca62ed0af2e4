/** The command line of iptables 1.8 as it lists rules, with its complaints (iptables/xshared.c). */
import { CommandError } from "./command.ts";

const VERSION = "iptables v1.8.9 (nf_tables)";

/** What is asked for. */
export interface IptablesOptions {
  readonly command: "-L" | "-S" | "--version" | "--help" | "--json";
  readonly table: string;
  /** null for all chains. */
  readonly chain: string | null;
  /** Number of a rule from 1; null for all. */
  readonly rule: number | null;
  readonly isVerbose: boolean;
  readonly isNumeric: boolean;
  readonly isExact: boolean;
  readonly hasLineNumbers: boolean;
}

export const VERSION_TEXT: string = `${VERSION}\n`;

export const HELP_TEXT: string = `${VERSION}

Usage: iptables -[LS] [chain [rulenum]] [options]
       iptables -h (print this help information)

Commands, of which podwire has those that list:
  --list    -L [chain [rulenum]]
				List the rules in a chain or all chains
  --list-rules -S [chain [rulenum]]
				Print the rules in a chain or all chains
  --json			Print the table as nft -j list table does

Options:
  --numeric	-n		numeric output of addresses and ports
  --table	-t table	table to manipulate (default: \`filter')
  --verbose	-v		verbose mode
  --line-numbers		print line numbers when listing
  --exact	-x		expand numbers (display exact values)
  --version	-V		print package version.
`;

const LONG: Readonly<Record<string, string>> = {
  ...{ list: "-L", "list-rules": "-S", flush: "-F", zero: "-Z", append: "-A", check: "-C", delete: "-D" },
  ...{ insert: "-I", replace: "-R", "new-chain": "-N", new: "-N", "delete-chain": "-X", policy: "-P" },
  ...{ "rename-chain": "-E", verbose: "-v", numeric: "-n", exact: "-x", "line-numbers": "-0", "line-number": "-0" },
  ...{ table: "-t", wait: "-w", ipv4: "-4", version: "-V", help: "-h", json: "--json" },
};

/** Commands; those behind the first two change tables. */
const COMMANDS = ["-L", "-S", "-F", "-Z", "-A", "-C", "-D", "-I", "-R", "-N", "-X", "-P", "-E"];
/** Options that go with -L alone. */
const OF_LIST = ["-n", "-x", "-0"];
const SWITCHES = ["-v", "-4", "-V", "-h", "--json", ...OF_LIST];

/** @throws CommandError, exit code 2, for what the original takes no more than this does, and for what changes tables */
export function readIptablesOptions(words: readonly string[]): IptablesOptions {
  const scan = new WordScan(words);
  const switches: string[] = [];
  let command: string | undefined;
  let table = "filter";
  let [chain, rule]: [string | null, number | null] = [null, null];
  for (let option = scan.next(); option !== undefined; option = scan.next()) {
    if (COMMANDS.includes(option)) {
      if (command !== undefined) throw wrong(`Cannot use ${option} with ${command}`);
      command = option;
      chain = scan.argument() ?? null;
      const number = chain === null ? undefined : scan.argument();
      if (number !== undefined) rule = ruleNumber(number);
    } else if (option === "-t") {
      table = scan.argument() ?? fail('option "-t" requires an argument');
    } else if (option === "-w") {
      scan.argument();
    } else if (SWITCHES.includes(option)) {
      switches.push(option);
    } else if (option.startsWith("-")) {
      throw wrong(`unknown option "${option}"`);
    } else {
      throw new CommandError(`Bad argument \`${option}'\n${TRY}`, 2);
    }
  }
  const has = (option: string): boolean => switches.includes(option);
  const common = { table, chain, rule, isVerbose: has("-v"), isNumeric: has("-n") };
  return {
    ...common,
    command: has("-V") ? "--version" : has("-h") ? "--help" : listing(command, has),
    isExact: has("-x"),
    hasLineNumbers: has("-0"),
  };
}

function listing(command: string | undefined, has: (option: string) => boolean): IptablesOptions["command"] {
  if (command !== undefined && command !== "-L" && command !== "-S")
    throw wrong(`Cannot use ${command}: tables are what the plugin makes of policies, and -L and -S list them`);
  if (has("--json")) return "--json";
  if (command === undefined) throw wrong("no command specified");
  const illegal = command === "-S" ? OF_LIST.find(has) : undefined;
  if (illegal !== undefined) throw wrong(`Illegal option \`${illegal}' with this command`);
  return command;
}

const TRY = "Try `iptables -h' or 'iptables --help' for more information.";

function wrong(text: string): CommandError {
  return new CommandError(`${VERSION}: ${text}\n${TRY}`, 2);
}

function fail(text: string): never {
  throw wrong(text);
}

function ruleNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw wrong(`Invalid rule number \`${text}'`);
  return Number(text);
}

/** Goes through words: options by letter, in clusters, or by their long names, and words between them. */
class WordScan {
  readonly #words: readonly string[];
  #at = 0;
  /** Letters of a cluster that are still to come, or what follows "=". */
  #rest = "";

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** "-v", "-0" for --line-numbers; what is no option as it is. */
  next(): string | undefined {
    if (this.#rest !== "") {
      const letter = this.#rest[0]!;
      this.#rest = this.#rest.slice(1);
      return `-${letter}`;
    }
    const word = this.#words[this.#at++];
    if (word === undefined || !word.startsWith("-") || word === "-") return word;
    if (!word.startsWith("--")) {
      this.#rest = word.slice(2);
      return word.slice(0, 2);
    }
    const [name = "", value] = word.slice(2).split("=", 2);
    this.#rest = value ?? "";
    return Object.hasOwn(LONG, name) ? LONG[name] : word;
  }

  /** The rest of the word, or the next one unless it is an option. */
  argument(): string | undefined {
    if (this.#rest !== "") {
      const rest = this.#rest;
      this.#rest = "";
      return rest;
    }
    const word = this.#words[this.#at];
    if (word === undefined || word.startsWith("-")) return undefined;
    this.#at++;
    return word;
  }
}
