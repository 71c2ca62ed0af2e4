/** Why a connection is allowed, or not: which policies select its ends, and what to change. */
import {
  type AdminPolicy,
  type ClusterPod,
  type NetworkPolicy,
  type PolicyDecision,
  type PolicyDirection,
  type PolicySet,
  type PolicyVerdict,
} from "../kubernetes/index.ts";
import { formatIpv4 } from "../wire/index.ts";

/** A pod, or an address that no pod of the cluster has. */
export type PolicyEnd = ClusterPod | number;

export interface SelectingPolicy {
  /** "default/backend", or an administrator's policy's own name. */
  readonly name: string;
  /** Where it was read: "deny.json: document 1, items[2]". */
  readonly origin: string;
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
  source: PolicyEnd,
  destination: PolicyEnd,
  service: string,
  policies: PolicySet,
): EndExplanation[] {
  return [
    explainEnd("egress", egress, source, destination, service, policies),
    explainEnd("ingress", ingress, destination, source, service, policies),
  ];
}

function explainEnd(
  direction: PolicyDirection,
  decision: PolicyDecision,
  end: PolicyEnd,
  other: PolicyEnd,
  service: string,
  policies: PolicySet,
): EndExplanation {
  const { isAllowed, policy, kind, rule, reason } = decision;
  const decided = policy === null ? undefined : findPolicy(policy, kind !== "NetworkPolicy", policies);
  return {
    direction,
    end: nameOf(end),
    isAllowed,
    policies: decision.policies.map((name) => ({ name, origin: originOf(name, policies) })),
    reason,
    place: decided === undefined || rule === null ? "" : `${decided.origin}, spec.${direction}[${rule}]`,
    advice: isAllowed ? "" : adviceFor(direction, decision, end, other, service),
  };
}

function nameOf(end: PolicyEnd): string {
  return typeof end === "number" ? formatIpv4(end) : end.fullName;
}

function originOf(name: string, policies: PolicySet): string {
  return (findPolicy(name, false, policies) ?? findPolicy(name, true, policies))?.origin ?? "";
}

function findPolicy(name: string, isAdmin: boolean, policies: PolicySet): NetworkPolicy | AdminPolicy | undefined {
  if (isAdmin) return policies.adminPolicies.find((policy) => policy.name === name);
  return policies.networkPolicies.find((policy) => `${policy.namespace}/${policy.name}` === name);
}

function adviceFor(
  direction: PolicyDirection,
  { policy }: PolicyDecision,
  end: PolicyEnd,
  other: PolicyEnd,
  service: string,
): string {
  if (policy !== null) return "an administrator denies it: to allow it, put a rule with action Allow before that one";
  const side = direction === "ingress" ? "from" : "to";
  const rule = `"${side}": [${peerText(end, other)}]${portsText(service)}`;
  const text = `give a policy that selects ${nameOf(end)} the ${direction} rule { ${rule} }`;
  if (!isUnlabelled(other)) return `to allow it, ${text}`;
  return `${nameOf(other)} has no labels to select it by: to allow it, give it a label, or for as long as it has its address ${text}`;
}

/** An empty selector would select every pod. */
function isUnlabelled(end: PolicyEnd): boolean {
  return typeof end !== "number" && Object.keys(end.labels).length === 0 && !end.hostNetwork;
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
    podSelector: { matchLabels: other.labels },
  });
}

/** "TCP 8080" as a policy has it; nothing for ICMP, which a rule with ports does not allow. */
function portsText(service: string): string {
  const [protocol, port] = service.split(" ");
  return port === undefined ? "" : `, "ports": [${JSON.stringify({ protocol, port: Number(port) })}]`;
}
