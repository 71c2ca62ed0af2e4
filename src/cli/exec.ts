/** `podwire exec` and `podwire node`: a command as it would run in a pod or on a node. */
import { COMMAND_NAMES, type Place, runCommand, startCommand } from "../commands/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openCluster } from "./cluster-options.ts";
import { readCommandLine } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { print, printError, textPrinter } from "./output.ts";
import { Session } from "./session.ts";
import { standardTerminal } from "./standard-terminal.ts";
import { splitWords } from "./words.ts";

function help(what: "POD" | "NODE"): string {
  const name = what === "POD" ? "exec" : "node";
  const example = what === "POD" ? "exec pod-a -- ip route get 10.244.2.8" : "node node-a -- bridge fdb show";
  return `Runs a command as it would run ${what === "POD" ? "in a pod" : "on a node"}: it sees that namespace's devices and tables.

Usage: podwire ${name} [OPTION...] ${what} -- COMMAND...
       podwire ${example}

  ${what.padEnd(14)} its name${what === "POD" ? ", namespace/name" : ""} or address
  COMMAND        ${COMMAND_NAMES.join(", ")}, with the options of the originals
  --while 'WHERE COMMAND...'
                 another command that runs meanwhile, so that there is something to see: tcpdump needs one,
                 and iptables tells what was counted of it
${CLUSTER_HELP}
Exits as the command does, 127 when there is none of that name, 2 when the command line is wrong.
`;
}

const OPTIONS = { ...CLUSTER_OPTIONS, while: { type: "string" }, help: { type: "boolean", short: "h" } } as const;

/** `podwire exec POD -- COMMAND...` */
export function exec(arguments_: readonly string[]): number {
  return run("exec", "POD", arguments_);
}

/** `podwire node NODE -- COMMAND...` */
export function node(arguments_: readonly string[]): number {
  return run("node", "NODE", arguments_);
}

/** @throws UsageError, Failure */
function run(name: "exec" | "node", what: "POD" | "NODE", arguments_: readonly string[]): number {
  const { own, command } = splitAtCommand(arguments_, OPTIONS);
  const commandLine = readCommandLine(name, own, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(help(what));
  const [where] = positionals;
  if (where === undefined || positionals.length > 1 || command.length === 0)
    throw new UsageError(
      `${name}: expected ${what} -- COMMAND, found ${arguments_.length === 0 ? "neither" : arguments_.join(" ")}: see podwire ${name} --help`,
    );
  const cluster = openCluster(commandLine);
  const target = values["write"] as string | undefined;
  const say = textPrinter(target);
  const session = new Session(cluster, target, [name, ...arguments_].join(" "), [], values["interface"] as string);
  const meanwhile = values["while"] as string | undefined;
  const status = session.run(() => {
    const place = placeOf(name, session, where);
    if (meanwhile === undefined) return runCommand(place, command, standardTerminal(say));
    return runBeside(name, session, place, command, splitWords(meanwhile), say);
  });
  for (const line of session.captureSummary()) printError(`${line}\n`);
  return status;
}

/** What stands behind the first `--` or, without one, behind the first word that is no option's: the pod. */
function splitAtCommand(
  arguments_: readonly string[],
  options: Readonly<Record<string, { readonly type: string; readonly short?: string }>>,
): { own: readonly string[]; command: readonly string[] } {
  const dashes = arguments_.indexOf("--");
  if (dashes >= 0) return { own: arguments_.slice(0, dashes), command: arguments_.slice(dashes + 1) };
  const takesValue = (word: string): boolean =>
    Object.entries(options).some(
      ([name, { type, short }]) => type === "string" && (word === `--${name}` || word === `-${short}`),
    );
  let at = 0;
  while (arguments_[at]?.startsWith("-") === true) at += takesValue(arguments_[at]!) ? 2 : 1;
  return { own: arguments_.slice(0, at + 1), command: arguments_.slice(at + 1) };
}

/** Starts the command, which looks on, and runs the other one meanwhile; what that says goes to standard error. */
function runBeside(
  name: string,
  session: Session,
  place: Place,
  command: readonly string[],
  [other = "", ...words]: readonly string[],
  say: (text: string) => void,
): number {
  if (command[0] === "iptables") {
    // It tells what was counted: what is to be counted comes first.
    runCommand(placeOf(name, session, other), words, standardTerminal(printError));
    return runCommand(place, command, standardTerminal(say));
  }
  const running = startCommand(place, command, standardTerminal(say));
  if (running === null) return 1;
  const status = runCommand(placeOf(name, session, other), words, standardTerminal(printError));
  running.stop();
  return status;
}

/** @throws UsageError when nobody has the name. */
export function placeOf(command: string, { cluster, taps }: Session, text: string): Place {
  try {
    const { name, host } = cluster.endpoint(text.replace(/^(pod|po|node|no)\//, ""));
    return { cluster, name, host, namespace: host.namespace, taps };
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`${command}: ${error.message}`) : error;
  }
}
