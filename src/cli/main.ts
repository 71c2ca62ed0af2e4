#!/usr/bin/env node
/** The `podwire` command: picks the subcommand. */
import { bench } from "./bench.ts";
import { demo } from "./demo.ts";
import { UsageError } from "./errors.ts";
import { print, style } from "./output.ts";
import { ping } from "./ping.ts";
import { runProgram } from "./program.ts";
import { version } from "./version.ts";

interface Command {
  readonly summary: string;
  /** Runs the command and returns its exit code. */
  readonly run: (arguments_: readonly string[]) => number;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  demo: { summary: "follow four exchanges through a two-node cluster, hop by hop", run: demo },
  ping: { summary: "ping from one pod to another", run: ping },
  bench: { summary: "time how fast packets get through the engine", run: bench },
};

function help(): string {
  const names = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${style("bold", name.padEnd(8))} ${summary}`);
  return [
    "Shows, byte by byte, how Kubernetes pods reach each other.",
    "",
    "Usage: podwire COMMAND [OPTION...]",
    "",
    ...names,
    "",
    "  podwire COMMAND --help   tells a command's options",
    "  podwire --version        prints the version",
    "",
  ].join("\n");
}

/** @returns the exit code of the subcommand. @throws UsageError for a wrong command line. */
function main(arguments_: readonly string[]): number {
  const [name, ...rest] = arguments_;
  if (name === "--help" || name === "-h") return print(help());
  if (name === "--version" || name === "-V") return print(`podwire ${version()}\n`);
  if (name === undefined)
    throw new UsageError(`expected a command (${Object.keys(COMMANDS).join(", ")}), found none: see podwire --help`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new UsageError(
      `expected a command (${Object.keys(COMMANDS).join(", ")}), found ${JSON.stringify(name)}: see podwire --help`,
    );
  return command.run(rest);
}

runProgram("podwire", main);
