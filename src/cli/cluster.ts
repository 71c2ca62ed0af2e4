/** `podwire cluster`: writes a cluster's file to start from, and tells what is in one. */
import { CNI_NAMES, INITIAL_LIMIT, initialClusterFile } from "../kubernetes/index.ts";
import { writeTarget } from "./text-file.ts";
import { checkCluster } from "./cluster-check.ts";
import { clusterFileHelp } from "./cluster-file-help.ts";
import { readCommandLine, oneOf, textOption, wholeNumber } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { print } from "./output.ts";
import { readUnderlay, UNDERLAY_HELP } from "./underlay-option.ts";

const HELP = `Writes a cluster's file to start from, or tells what is in one: nodes, pods, the CNI plugin, and what is wrong.

Usage: podwire cluster init [--nodes N] [--pods-per-node M] [--cni NAME] [-o FILE]
       podwire cluster check FILE [--cni NAME] [--underlay TEXT] [--json]

  --nodes N          nodes to write, 1 to ${INITIAL_LIMIT} (default 2)
  --pods-per-node M  pods on each, up to ${INITIAL_LIMIT} (default 3)
  -o FILE            (--output) where the file goes; standard output when left out, or as -
  FILE               ${clusterFileHelp(21)}
  --cni NAME         the plugin, for init flannel unless given, for check the one that is recognised:
${CNI_NAMES.map((name) => `                       ${name}`).join("\n")}
  --underlay TEXT    the nodes' network, when it is not what the file looks like:
                     ${UNDERLAY_HELP}
  --json             print one JSON object in place of text

check exits 1 when something is wrong with the cluster, or with the file; warnings alone exit 0. 2: wrong command line.
`;

const OPTIONS = {
  nodes: { type: "string" },
  "pods-per-node": { type: "string" },
  cni: { type: "string" },
  output: { type: "string", short: "o" },
  underlay: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What belongs to which of both. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  init: ["nodes", "pods-per-node", "cni", "output"],
  check: ["cni", "underlay", "json"],
};

/** @returns 0, or 1 when check finds errors. @throws UsageError, Failure. */
export function cluster(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("cluster", arguments_, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  const [action, ...rest] = positionals;
  const options = Object.hasOwn(OPTIONS_OF, action ?? "") ? OPTIONS_OF[action ?? ""] : undefined;
  if (action === undefined || options === undefined)
    throw new UsageError(
      `cluster: expected init or check, found ${action === undefined ? "neither" : JSON.stringify(action)}: see podwire cluster --help`,
    );
  for (const option of Object.keys(values))
    if (!options.includes(option))
      throw new UsageError(`cluster ${action}: --${option} is not for it: see podwire cluster --help`);
  const name = values["cni"] === undefined ? undefined : oneOf("--cni", textOption(commandLine, "cni", ""), CNI_NAMES);
  if (action === "check") {
    const text = values["underlay"] as string | undefined;
    const underlay = text === undefined ? undefined : readUnderlay("--underlay", text);
    return checkCluster(onlyFile(rest), { cni: name, underlay }, values["json"] === true);
  }
  if (rest.length > 0)
    throw new UsageError(`cluster init: expected no argument, found ${rest.join(" ")}: see podwire cluster --help`);
  const text = initialClusterFile({
    nodes: wholeNumber("--nodes", textOption(commandLine, "nodes", "2"), 1, INITIAL_LIMIT),
    podsPerNode: wholeNumber("--pods-per-node", textOption(commandLine, "pods-per-node", "3"), 0, INITIAL_LIMIT),
    cni: name ?? "flannel",
  });
  writeTarget(textOption(commandLine, "output", "-"), text);
  return 0;
}

function onlyFile(rest: readonly string[]): string {
  if (rest.length !== 1)
    throw new UsageError(
      `cluster check: expected FILE, found ${rest.length === 0 ? "none" : rest.join(" ")}: see podwire cluster --help`,
    );
  return rest[0]!;
}
