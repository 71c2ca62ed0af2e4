/** Clusters with network policies that mostly matter to them: namespaces, nodes, pods with labels and ports. */
import fc from "fast-check";
import {
  Cluster,
  type ClusterOptions,
  type ContainerPort,
  type Labels,
  matchesLabels,
  type NodeDescription,
  parsePolicies,
  type PodDescription,
} from "../kubernetes/index.ts";
import { labelSet, type SelectorManifest } from "./labels.ts";
import { adminPolicies, networkPolicy, type PolicyManifest } from "./network-policies.ts";
import { type PolicyOptions, policyProtocol, type PolicyTopics, topicsOf } from "./policy-parts.ts";

/** A cluster before it is built: `buildPolicyCluster` builds any, under every plugin. */
export interface PolicyClusterPlan {
  /** Labels by the namespace's name. */
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly nodes: readonly NodeDescription[];
  readonly pods: readonly PodDescription[];
  readonly policies: readonly PolicyManifest[];
}

/** What `policyCluster` takes. */
export interface PolicyClusterOptions extends PolicyOptions {
  /** 2 when left out. */
  readonly nodeCount?: number;
  /** Pods, at least 2 and at most; 6 when left out. */
  readonly maxPods?: number;
  /** NetworkPolicies, at most; 5 when left out. */
  readonly maxPolicies?: number;
  /** AdminNetworkPolicies, at most; 2 when left out, and 0 for no baseline either. */
  readonly maxAdminPolicies?: number;
  /** Whether some pods may share their node's network; true when left out. */
  readonly hostNetwork?: boolean;
}

/** What fails shrinks to two pods without labels, and fewer policies. */
export function policyCluster(options: PolicyClusterOptions = {}): fc.Arbitrary<PolicyClusterPlan> {
  const { nodeCount = 2, maxPods = 6, maxPolicies = 5, maxAdminPolicies = 2, hostNetwork = true } = options;
  const topics = topicsOf(options);
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    name: `node-${index + 1}`,
    address: `192.168.1.${10 * (index + 1)}`,
    podCidr: `10.244.${index + 1}.0/24`,
  }));
  return fc
    .record({
      labels: fc.tuple(...topics.namespaces.map(() => labelSet(topics.namespaceVocabulary))),
      pods: fc.array(pod(topics, nodes, hostNetwork), { minLength: 2, maxLength: maxPods, size: "max" }),
      policies: fc.uniqueArray(anchoredPolicy(options), { maxLength: maxPolicies, selector: nameOf, size: "max" }),
      admin: maxAdminPolicies === 0 ? fc.constant([]) : adminPolicies(options, maxAdminPolicies),
    })
    .map(({ labels, pods, policies, admin }): PolicyClusterPlan => ({
      namespaces: new Map(topics.namespaces.map((name, index) => [name, labels[index]!])),
      nodes,
      pods: pods.map((description, index) => ({ name: `pod-${index + 1}`, ...description })),
      policies: [...policies.map((policy) => atAnchor(policy, pods)), ...admin],
    }));
}

/** A policy, and the number of a pod that it shall select; null where that is left to chance. */
interface AnchoredPolicy {
  readonly policy: PolicyManifest;
  readonly anchor: number | null;
}

function anchoredPolicy(options: PolicyOptions): fc.Arbitrary<AnchoredPolicy> {
  return fc.record({ policy: networkPolicy(options), anchor: fc.option(fc.nat(63), { nil: null }) });
}

/** Names are unique whatever namespaces the policies get. */
function nameOf({ policy }: AnchoredPolicy): string {
  return policy.metadata.name;
}

/** Most policies select a pod at least: two thirds of all do nothing when selectors and labels meet by chance. */
function atAnchor({ policy, anchor }: AnchoredPolicy, pods: readonly Omit<PodDescription, "name">[]): PolicyManifest {
  if (anchor === null) return policy;
  const { kubernetesNamespace, labels = {} } = pods[anchor % pods.length]!;
  const namespace = kubernetesNamespace ?? "default";
  const [key] = Object.keys(labels);
  const podSelector = key === undefined ? {} : { matchLabels: { [key]: labels[key] } };
  const moved = { ...policy, metadata: { ...policy.metadata, namespace } };
  const isSelected = selects(policy.spec["podSelector"] as SelectorManifest, labels);
  return isSelected ? moved : { ...moved, spec: { ...policy.spec, podSelector } };
}

function selects({ matchLabels = {}, matchExpressions = [] }: SelectorManifest, labels: Labels): boolean {
  const requirements = matchExpressions.map(({ values = [], ...rest }) => ({ values, ...rest }));
  return matchesLabels({ matchLabels, matchExpressions: requirements }, labels);
}

function pod(
  topics: PolicyTopics,
  nodes: readonly NodeDescription[],
  mayShareNetwork: boolean,
): fc.Arbitrary<Omit<PodDescription, "name">> {
  return fc
    .record({
      kubernetesNamespace: fc.constantFrom(...topics.namespaces),
      node: fc.constantFrom(...nodes.map(({ name }) => name)),
      labels: labelSet(topics.podVocabulary),
      hostNetwork: mayShareNetwork ? fc.nat(7).map((number) => number === 7) : fc.constant(false),
      ports: containerPorts(topics),
    })
    .map(({ ports, hostNetwork, ...fields }) => ({
      ...fields,
      ...(hostNetwork && { hostNetwork }),
      containers: [{ name: "main", ports }],
    }));
}

/** Names are unique in a pod, and so are ports with their protocols. */
function containerPorts({ portNames, portNumbers }: PolicyTopics): fc.Arbitrary<ContainerPort[]> {
  const port = fc.record({
    name: fc.constantFrom(...portNames),
    containerPort: fc.constantFrom(...portNumbers),
    protocol: policyProtocol,
  });
  const named = fc.uniqueArray(port, { maxLength: 3, selector: ({ name }) => name });
  return named.map((ports) =>
    ports.filter(
      ({ containerPort, protocol }, index) =>
        ports.findIndex((other) => other.containerPort === containerPort && other.protocol === protocol) === index,
    ),
  );
}

/** Builds the cluster; its policies are in force. */
export function buildPolicyCluster(
  { namespaces, nodes, pods, policies }: PolicyClusterPlan,
  options: ClusterOptions,
): Cluster {
  const cluster = new Cluster(options);
  for (const node of nodes) cluster.addNode(node);
  for (const description of pods) cluster.addPod(description);
  for (const [name, labels] of namespaces) cluster.relabelNamespace(name, labels);
  cluster.policies.set(parsePolicies(policies, "plan"));
  return cluster;
}
