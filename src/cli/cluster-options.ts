/** The options of all commands that run on a cluster: which one, how its cables are, and what is captured. */
import type { LinkOptions } from "../datapath/index.ts";
import {
  applyPolicies,
  type BuildOptions,
  type Cluster,
  CNI_NAMES,
  type CniName,
  type CniPlugin,
  createCni,
  CABLE,
  createExampleCluster,
  EXAMPLE_POLICY_NAME,
  type Finding,
  POD_CABLE,
  type UnderlayDescription,
} from "../kubernetes/index.ts";
import { clusterFileHelp } from "./cluster-file-help.ts";
import { loadCluster } from "./cluster-source.ts";
import { type CommandLine, oneOf, textsOption, wholeNumber } from "./command-line.ts";
import { Failure, UsageError } from "./errors.ts";
import { oneLine, printError } from "./output.ts";
import { type PolicyFiles, readPolicyFiles } from "./policy-source.ts";
import { tellPolicyWarnings } from "./policy-warning-lines.ts";
import { readUnderlay, UNDERLAY_HELP } from "./underlay-option.ts";

export const CLUSTER_OPTIONS = {
  cluster: { type: "string" },
  underlay: { type: "string" },
  mtu: { type: "string" },
  cni: { type: "string" },
  policy: { type: "string", multiple: true },
  write: { type: "string", short: "w" },
  interface: { type: "string", short: "i" },
  loss: { type: "string" },
  delay: { type: "string" },
  rate: { type: "string" },
  seed: { type: "string" },
} as const;

/** What a command's help says of them. */
export const CLUSTER_HELP: string = `  --cluster FILE ${clusterFileHelp(17)}
                 (default: the built-in cluster)
  --cni NAME     the CNI plugin, in one of its modes (default: the one that FILE shows, flannel without one):
${wrapped(CNI_NAMES, 17, 100)}
  --policy FILE  NetworkPolicies and AdminNetworkPolicies in YAML or JSON, as kubectl apply -f takes them: beside those
                 of the cluster's file, or in place of one of the same name; several times; - for standard input;
                 ${EXAMPLE_POLICY_NAME}: those that podwire policy example prints
  --underlay U   what joins the nodes: ${UNDERLAY_HELP}
                 (a provider's network, with routes for the nodes' pod ranges or without)
  --mtu BYTES    of the underlay (default 1500)
  -w FILE        (--write) a capture of all devices: pcapng, or classic pcap when FILE ends in .pcap;
                 - for standard output, and the text goes to standard error
  -i DEVICE      (--interface) capture this device alone: eth0 everywhere, or node-a/eth0
  --loss 5%, --delay 10ms, --rate 100mbit
                 what each node's cable does to frames, each way: between two nodes a packet crosses two
  --seed N       of all that is left to chance (default 1)
`;

/** Words on lines of a help text. */
function wrapped(words: readonly string[], indent: number, width: number): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= width) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => " ".repeat(indent) + line).join(",\n");
}

/** The example cluster is on IANA's port, so that Wireshark decodes its tunnel unasked, and has its addresses under every plugin. */
function exampleCni(name: CniName): CniPlugin {
  if (name === "flannel") return createCni(name, { port: 4789 });
  return createCni(name, name === "weave" ? { range: "10.244.0.0/16" } : {});
}

/** The cluster with all policies. @throws UsageError for an option that is wrong, Failure for a file that is no cluster. */
export function openCluster(commandLine: CommandLine): Cluster {
  return openWithPolicies(commandLine).cluster;
}

/** The same, and tells what is odd about the policies that `--policy` names. */
export function openAndWarn(commandLine: CommandLine): Cluster {
  const { cluster, added } = openWithPolicies(commandLine);
  tellPolicyWarnings(cluster, added.warnings, cluster.policies.list(), added);
  return cluster;
}

function openWithPolicies(commandLine: CommandLine): { readonly cluster: Cluster; readonly added: PolicyFiles } {
  const added = readPolicyFiles(textsOption(commandLine, "policy"));
  const cluster = openUnchanged(commandLine);
  if (added.networkPolicies.length + added.adminPolicies.length > 0)
    cluster.policies.set(applyPolicies(cluster.policies.list(), added));
  return { cluster, added };
}

/** The same without what `--policy` adds. */
export function openUnchanged({ values }: CommandLine): Cluster {
  const text = (option: keyof typeof CLUSTER_OPTIONS): string | undefined => values[option] as string | undefined;
  const cable = cableOptions(text("loss"), text("delay"), text("rate"));
  const mtu = text("mtu");
  const options = {
    ...(cable !== undefined && { cable }),
    ...(mtu !== undefined && { underlayMtu: wholeNumber("--mtu", mtu, 576, 9216) }),
    seed: seedOption(text("seed") ?? "1"),
  };
  const cni = text("cni") === undefined ? undefined : oneOf("--cni", text("cni")!, CNI_NAMES);
  const underlay = text("underlay") === undefined ? undefined : readUnderlay("--underlay", text("underlay")!);
  const file = text("cluster");
  if (file !== undefined) return openFile(file, cni, underlay, options);
  try {
    return createExampleCluster({
      cni: exampleCni(cni ?? "flannel"),
      ...(underlay !== undefined && { underlay }),
      ...options,
    });
  } catch (error) {
    // What the options ask for cannot be had together: an underlay that the nodes are not on, for one.
    throw error instanceof RangeError ? new Failure(error.message) : error;
  }
}

/** Errors of the file go to standard error, a line each: the cluster is built as far as they let it. */
function openFile(
  path: string,
  cni: CniName | undefined,
  underlay: UnderlayDescription | undefined,
  options: BuildOptions,
): Cluster {
  const { cluster, file } = loadCluster(path, { cni, underlay }, { cable: CABLE, podCable: POD_CABLE, ...options });
  for (const finding of file.findings) if (finding.severity === "error") printError(`${findingLine(path, finding)}\n`);
  return cluster;
}

function findingLine(path: string, { object, field, text }: Finding): string {
  return oneLine(`podwire: ${path}: ${object}, ${field}: ${text}`);
}

function seedOption(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2 ** 32 - 1)
    throw new UsageError(`expected --seed from 0 to 4294967295, found ${JSON.stringify(text)}`);
  return Number(text);
}

/** Undefined where no option speaks of cables. */
function cableOptions(
  loss: string | undefined,
  delay: string | undefined,
  rate: string | undefined,
): LinkOptions | undefined {
  if (loss === undefined && delay === undefined && rate === undefined) return undefined;
  return {
    latency:
      delay === undefined ? CABLE.latency : quantity("--delay", delay, { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }, "10ms"),
    ...(rate !== undefined && {
      bitsPerSecond: quantity("--rate", rate, { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 }, "100mbit"),
    }),
    ...(loss !== undefined && { loss: quantity("--loss", loss, { "%": 0.01 }, "5%") }),
  };
}

/** A number with its unit. */
function quantity(option: string, text: string, units: Readonly<Record<string, number>>, example: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([a-z%]+)$/.exec(text) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  if (number === undefined || factor === undefined)
    throw new UsageError(
      `expected ${option} as a number and ${Object.keys(units).join(", ")}, such as ${example}, found ${JSON.stringify(text)}`,
    );
  const value = Number(number) * factor;
  if (option === "--loss" && value > 1) throw new UsageError(`expected --loss of at most 100%, found ${text}`);
  return value;
}
