/** `podwire shell`: commands in pods and on nodes, one after another on one cluster, whose tables fill as they run. */
import { createInterface } from "node:readline";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openAndWarn } from "./cluster-options.ts";
import { readCommandLine } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { print, printError, textPrinter } from "./output.ts";
import { Session } from "./session.ts";
import { ShellSession } from "./shell-session.ts";
import { standardTerminal } from "./standard-terminal.ts";

const HELP = `Runs commands in pods and on nodes, one after another on one cluster: tables fill, time passes.

Usage: podwire shell [OPTION...]
       podwire shell < SCRIPT

${CLUSTER_HELP}
apply FILE... and delete FILE... change the network policies while it runs, as kubectl's apply -f and delete -f do.
Type help for what it knows. Tab completes names, the arrow keys go through what was typed before.
Exits as the last command did, 2 when the command line is wrong.
`;

const HISTORY_LENGTH = 1000;

/** @returns the last command's exit code. @throws UsageError, Failure */
export async function shell(arguments_: readonly string[]): Promise<number> {
  const commandLine = readCommandLine("shell", arguments_, {
    ...CLUSTER_OPTIONS,
    help: { type: "boolean", short: "h" },
  });
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  if (positionals.length > 0)
    throw new UsageError(`shell: expected no argument, found ${positionals.join(" ")}: see podwire shell --help`);
  const target = values["write"] as string | undefined;
  const say = textPrinter(target);
  const session = new Session(openAndWarn(commandLine), target, "podwire shell", [], values["interface"] as string);
  const shellSession = new ShellSession(session.cluster, session.taps, standardTerminal(say));
  const status = await session.runAsync(() => readLines(shellSession));
  for (const line of session.captureSummary()) printError(`${line}\n`);
  return status;
}

/** A prompt, completion and history where somebody types; plain lines from a script. */
async function readLines(session: ShellSession): Promise<number> {
  const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(isInteractive && {
      output: process.stdout,
      completer: (line: string) => session.complete(line),
      historySize: HISTORY_LENGTH,
    }),
  });
  const ask = (): void => {
    if (!isInteractive) return;
    lines.setPrompt(session.prompt);
    lines.prompt();
  };
  // As in other shells, Ctrl-C gives up the line, not the session.
  lines.on("SIGINT", () => {
    process.stdout.write("^C\n");
    lines.write(null, { ctrl: true, name: "u" });
    ask();
  });
  ask();
  for await (const line of lines) {
    session.run(line);
    if (session.hasEnded) break;
    ask();
  }
  session.end();
  return session.status;
}
