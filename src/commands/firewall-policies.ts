/** What chains of a node are made from: its pods' policies, and what was decided for them there. */
import { sha1 } from "../bytes/sha1.ts";
import { FilterCount } from "../datapath/index.ts";
import {
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  matchesLabels,
  type NetworkPolicy,
  type PolicyDirection,
  type PolicyPort,
  PodRules,
  type PolicyRule,
} from "../kubernetes/index.ts";
import { ethernet } from "../wire/index.ts";
import { type FirewallCount, type FirewallMatch, NOTHING_COUNTED, sumOf } from "./firewall-table.ts";

export const DIRECTIONS: readonly PolicyDirection[] = ["egress", "ingress"];

/** A pod's policies in a direction, and what its filter counted. */
export interface PodFirewall {
  readonly pod: ClusterPod;
  readonly direction: PolicyDirection;
  readonly policies: readonly NetworkPolicy[];
  /** Packets of connections that are known, or about such. */
  readonly known: FirewallCount;
  readonly invalid: FirewallCount;
  /** First packets, whatever was decided. */
  readonly fresh: FirewallCount;
  readonly allowed: FirewallCount;
  readonly refused: FirewallCount;
  /** First packets that a policy's rules allowed. */
  readonly allowedBy: ReadonlyMap<NetworkPolicy, FirewallCount>;
}

/** Of the pods on a node that have a network of their own. */
export function podFirewalls(cluster: Cluster, node: ClusterNode): PodFirewall[] {
  const pods = node.pods.filter(({ hostNetwork }) => !hostNetwork);
  return pods.flatMap((pod) => DIRECTIONS.map((direction) => podFirewall(cluster, pod, direction)));
}

function podFirewall(cluster: Cluster, pod: ClusterPod, direction: PolicyDirection): PodFirewall {
  const policies = cluster.policies
    .list()
    .networkPolicies.filter(
      (policy) =>
        policy.namespace === pod.kubernetesNamespace &&
        policy[direction] !== null &&
        matchesLabels(policy.podSelector, pod.labels),
    );
  const filters = cluster.policies.filters(pod);
  const filter = direction === "egress" ? filters?.fromPod : filters?.toPod;
  const count = (...what: readonly number[]): FirewallCount =>
    filter === undefined
      ? NOTHING_COUNTED
      : sumOf(what.map((index) => withoutHeaders({ packets: filter.packets[index]!, bytes: filter.bytes[index]! })));
  return {
    pod,
    direction,
    policies,
    known: count(FilterCount.ESTABLISHED, FilterCount.RELATED),
    invalid: count(FilterCount.INVALID),
    fresh: count(FilterCount.ALLOWED, FilterCount.REFUSED),
    allowed: count(FilterCount.ALLOWED),
    refused: count(FilterCount.REFUSED),
    allowedBy: new Map(policies.map((policy) => [policy, decidedFor(cluster, pod, direction, policy, null)])),
  };
}

/** First packets of a pod that a rule of a policy allowed, or any of its rules. */
export function decidedFor(
  cluster: Cluster,
  pod: ClusterPod,
  direction: PolicyDirection,
  policy: NetworkPolicy,
  rule: number | null,
): FirewallCount {
  const filters = cluster.policies.filters(pod);
  const rules = direction === "egress" ? filters?.fromPod.rules : filters?.toPod.rules;
  if (!(rules instanceof PodRules)) return NOTHING_COUNTED;
  const name = `${policy.namespace}/${policy.name}`;
  const counts = [...rules.counts].filter(([decision]) => {
    const description = cluster.policies.decisions.describe(decision);
    return (
      description?.kind === "NetworkPolicy" &&
      description.policy === name &&
      (rule ?? description.rule) === description.rule
    );
  });
  return sumOf(counts.map(([, count]) => withoutHeaders(count)));
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
export function portsMatches({ ports }: PolicyRule, receivers: readonly ClusterPod[]): readonly PortsMatch[] {
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
