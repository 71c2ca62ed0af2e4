/** `podwire break`: trouble that people meet, played on the example cluster, with what the commands show of it. */
import { type Scenario, SCENARIOS } from "../commands/index.ts";
import { type Cluster, createCni, createExampleCluster } from "../kubernetes/index.ts";
import { readCommandLine } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { print, style, textPrinter } from "./output.ts";
import { Session } from "./session.ts";
import { ShellSession } from "./shell-session.ts";

const HELP = `Breaks a network as networks break, and shows what the usual commands tell of it.

Usage: podwire break SCENARIO [-w FILE]
       podwire break --list

  -w FILE        (--write) a capture of all devices: pcapng, or classic pcap when FILE ends in .pcap;
                 - for standard output, and the text goes to standard error

${list()}
`;

const OPTIONS = {
  list: { type: "boolean" },
  write: { type: "string", short: "w" },
  help: { type: "boolean", short: "h" },
} as const;

function list(): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  return SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n");
}

/** @returns 0. @throws UsageError, Failure */
export function breakNetwork(arguments_: readonly string[]): number {
  const { values, positionals } = readCommandLine("break", arguments_, OPTIONS);
  if (values["help"] === true) return print(HELP);
  if (values["list"] === true) return print(`${list()}\n`);
  const scenario = SCENARIOS.find(({ name }) => name === positionals[0]);
  if (scenario === undefined || positionals.length > 1)
    throw new UsageError(
      `break: expected a scenario (${SCENARIOS.map(({ name }) => name).join(", ")}), found ${positionals.length === 0 ? "none" : positionals.join(" ")}: see podwire break --list`,
    );
  const target = values["write"] as string | undefined;
  const out = textPrinter(target);
  const session = new Session(clusterOf(scenario), target, `podwire break ${scenario.name}: ${scenario.summary}`, []);
  out(`${style("bold", scenario.summary)}\n`);
  session.run(() => play(session, scenario, out));
  for (const line of session.captureSummary()) out(`${line}\n`);
  return 0;
}

/** The example, with the scenario's plugin: on IANA's port where that is flannel's tunnel, so that Wireshark decodes it unasked. */
function clusterOf({ cni, underlay }: Scenario): Cluster {
  const options = cni === "flannel" ? { port: 4789 } : {};
  return createExampleCluster({ cni: createCni(cni, options), ...(underlay !== undefined && { underlay }) });
}

/** Words, lines with what they print, and changes, in order. What goes to standard error is part of the story. */
function play({ cluster, taps }: Session, { steps }: Scenario, out: (text: string) => void): void {
  const create = (path: string): never => {
    throw new Error(`expected no file to be written, found ${path}`);
  };
  const shell = new ShellSession(cluster, taps, { out, error: out, create });
  for (const step of steps) {
    if (step.kind === "say") out(`${style("green", step.text)}\n`);
    if (step.kind === "do") {
      out(`\n${style("red", `* ${step.text}`)}\n`);
      step.change(cluster);
    }
    if (step.kind === "run") {
      out(`\n${style("bold", `$ ${step.line}`)}\n`);
      shell.run(step.line);
    }
  }
  shell.end();
}
