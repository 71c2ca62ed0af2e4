/** `podwire policy explain`: why a connection is allowed, or not, and its first packet's way. */
import {
  answerText,
  type EndExplanation,
  explainVerdict,
  NO_ANSWER,
  outsideSender,
  type PathTrace,
  type Place,
  POLICY_REFUSALS,
  type PolicyEnd,
  type Probe,
  type Taps,
  tracePath,
} from "../commands/index.ts";
import {
  applyPolicies,
  type Cluster,
  type ClusterPod,
  type PolicyQuery,
  type PolicyVerdict,
  sourceTowards,
} from "../kubernetes/index.ts";
import { parseIpv4 } from "../wire/index.ts";
import { CLUSTER_HELP, CLUSTER_OPTIONS, openUnchanged } from "./cluster-options.ts";
import { readCommandLine } from "./command-line.ts";
import { UsageError } from "./errors.ts";
import { placeOf } from "./exec.ts";
import { print, printError, style, textPrinter } from "./output.ts";
import { addedPolicies } from "./policy-source.ts";
import { tellPolicyWarnings } from "./policy-warning-lines.ts";
import { Session } from "./session.ts";
import { destinationOf, readProbe } from "./trace.ts";
import { traceRecord, traceText } from "./trace-text.ts";

const HELP = `Tells which network policies have a say in a connection, which rule decides, why others do not, and what to change
if it is denied; and follows the packet that asks for it.

Usage: podwire policy explain SOURCE DESTINATION [--tcp PORT | --udp PORT | --sctp PORT] [--json] [OPTION...]

  SOURCE        a pod or node, by name or address; or an IPv4 address outside the cluster: the underlay's router sends
                for it, to the pod's node, as a load balancer does that keeps clients' addresses
  DESTINATION   the same, or any IPv4 address
  --tcp PORT    the connection's port (default: an ICMP echo request)
  --udp PORT, --sctp PORT
                the same of UDP or SCTP
  --json        print one JSON object in place of text
  The built-in cluster has the policies that podwire policy example prints, unless --policy names others.
${CLUSTER_HELP}
Exits 0 when policies let it through and it arrived, whatever came back; 1 when it was denied or lost; 2 when the
command line is wrong.
`;

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  tcp: { type: "string" },
  udp: { type: "string" },
  sctp: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns 0 when it is allowed. @throws UsageError, Failure */
export function explainPolicies(arguments_: readonly string[]): number {
  const commandLine = readCommandLine("policy explain", arguments_, OPTIONS);
  const { values, positionals } = commandLine;
  if (values["help"] === true) return print(HELP);
  const [from, to] = positionals;
  if (from === undefined || to === undefined || positionals.length > 2)
    throw new UsageError(
      `policy explain: expected SOURCE and DESTINATION, found ${from === undefined ? "neither" : positionals.join(" ")}: see podwire policy explain --help`,
    );
  const probe = readProbe("policy explain", commandLine);
  const added = addedPolicies(commandLine);
  const own = added.isExample ? "with the built-in example's policies; --policy FILE takes others\n" : "";
  const cluster = openUnchanged(commandLine);
  const policies = applyPolicies(cluster.policies.list(), added);
  cluster.policies.set(policies);
  tellPolicyWarnings(cluster, added.warnings, policies, added);
  const target = values["write"] as string | undefined;
  const about = `policy explain ${arguments_.join(" ")}`;
  const session = new Session(cluster, target, about, [], values["interface"] as string | undefined);
  const address = destinationOf("policy explain", cluster, to);
  const { place, source, note } = senderOf(session, from, address);
  const destination = podWithOwn(cluster, address) ?? address;
  const say = textPrinter(target);
  const traced = session.run(() => tracePath(place, address, probe));
  const { hasArrived } = traced.there;
  const answer = answerText(traced, probe, cluster.cni.vxlanPorts);
  const verdict = cluster.policies.verdict({ source, destination, ...connectionOf(probe) });
  const service = probe.protocol === "icmp" ? "ICMP" : `${PROTOCOLS[probe.protocol]} ${probe.port}`;
  const { namespaceLabels } = cluster;
  const ends = explainVerdict(verdict, { source, destination, service }, { policies, namespaceLabels });
  const outcome = outcomeText(verdict, traced, answer);
  if (values["json"] === true)
    say(
      `${JSON.stringify({ outcome, isAllowed: verdict.isAllowed, hasArrived, answer, ends, trace: traceRecord(cluster, place, address, traced) })}\n`,
    );
  else
    say(
      `${style(hasArrived ? "green" : "red", outcome)}\n${note}${ends.map(endText).join("")}${own}\n${traceText(cluster, place, address, probe, traced)}`,
    );
  for (const line of session.captureSummary()) printError(`${line}\n`);
  return hasArrived ? 0 : 1;
}

/** Who sends, and as whom policies see him. */
interface ExplainedSender {
  readonly place: Place;
  readonly source: PolicyEnd;
  /** A line about how it is sent; "" where it goes without saying. */
  readonly note: string;
}

/** @throws UsageError when nobody has the name, or nobody outside can have the address */
function senderOf(session: Session, from: string, destination: number): ExplainedSender {
  const { cluster, taps } = session;
  if (isOutside(cluster, from)) return outsideOf(cluster, taps, from, destination);
  const place = placeOf("policy explain", session, from);
  const { namespace } = place;
  const pod = cluster.pods.find((each) => each.namespace === namespace && !each.hostNetwork);
  // To policies, whoever has no address of his own is an address.
  const address = pod === undefined ? cluster.endpoint(place.name).address : pod.address;
  return { place, source: pod ?? sourceTowards({ address, namespace }, destination), note: "" };
}

function isOutside(cluster: Cluster, from: string): boolean {
  if (!/^[\d.]+$/.test(from)) return false;
  try {
    cluster.endpoint(from);
    return false;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return true;
  }
}

function outsideOf(cluster: Cluster, taps: Taps, from: string, destination: number): ExplainedSender {
  try {
    const source = parseIpv4(from);
    const { place, node } = outsideSender(cluster, taps, source, destination);
    const note = `${from} is outside: ${place.namespace.name} sends for it, to ${node.name}, as a load balancer does that keeps clients' addresses\n`;
    return { place, source, note };
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`policy explain: ${error.message}`) : error;
  }
}

/** The pod that has an address for itself: to policies, others are addresses. */
function podWithOwn(cluster: Cluster, address: number): ClusterPod | undefined {
  return cluster.pods.find((pod) => pod.address === address && !pod.hostNetwork);
}

const PROTOCOLS = { tcp: "TCP", udp: "UDP", sctp: "SCTP" } as const;

function connectionOf(probe: Probe): { readonly protocol: PolicyQuery["protocol"]; readonly port?: number } {
  if (probe.protocol === "icmp") return { protocol: "ICMP" };
  return { protocol: PROTOCOLS[probe.protocol], port: probe.port };
}

/** What policies say, whether the packet arrived, and what came back. */
function outcomeText({ isAllowed }: PolicyVerdict, traced: PathTrace, answer: string): string {
  const { there, outcome } = traced;
  const { lost, dropReason } = there;
  if (there.hasArrived) return `allowed: the packet arrived, and ${answer}`;
  const isDenied = POLICY_REFUSALS.includes(dropReason);
  if (!isAllowed && isDenied) return "denied: a network policy dropped the packet";
  const sent = outcome === "sent" ? "nothing was seen of it" : `nothing was sent: ${outcome.replaceAll("-", " ")}`;
  const end = lost === "" ? sent : `it was lost: ${lost}${answer === NO_ANSWER ? "" : `; ${answer}`}`;
  return isAllowed ? `policies allow it, but ${end}` : `policies deny it, and before it came to them ${end}`;
}

/** What the policies of one end say, on two lines or more. */
function endText({ direction, end, isAllowed, policies, reason, place, advice }: EndExplanation): string {
  const what = direction === "egress" ? "leaving" : "entering";
  const selecting = policies.flatMap(({ name, origin, misses }) => [
    `    selected by ${name} (${origin})`,
    ...shown(misses).map((text) => `        ${text}`),
  ]);
  const lines = [
    `${style("bold", `${what} ${end}`)}: ${style(isAllowed ? "green" : "red", reason)}`,
    ...(place === "" ? [] : [`    the rule stands in ${place}`]),
    ...selecting,
    ...(advice === "" ? [] : [`    ${advice}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** As many rules of a policy as a person reads. */
const SHOWN_MISSES = 20;

function shown(misses: readonly string[]): readonly string[] {
  const more = misses.length - SHOWN_MISSES;
  return more > 0 ? [...misses.slice(0, SHOWN_MISSES), `nor do ${more} more rules`] : misses;
}
