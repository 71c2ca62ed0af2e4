/** Why a connection is allowed, or not: which policies select its ends, and what to change. */
import {
  type AdminPolicy,
  type ClusterPod,
  type NamespaceLabels,
  type NetworkPolicy,
  type PolicyDecision,
  type PolicyDirection,
  type PolicyKind,
  type PolicySet,
  type PolicyVerdict,
} from "../kubernetes/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import { lastingLabels } from "./generated-labels.ts";
import { type AskedConnection, ruleFits } from "./rule-mismatch.ts";

/** A pod, or an address that no pod of the cluster has. */
export type PolicyEnd = ClusterPod | number;

export interface SelectingPolicy {
  /** "default/backend", or an administrator's policy's own name. */
  readonly name: string;
  /** Where it was read: "deny.json: document 1, items[2]". */
  readonly origin: string;
  /**
   * Where it isolates and none allows: why each of its rules does not, "spec.ingress[0] allows from default/web, but its
   * ports are TCP 6379".
   */
  readonly misses: readonly string[];
}

/** A connection that was decided on. */
export interface ExplainedConnection {
  readonly source: PolicyEnd;
  readonly destination: PolicyEnd;
  /** "TCP 8080", or "ICMP". */
  readonly service: string;
}

/** Where policies hold: a cluster. */
export interface PolicyScene {
  readonly policies: PolicySet;
  readonly namespaceLabels: NamespaceLabels;
}

/** What the policies at one end say. */
export interface EndExplanation {
  readonly direction: PolicyDirection;
  /** "default/frontend" */
  readonly end: string;
  readonly isAllowed: boolean;
  /** All that select the pod in this direction. */
  readonly policies: readonly SelectingPolicy[];
  /** What decided, in words. */
  readonly reason: string;
  /** Where the deciding rule stands: "deny.json: document 1, items[2], spec.ingress[0]"; "" where no rule decided. */
  readonly place: string;
  /** What a person can do to have it otherwise; "" where it is allowed. */
  readonly advice: string;
}

/** Egress at the source first. */
export function explainVerdict(
  { egress, ingress }: PolicyVerdict,
  { source, destination, service }: ExplainedConnection,
  scene: PolicyScene,
): EndExplanation[] {
  return [
    explainEnd("egress", egress, source, destination, service, scene),
    explainEnd("ingress", ingress, destination, source, service, scene),
  ];
}

function explainEnd(
  direction: PolicyDirection,
  decision: PolicyDecision,
  end: PolicyEnd,
  other: PolicyEnd,
  service: string,
  { policies, namespaceLabels }: PolicyScene,
): EndExplanation {
  const { isAllowed, policy, kind, rule, reason } = decision;
  const decided = policy === null || kind === null ? undefined : findPolicy(policy, kind, policies);
  const missesOf = (selecting: NetworkPolicy | AdminPolicy | undefined): string[] =>
    isAllowed || policy !== null || typeof end === "number" || selecting === undefined || !("podSelector" in selecting)
      ? []
      : missesText(selecting, { direction, end, other, service, namespaceLabels });
  return {
    direction,
    end: nameOf(end),
    isAllowed,
    policies: decision.policies.map((name) => {
      const selecting = selectingPolicy(name, policies);
      return { name, origin: selecting?.origin ?? "", misses: missesOf(selecting) };
    }),
    reason,
    place: decided === undefined || rule === null ? "" : `${decided.origin}, spec.${direction}[${rule}]`,
    advice: isAllowed ? "" : adviceFor(direction, decision, end, other, service),
  };
}

/** Why the rules of a policy that isolates do not allow it. */
function missesText(policy: NetworkPolicy, asked: AskedConnection): string[] {
  const fits = ruleFits(policy, asked);
  if (fits.length === 0) return [`spec.${asked.direction} has no rule: it allows nobody`];
  return fits.flatMap(({ place, text }) => (text === "" ? [] : [`${place} ${text}`]));
}

function nameOf(end: PolicyEnd): string {
  return typeof end === "number" ? formatIpv4(end) : end.fullName;
}

/** A name has a slash where it is a NetworkPolicy's. */
function selectingPolicy(name: string, policies: PolicySet): NetworkPolicy | AdminPolicy | undefined {
  return name.includes("/")
    ? findPolicy(name, "NetworkPolicy", policies)
    : policies.adminPolicies.find((policy) => policy.name === name);
}

function findPolicy(name: string, kind: PolicyKind, policies: PolicySet): NetworkPolicy | AdminPolicy | undefined {
  if (kind === "NetworkPolicy")
    return policies.networkPolicies.find((policy) => `${policy.namespace}/${policy.name}` === name);
  const isBaseline = kind === "BaselineAdminNetworkPolicy";
  return policies.adminPolicies.find((policy) => policy.name === name && policy.isBaseline === isBaseline);
}

function adviceFor(
  direction: PolicyDirection,
  { policy, kind }: PolicyDecision,
  end: PolicyEnd,
  other: PolicyEnd,
  service: string,
): string {
  if (kind === "AdminNetworkPolicy" && policy !== null)
    return "an administrator denies it: to allow it, put a rule with action Allow before that one";
  const side = direction === "ingress" ? "from" : "to";
  const rule = `"${side}": [${peerText(end, other)}]${portsText(service)}`;
  const text = `give a policy that selects ${nameOf(end)} the ${direction} rule { ${rule} }`;
  const way = isUnlabelled(other)
    ? `${nameOf(other)} has no labels to select it by: to allow it, give it a label, or for as long as it has its address ${text}`
    : `to allow it, ${text}`;
  if (policy === null) return way;
  return `a baseline holds where no NetworkPolicy selects the pod: ${way}; what its rules do not allow is then refused`;
}

/** An empty selector would select every pod. */
function isUnlabelled(end: PolicyEnd): boolean {
  return typeof end !== "number" && Object.keys(lastingLabels(end.labels)).length === 0 && !end.hostNetwork;
}

/** What selects the other end, in JSON. */
function peerText(end: PolicyEnd, other: PolicyEnd): string {
  if (typeof other === "number" || other.hostNetwork || isUnlabelled(other)) {
    const address = typeof other === "number" ? other : other.address;
    return JSON.stringify({ ipBlock: { cidr: `${formatIpv4(address)}/32` } });
  }
  const isElsewhere = typeof end === "number" || end.kubernetesNamespace !== other.kubernetesNamespace;
  const namespace = { "kubernetes.io/metadata.name": other.kubernetesNamespace };
  return JSON.stringify({
    ...(isElsewhere && { namespaceSelector: { matchLabels: namespace } }),
    podSelector: { matchLabels: lastingLabels(other.labels) },
  });
}

/** "TCP 8080" as a policy has it; nothing for ICMP, which a rule with ports does not allow. */
function portsText(service: string): string {
  const [protocol, port] = service.split(" ");
  return port === undefined ? "" : `, "ports": [${JSON.stringify({ protocol, port: Number(port) })}]`;
}
