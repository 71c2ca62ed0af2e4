/** What chains of a node are made from: its pods' policies, and what was decided for them there. */
import { sha1 } from "../bytes/sha1.ts";
import { FilterCount } from "../datapath/index.ts";
import {
  type AdminPolicy,
  type AdminPolicyRule,
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  type DecisionDescription,
  ECHO_PASSES,
  labelsOfNamespace,
  matchesLabels,
  type NetworkPolicy,
  type PodCount,
  type PolicyDirection,
  type PolicyPort,
  PodRules,
  type PolicyRule,
} from "../kubernetes/index.ts";
import { ethernet } from "../wire/index.ts";
import { type FirewallCount, type FirewallMatch, less, NOTHING_COUNTED, sumOf } from "./firewall-table.ts";

export const DIRECTIONS: readonly PolicyDirection[] = ["egress", "ingress"];

/** Policies of either kind. */
export type AnyPolicy = NetworkPolicy | AdminPolicy;

/** How often a pod's rules decided so on first packets. */
export interface Decided {
  /** "unruled": no policy has a say; "echo": passed whatever policies say; "isolation": no rule allows it. */
  readonly what: "unruled" | "echo" | "isolation" | "rule";
  readonly isAllowed: boolean;
  /** Of a rule; null for others. */
  readonly policy: AnyPolicy | null;
  readonly rule: number | null;
  readonly all: FirewallCount;
  /** Of these, what was to or from the pod's own node. */
  readonly node: FirewallCount;
  /** And what was to or from another pod of that node, which passes that pod's chains as well. */
  readonly beside: FirewallCount;
}

/**
 * A pod's policies in a direction, and what its filter counted. A filter does not tell packets of known connections
 * apart: one between two pods of a node counts at both of them, and one of the node itself like any other.
 */
export interface PodFirewall {
  readonly pod: ClusterPod;
  readonly direction: PolicyDirection;
  /** Those that isolate it, as they are asked: by their names. */
  readonly policies: readonly NetworkPolicy[];
  /** Administrators', as they are asked. */
  readonly admin: readonly AdminPolicy[];
  /** Asked where no policy isolates. */
  readonly baseline: readonly AdminPolicy[];
  /** Packets of connections that are known, or about such. */
  readonly known: FirewallCount;
  readonly invalid: FirewallCount;
  /** First packets, whatever was decided, but for `own` and echo requests that nobody asks about. */
  readonly fresh: FirewallCount;
  readonly allowed: FirewallCount;
  readonly refused: FirewallCount;
  /** Those of no connection to or from its own node that no policy was asked about. */
  readonly own: FirewallCount;
  /** By decision, of the policies that there are now. */
  readonly decided: readonly Decided[];
}

/** Of the pods on a node that have a network of their own. */
export function podFirewalls(cluster: Cluster, node: ClusterNode): PodFirewall[] {
  const pods = node.pods.filter(({ hostNetwork }) => !hostNetwork);
  return pods.flatMap((pod) => DIRECTIONS.map((direction) => podFirewall(cluster, pod, direction)));
}

function podFirewall(cluster: Cluster, pod: ClusterPod, direction: PolicyDirection): PodFirewall {
  const { networkPolicies, adminPolicies } = cluster.policies.list();
  const isolating = networkPolicies.filter(
    (policy) =>
      policy.namespace === pod.kubernetesNamespace &&
      policy[direction] !== null &&
      matchesLabels(policy.podSelector, pod.labels),
  );
  const policies = isolating.sort(byName);
  const asked = adminPolicies.filter((policy) => policy[direction].length > 0 && isSubject(cluster, policy, pod));
  const admin = asked.filter(({ isBaseline }) => !isBaseline).sort(inOrder);
  const baseline = policies.length > 0 ? [] : asked.filter(({ isBaseline }) => isBaseline);
  const filters = cluster.policies.filters(pod);
  const filter = direction === "egress" ? filters?.fromPod : filters?.toPod;
  const count = (...what: readonly number[]): FirewallCount =>
    filter === undefined
      ? NOTHING_COUNTED
      : sumOf(what.map((index) => withoutHeaders({ packets: filter.packets[index]!, bytes: filter.bytes[index]! })));
  const counts = filter?.rules instanceof PodRules ? [...filter.rules.counts] : [];
  const decided = counts.flatMap(([decision, counted]) =>
    decidedOf(cluster.policies.decisions.describe(decision), decision, counted, { policies, admin, baseline }),
  );
  const own = sumOf(decided.filter(({ what }) => what === "unruled").map(({ node }) => node));
  const ruled = decided.filter(({ what }) => what !== "echo");
  const all = (isAllowed: boolean): FirewallCount =>
    sumOf(ruled.filter((each) => each.isAllowed === isAllowed).map((each) => each.all));
  const [allowed, refused] = [less(all(true), own), all(false)];
  return {
    pod,
    direction,
    policies,
    admin,
    baseline,
    known: count(FilterCount.ESTABLISHED, FilterCount.RELATED),
    invalid: count(FilterCount.INVALID),
    fresh: sumOf([allowed, refused]),
    allowed,
    refused,
    own,
    decided,
  };
}

/** Nothing for a decision of policies that are no more: chains that programs write anew count from 0. */
function decidedOf(
  description: DecisionDescription | null,
  decision: number,
  count: Readonly<PodCount>,
  { policies, admin, baseline }: Pick<PodFirewall, "policies" | "admin" | "baseline">,
): readonly Decided[] {
  const node = withoutHeaders({ packets: count.nodePackets, bytes: count.nodeBytes });
  const beside = withoutHeaders({ packets: count.besidePackets, bytes: count.besideBytes });
  const counted = { all: withoutHeaders(count), node, beside };
  const none = { policy: null, rule: null };
  if (decision === ECHO_PASSES) return [{ what: "echo", isAllowed: true, ...none, ...counted }];
  if (description === null) {
    // Of a pod that policies isolate only what its own node exchanges with it is not decided on.
    if (policies.length > 0)
      return [{ what: "unruled", isAllowed: true, ...none, all: node, node, beside: NOTHING_COUNTED }];
    return [{ what: "unruled", isAllowed: true, ...none, ...counted }];
  }
  const { kind, policy: name, rule, isAllowed, isolatedBy, direction } = description;
  if (name === null) {
    const isNow = isolatedBy.length === policies.length && policies.every((own) => isolatedBy.includes(fullName(own)));
    return isNow ? [{ what: "isolation", isAllowed, ...none, ...counted }] : [];
  }
  const among = kind === "NetworkPolicy" ? policies : kind === "AdminNetworkPolicy" ? admin : baseline;
  const policy = (among as readonly AnyPolicy[]).find((own) => fullName(own) === name);
  const found: PolicyRule | AdminPolicyRule | undefined = policy?.[direction]?.[rule!];
  if (policy === undefined || found === undefined) return [];
  // A rule of its place that says something else now has not decided it.
  if ("action" in found && found.action !== (isAllowed ? "Allow" : "Deny")) return [];
  return [{ what: "rule", isAllowed, policy, rule, ...counted }];
}

function isSubject(cluster: Cluster, { subject }: AdminPolicy, { kubernetesNamespace, labels }: ClusterPod): boolean {
  const namespace = labelsOfNamespace(kubernetesNamespace, cluster.namespaceLabels.get(kubernetesNamespace));
  if (subject.kind === "namespaces") return matchesLabels(subject.selector, namespace);
  return matchesLabels(subject.namespaceSelector, namespace) && matchesLabels(subject.podSelector, labels);
}

/** The lowest priority number first; names decide between equals. */
function inOrder(a: AdminPolicy, b: AdminPolicy): number {
  return a.priority - b.priority || byName(a, b);
}

function byName(a: AnyPolicy, b: AnyPolicy): number {
  return a.name < b.name ? -1 : 1;
}

/** "default/backend"; an administrator's policy's own name. */
export function fullName(policy: AnyPolicy): string {
  return "namespace" in policy ? `${policy.namespace}/${policy.name}` : policy.name;
}

/** First packets that rules of these policies decided on, or one rule of them, or those that were allowed, or refused. */
export function decidedBy(
  firewalls: readonly PodFirewall[],
  policies: readonly AnyPolicy[],
  only: { readonly rule?: number; readonly isAllowed?: boolean } = {},
): FirewallCount {
  return sumOf(
    firewalls.flatMap(({ decided }) =>
      decided
        .filter(
          ({ policy, rule, isAllowed }) =>
            policy !== null &&
            policies.includes(policy) &&
            (only.rule ?? rule) === rule &&
            (only.isAllowed ?? isAllowed) === isAllowed,
        )
        .map(({ all }) => all),
    ),
  );
}

/** First packets that no rule allowed while policies isolate. */
export function isolatedFrom(firewalls: readonly PodFirewall[]): FirewallCount {
  return sumOf(
    firewalls.flatMap(({ decided }) => decided.filter(({ what }) => what === "isolation").map(({ all }) => all)),
  );
}

/**
 * First packets that passed two pods of one node: they come to that node's FORWARD chain once, and are in both pods'
 * counts. What policies of one end decided that are no more does not count.
 */
export function passedTwice(firewalls: readonly PodFirewall[]): FirewallCount {
  const beside = (direction: PolicyDirection): FirewallCount =>
    sumOf(
      firewalls.flatMap((firewall) =>
        firewall.decided
          .filter(({ what, isAllowed }) => what !== "echo" && (isAllowed || direction === "ingress"))
          .map((decided) => (firewall.direction === direction ? decided.beside : NOTHING_COUNTED)),
      ),
    );
  const [sent, received] = [beside("egress"), beside("ingress")];
  return sent.packets < received.packets ? sent : received;
}

/** Filters count frames, and the kernel packets. */
export function withoutHeaders({ packets, bytes }: FirewallCount): FirewallCount {
  return { packets, bytes: bytes - packets * ethernet.HEADER_LENGTH };
}

/** A rule's ports of one protocol: the protocol and what matches them. */
export interface PortsMatch {
  readonly protocol?: string;
  readonly matches: readonly FirewallMatch[];
}

/** One for each protocol that the rule has ports of; those by name are of the numbers that `receivers` give them. */
export function portsMatches(
  { ports }: Pick<PolicyRule, "ports">,
  receivers: readonly ClusterPod[],
): readonly PortsMatch[] {
  if (ports === null) return [{ matches: [] }];
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))];
  return protocols.map((protocol) => {
    const own = ports.filter((port) => port.protocol === protocol);
    const name = protocol.toLowerCase();
    if (own.some(({ port }) => port === null)) return { protocol: name, matches: [] };
    const texts = own.flatMap((port) => portTexts(port, receivers));
    // A name that no receiver has is no port.
    const text = texts.length === 0 ? "0" : [...new Set(texts)].join(",");
    const multiport = { module: "multiport", shown: `multiport dports ${text}`, written: `--dports ${text}` };
    return { protocol: name, matches: [multiport] };
  });
}

function portTexts({ protocol, port, endPort }: PolicyPort, receivers: readonly ClusterPod[]): readonly string[] {
  if (typeof port !== "string") return [endPort === null ? String(port) : `${port}:${endPort}`];
  const declared = receivers.flatMap(({ containers }) => containers.flatMap(({ ports = [] }) => ports));
  return declared
    .filter((own) => own.name === port && own.protocol === protocol)
    .map(({ containerPort }) => String(containerPort));
}

/** The pods whose names of ports count in a rule: those that are selected, or in egress any. */
export function receiversOf(
  cluster: Cluster,
  direction: PolicyDirection,
  selected: readonly PodFirewall[],
): ClusterPod[] {
  return direction === "ingress" ? selected.map(({ pod }) => pod) : [...cluster.pods];
}

const DIGITS = {
  32: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  64: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
} as const;

/** A name of `length` digits that stands for a text. Programs have hashes of their own for these: the digits are others. */
export function hashedName(text: string, length: number, base: 32 | 64): string {
  const digest = sha1(new TextEncoder().encode(text));
  return Array.from({ length }, (_none, index) => DIGITS[base][digest[index % digest.length]! % base]).join("");
}
