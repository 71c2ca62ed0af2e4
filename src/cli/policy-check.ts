/** `podwire policy check`: which pods reach which, by sending packets. */
import {
  drawMatrix,
  type Expectation,
  expectedPorts,
  type Matrix,
  namespaceMatrix,
  parseExpectations,
  podMatrix,
  PolicyDeniers,
  portText,
  Reachability,
  type ReachabilityOptions,
  type TriedPort,
  unmetExpectations,
} from "../commands/index.ts";
import { applyPolicies, type Cluster, type PolicyProtocol, type PolicySet } from "../kubernetes/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openUnchanged } from "./cluster-options.ts";
import { readSource } from "./cluster-source.ts";
import { type CommandLine, oneOf, readCommandLine, textsOption, wholeNumber } from "./command-line.ts";
import { Failure, UsageError } from "./errors.ts";
import { oneLine, print, printError, textPrinter } from "./output.ts";
import { addedPolicies } from "./policy-source.ts";
import { tellPolicyWarnings } from "./policy-warning-lines.ts";
import { changesText, matrixChanges, matrixText } from "./reachability-text.ts";
import { Session } from "./session.ts";
import { tryTarget, writeTarget } from "./text-file.ts";

/** Pods up to which each has a row unless asked otherwise, and those that can have one. */
const FEW_PODS = 30;
const MANY_PODS = 300;

const HELP = `Tells which pods reach which under the network policies of a cluster. What decides is whether packets arrive that
are sent for the purpose: a TCP SYN, a UDP datagram or an SCTP INIT from pod to pod. Pods that no policy tells apart
are tried as one.

Usage: podwire policy check [--cluster FILE] [--policy FILE...] [--tcp PORT] [--udp PORT] [--sctp PORT]
                            [--by pod|namespace] [--diff] [--expect FILE] [--json | --svg FILE] [OPTION...]

  --tcp PORT, --udp PORT, --sctp PORT
                 try this port of each pod; several times (default: the ports that its containers declare, TCP 80 where
                 there are none)
  --by WHAT      a row and a column for each pod, or for each Kubernetes namespace with numbers of pairs (default: pod
                 up to ${FEW_PODS} of them)
  --diff         what would change if the files of --policy were applied; with --expect beside what has to hold then,
                 with --svg framed in the picture of then
  --expect FILE  no table, but a line for each expectation that does not hold, and exit code 1 then. FILE is YAML or
                 JSON, [{ "from": "frontend", "to": "shop/*", "tcp": 8080, "allowed": false }]: pods by name,
                 namespace/name, namespace/* or "*"; one that tests no pair of pods is an error
  --json         print one JSON object in place of text, with the policies that deny
  --svg FILE     write the table as a picture; - for standard output
  The built-in cluster has the policies that podwire policy example prints, unless --policy names others.
${CLUSTER_HELP}
Exits 0, 1 when an expectation does not hold or a file cannot be read, 2 when the command line is wrong.
`;

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  tcp: { type: "string", multiple: true },
  udp: { type: "string", multiple: true },
  sctp: { type: "string", multiple: true },
  by: { type: "string" },
  diff: { type: "boolean" },
  expect: { type: "string" },
  json: { type: "boolean" },
  svg: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const PROTOCOLS: Readonly<Record<"tcp" | "udp" | "sctp", PolicyProtocol>> = { tcp: "TCP", udp: "UDP", sctp: "SCTP" };

/** What was measured, and of what. */
interface Measured {
  readonly reachability: Reachability;
  readonly matrix: Matrix;
}

/** @returns 0, or 1 when an expectation does not hold. @throws UsageError, Failure */
export function checkPolicies(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("policy check", arguments_, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  const request = readRequest(commandLine, positionals);
  const added = addedPolicies(commandLine);
  const cluster = openUnchanged(commandLine);
  const before = cluster.policies.list();
  const after = applyPolicies(before, added);
  tellPolicyWarnings(cluster, added.warnings, after);
  for (const text of cluster.findings()) printError(oneLine(`podwire: warning: ${text}`) + "\n");
  const by = request.by ?? (cluster.pods.length <= FEW_PODS ? "pod" : "namespace");
  // Expectations alone show no table, of however many pods; what would change is shown beside them.
  const isShown = request.expectations === null || request.isDiff;
  if (by === "pod" && cluster.pods.length > MANY_PODS && isShown)
    throw new UsageError(
      `policy check: expected at most ${MANY_PODS} pods for --by pod, found ${cluster.pods.length}: try --by namespace`,
    );
  const target = values["write"] as string | undefined;
  const about = `policy check ${arguments_.join(" ")}`.trimEnd();
  const session = new Session(cluster, target, about, [], values["interface"] as string | undefined);
  const options = { ...portOptions(cluster, request), policySets: [before, after] };
  const reachability = new Reachability(cluster, options);
  const measure = (policies: PolicySet): Matrix => {
    cluster.policies.set(policies);
    reachability.measure();
    const deniers = request.isJson ? new PolicyDeniers(cluster) : undefined;
    return by === "pod" && isShown ? podMatrix(reachability, deniers) : namespaceMatrix(reachability, deniers);
  };
  const say = textPrinter(target);
  const status = session.run(() => {
    const old = request.isDiff ? measure(before) : null;
    const matrix = measure(after);
    return report(request, { reachability, matrix }, old, say);
  });
  for (const line of session.captureSummary()) printError(`${line}\n`);
  return status;
}

interface Request {
  readonly ports: readonly TriedPort[];
  readonly by: "pod" | "namespace" | undefined;
  readonly isDiff: boolean;
  readonly expectations: readonly Expectation[] | null;
  /** The file of the expectations, "" for none. */
  readonly expectationFile: string;
  readonly isJson: boolean;
  readonly svg: string | undefined;
}

function readRequest(commandLine: CommandLine, positionals: readonly string[]): Request {
  const { values } = commandLine;
  if (positionals.length > 0)
    throw new UsageError(
      `policy check: expected options alone, found ${positionals.join(" ")}: see podwire policy check --help`,
    );
  const by =
    values["by"] === undefined ? undefined : oneOf("--by", values["by"] as string, ["pod", "namespace"] as const);
  const [isJson, svg, expect] = [
    values["json"] === true,
    values["svg"] as string | undefined,
    values["expect"] as string | undefined,
  ];
  if (isJson && svg !== undefined) throw new UsageError("policy check: expected --json or --svg, found both");
  if (svg !== undefined && expect !== undefined)
    throw new UsageError("policy check: expected --svg or --expect, found both");
  if (svg !== undefined) tryTarget(svg);
  return {
    ports: readPorts(commandLine),
    by,
    isDiff: values["diff"] === true,
    ...(expect === undefined ? { expectations: null, expectationFile: "" } : readExpectations(expect)),
    isJson,
    svg,
  };
}

function readPorts(commandLine: CommandLine): readonly TriedPort[] {
  return (["tcp", "udp", "sctp"] as const).flatMap((option) =>
    textsOption(commandLine, option).map((text) => ({
      protocol: PROTOCOLS[option],
      port: wholeNumber(`--${option}`, text, 1, 65_535),
    })),
  );
}

function readExpectations(path: string): Pick<Request, "expectations" | "expectationFile"> {
  const { text, name } = readSource(path);
  return { expectations: orFailure(name, () => parseExpectations(text)), expectationFile: name };
}

function orFailure<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new Failure(`${name}: ${error.message}`) : error;
  }
}

function portOptions(cluster: Cluster, { ports, ...request }: Request): ReachabilityOptions {
  const { expectations, expectationFile } = request;
  if (expectations !== null) return { portsOf: orFailure(expectationFile, () => expectedPorts(cluster, expectations)) };
  return ports.length === 0 ? {} : { portsOf: () => ports };
}

function report(request: Request, measured: Measured, old: Matrix | null, say: (text: string) => void): number {
  const { reachability, matrix } = measured;
  const { expectations, isJson, svg } = request;
  const unmet = expectations === null ? [] : unmetExpectations(reachability, expectations);
  const changes = old === null ? null : matrixChanges(old, matrix);
  for (const line of unmet) printError(`podwire: ${oneLine(line)}\n`);
  if (isJson) say(`${JSON.stringify(record(measured, expectations, unmet, changes))}\n`);
  else if (svg !== undefined) writeTarget(svg, drawMatrix(matrix, title(reachability), old ?? undefined));
  else if (expectations !== null)
    say(
      `${changes === null ? "" : changesText(changes)}${expectations.length - unmet.length} of ${expectations.length} expectations hold\n`,
    );
  else say(`${changes === null ? matrixText(matrix) : changesText(changes)}${closing(reachability)}\n`);
  return unmet.length === 0 ? 0 : 1;
}

function title({ cluster }: Reachability): string {
  const { networkPolicies, adminPolicies } = cluster.policies.list();
  const count = networkPolicies.length + adminPolicies.length;
  return `${cluster.cni.name}: ${cluster.pods.length} pods, ${count} ${count === 1 ? "policy" : "policies"}`;
}

/** How much was tried. */
function closing(reachability: Reachability): string {
  const { groups, sentCount } = reachability;
  return `${title(reachability)}, ${groups.length} groups that no policy divides, ${sentCount} packets sent`;
}

function record(
  { reachability, matrix }: Measured,
  expectations: readonly Expectation[] | null,
  unmet: readonly string[],
  changes: readonly object[] | null,
): object {
  const { cluster, groups, sentCount } = reachability;
  return {
    cni: cluster.cni.name,
    pods: cluster.pods.length,
    packets: sentCount,
    groups: groups.map(({ pods, ports }) => ({
      pods: pods.map(({ fullName }) => fullName),
      ports: ports.map(portText),
    })),
    ...(expectations === null ? { matrix } : { expectations: { count: expectations.length, unmet } }),
    ...(changes !== null && { changes }),
  };
}
