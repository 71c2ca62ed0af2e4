/**
 * Network policies as Kubernetes' JSON has them: any that the API server takes, with lists that are empty or missing
 * and all that a rule may hold. `parsePolicies` of podwire/kubernetes makes what a cluster enforces of them.
 */
import fc from "fast-check";
import { formatPrefix } from "../wire/index.ts";
import { labelSelector } from "./labels.ts";
import {
  ipBlock,
  policyPort,
  type PolicyOptions,
  policyProtocol,
  policyRange,
  type PolicyTopics,
  portRange,
  RANGE_LENGTHS,
  topicsOf,
  withoutUndefined,
} from "./policy-parts.ts";

/** A NetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy. */
export type PolicyManifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>>;
};

type Json = Record<string, unknown>;

/** Peers of a rule, and its ports, at most. */
const LIST_LIMIT = 3;

/**
 * NetworkPolicies of networking.k8s.io/v1. What fails shrinks to one that selects all pods of its namespace, with no
 * rules.
 */
export function networkPolicy(options: PolicyOptions = {}): fc.Arbitrary<PolicyManifest> {
  const topics = topicsOf(options);
  const rules = (peers: "from" | "to"): fc.Arbitrary<Json[] | undefined> =>
    fc.option(fc.array(rule(topics, peers), { maxLength: topics.maxRules, size: "small" }), { nil: undefined });
  const policyTypes = fc.constantFrom(undefined, [], ["Ingress"], ["Egress"], ["Ingress", "Egress"]);
  return fc
    .record({
      name: fc.nat(999),
      namespace: fc.constantFrom(...topics.namespaces),
      podSelector: labelSelector(topics.podVocabulary),
      policyTypes,
      ingress: rules("from"),
      egress: rules("to"),
    })
    .map(({ name, namespace, ...spec }) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: `policy-${name}`, namespace },
      spec: withoutUndefined(spec),
    }));
}

function rule(topics: PolicyTopics, peers: "from" | "to"): fc.Arbitrary<Json> {
  const list = { maxLength: LIST_LIMIT, size: "small" } as const;
  return fc.record(
    { [peers]: fc.array(peer(topics), list), ports: fc.array(policyPort(topics), list) },
    { requiredKeys: [], noNullPrototype: true },
  );
}

function peer(topics: PolicyTopics): fc.Arbitrary<Json> {
  const podSelector = labelSelector(topics.podVocabulary);
  const namespaceSelector = namespaces(topics);
  return fc.oneof(
    { withCrossShrink: true },
    fc.record({ podSelector }),
    fc.record({ namespaceSelector }),
    fc.record({ namespaceSelector, podSelector }),
    fc.record({ ipBlock: ipBlock(topics) }),
  );
}

/** By the labels that they are given, or by the one that is their name. */
function namespaces(topics: PolicyTopics): fc.Arbitrary<object> {
  const named = fc
    .constantFrom(...topics.namespaces)
    .map((name) => ({ matchLabels: { "kubernetes.io/metadata.name": name } }));
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: labelSelector(topics.namespaceVocabulary) },
    { weight: 1, arbitrary: named },
  );
}

/**
 * AdminNetworkPolicies of policy.networking.k8s.io/v1alpha1, no two of the same priority, since which of two wins is
 * nowhere said; and a BaselineAdminNetworkPolicy now and then. Many are about the same as the first of them and say the
 * opposite, so that it matters who is asked first.
 *
 * @param maxLength of the list, without the baseline
 */
export function adminPolicies(options: PolicyOptions = {}, maxLength: number = 2): fc.Arbitrary<PolicyManifest[]> {
  const topics = topicsOf(options);
  const priorities = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { maxLength, size: "max" });
  return priorities.chain((list) =>
    fc
      .tuple(
        fc.tuple(
          ...list.map((priority) => fc.record({ policy: adminPolicy(topics, priority), isRival: fc.boolean() })),
        ),
        fc.option(adminPolicy(topics, null), { nil: null }),
      )
      .map(([candidates, baseline]) => {
        const admin = candidates.map(({ policy, isRival }) =>
          isRival ? rival(policy, candidates[0]!.policy) : policy,
        );
        return baseline === null ? admin : [...admin, baseline];
      }),
  );
}

/** A policy about what another is about, with other actions. */
function rival(policy: PolicyManifest, other: PolicyManifest): PolicyManifest {
  if (policy === other) return policy;
  const opposed = (rules: unknown): Json[] =>
    (rules as Json[]).map((rule) => ({ ...rule, action: rule["action"] === "Deny" ? "Allow" : "Deny" }));
  const { subject, ingress, egress } = other.spec;
  return { ...policy, spec: { ...policy.spec, subject, ingress: opposed(ingress), egress: opposed(egress) } };
}

/** `priority` null: the baseline. */
function adminPolicy(topics: PolicyTopics, priority: number | null): fc.Arbitrary<PolicyManifest> {
  const rules = (peers: "from" | "to"): fc.Arbitrary<Json[]> =>
    fc.array(adminRule(topics, peers, priority === null), { maxLength: topics.maxRules, size: "small" });
  const spec = fc.record({ subject: adminPods(topics), ingress: rules("from"), egress: rules("to") });
  return spec.map((fields) => ({
    apiVersion: "policy.networking.k8s.io/v1alpha1",
    kind: priority === null ? "BaselineAdminNetworkPolicy" : "AdminNetworkPolicy",
    metadata: { name: priority === null ? "default" : `admin-${priority}` },
    spec: priority === null ? fields : { priority, ...fields },
  }));
}

function adminPods(topics: PolicyTopics): fc.Arbitrary<Json> {
  const namespaceSelector = namespaces(topics);
  return fc.oneof(
    { withCrossShrink: true },
    fc.record({ namespaces: namespaceSelector }),
    fc.record({ pods: fc.record({ namespaceSelector, podSelector: labelSelector(topics.podVocabulary) }) }),
  );
}

function adminRule(topics: PolicyTopics, peers: "from" | "to", isBaseline: boolean): fc.Arbitrary<Json> {
  const networks = fc.uniqueArray(policyRange(topics, RANGE_LENGTHS).map(formatPrefix), { minLength: 1, maxLength: 2 });
  // Rules with networks have no ports by name.
  const hasNetworks = peers === "to" ? fc.boolean() : fc.constant(false);
  return hasNetworks.chain((isOfNetworks) => {
    const anyPeer = isOfNetworks ? fc.oneof(fc.record({ networks }), adminPods(topics)) : adminPods(topics);
    return fc.record(
      {
        action: fc.constantFrom("Deny", "Allow", ...(isBaseline ? [] : ["Pass"])),
        [peers]: fc.array(anyPeer, { minLength: 1, maxLength: 2 }),
        ports: fc.array(adminPort(topics, !isOfNetworks), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ["action", peers], noNullPrototype: true },
    );
  });
}

function adminPort(topics: PolicyTopics, hasNames: boolean): fc.Arbitrary<Json> {
  const number = fc.constantFrom(...topics.portNumbers);
  const named = fc.constantFrom(...topics.portNames);
  return fc.oneof(
    fc.record({ portNumber: fc.record({ protocol: policyProtocol, port: number }) }),
    fc
      .tuple(policyProtocol, portRange(topics))
      .map(([protocol, [start, end]]) => ({ portRange: { protocol, start, end } })),
    ...(hasNames ? [named.map((namedPort) => ({ namedPort }))] : []),
  );
}
