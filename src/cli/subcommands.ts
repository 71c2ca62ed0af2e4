/** The subcommands of `podwire`, by name. */
import { UsageError } from "./errors.ts";
import { print, style } from "./output.ts";
import { version } from "./version.ts";

interface Command {
  readonly summary: string;
  /** Loads the command, and none of the others: all of them take as long to load as Node does to start. */
  readonly load: () => Promise<Run>;
}

/** Runs the command and returns its exit code. */
type Run = (arguments_: readonly string[]) => number | Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  demo: {
    summary: "follow four exchanges through a two-node cluster, hop by hop",
    load: async () => (await import("./demo.ts")).demo,
  },
  ping: { summary: "ping from one pod to another", load: async () => (await import("./ping.ts")).ping },
  curl: { summary: "ask a pod over HTTP from another", load: async () => (await import("./place-command.ts")).curl },
  traceroute: {
    summary: "find the routers between two pods",
    load: async () => (await import("./place-command.ts")).traceroute,
  },
  trace: {
    summary: "follow one packet, with the entry that decided at each device",
    load: async () => (await import("./trace.ts")).trace,
  },
  compare: {
    summary: "send the same packet under several CNI plugins, side by side",
    load: async () => (await import("./compare.ts")).compare,
  },
  exec: { summary: "run ip, ping and the like in a pod", load: async () => (await import("./exec.ts")).exec },
  node: {
    summary: "run ip, bridge, tcpdump and the like on a node",
    load: async () => (await import("./exec.ts")).node,
  },
  shell: {
    summary: "run one command after another on one cluster",
    load: async () => (await import("./shell.ts")).shell,
  },
  break: {
    summary: "break the network as networks break, and see what commands show",
    load: async () => (await import("./break.ts")).breakNetwork,
  },
  draw: {
    summary: "draw the cluster, and a packet's way through it, as SVG",
    load: async () => (await import("./draw.ts")).draw,
  },
  cluster: {
    summary: "check a cluster's file, or write one to start from",
    load: async () => (await import("./cluster.ts")).cluster,
  },
  policy: {
    summary: "tell which pods reach which under network policies, and why",
    load: async () => (await import("./policy.ts")).policy,
  },
  decode: {
    summary: "tell what captures hold: lines, trees, JSON, columns, bytes",
    load: async () => (await import("./decode.ts")).decode,
  },
  convert: {
    summary: "convert, merge, cut and change captures",
    load: async () => (await import("./convert.ts")).convert,
  },
  generate: {
    summary: "write frames for tests of other programs, valid or with one rule broken",
    load: async () => (await import("./generate.ts")).generate,
  },
  bench: {
    summary: "time how fast packets get through the engine",
    load: async () => (await import("./bench.ts")).bench,
  },
};

function help(): string {
  const names = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${style("bold", name.padEnd(11))} ${summary}`);
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

/** Picks the subcommand and runs it. @returns its exit code. @throws UsageError for a wrong command line; Failure */
export async function runSubcommand(arguments_: readonly string[]): Promise<number> {
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
  return (await command.load())(rest);
}
