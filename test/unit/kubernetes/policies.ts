/** Policies and clusters for tests: short to write, whole as the enforcement takes them. */
import {
  type AdminPolicy,
  type AdminPolicyRule,
  type LabelSelector,
  type NetworkPolicy,
  type PolicyPeer,
  type PolicyPort,
  type PolicyRule,
} from "../../../src/kubernetes/network-policy.ts";
import { Cluster, type ClusterOptions, type ClusterPod, createCni } from "../../../src/kubernetes/index.ts";
import { parsePrefix } from "../../../src/wire/index.ts";

export function labelled(matchLabels: Record<string, string> = {}): LabelSelector {
  return { matchLabels, matchExpressions: [] };
}

export function pods(
  matchLabels: Record<string, string> | null,
  ofNamespaces: Record<string, string> | null = null,
): PolicyPeer {
  return {
    kind: "pods",
    podSelector: matchLabels === null ? null : labelled(matchLabels),
    namespaceSelector: ofNamespaces === null ? null : labelled(ofNamespaces),
  };
}

export function block(cidr: string, ...except: string[]): PolicyPeer {
  return { kind: "ipBlock", cidr: parsePrefix(cidr), except: except.map(parsePrefix) };
}

export function port(
  protocol: PolicyPort["protocol"],
  number: number | string | null = null,
  endPort: number | null = null,
): PolicyPort {
  return { protocol, port: number, endPort };
}

export function rule(peers: PolicyPeer[] | null, ports: PolicyPort[] | null = null): PolicyRule {
  return { peers, ports };
}

export function policy(name: string, fields: Partial<NetworkPolicy> = {}): NetworkPolicy {
  return {
    name,
    namespace: "default",
    podSelector: labelled(),
    ingress: null,
    egress: null,
    origin: "test",
    ...fields,
  };
}

export function adminPolicy(name: string, priority: number, fields: Partial<AdminPolicy> = {}): AdminPolicy {
  return {
    name,
    priority,
    isBaseline: false,
    subject: { kind: "namespaces", selector: labelled() },
    ingress: [],
    egress: [],
    origin: "test",
    ...fields,
  };
}

export function adminRule(
  action: AdminPolicyRule["action"],
  peers: AdminPolicyRule["peers"],
  ports: PolicyPort[] | null = null,
): AdminPolicyRule {
  return { name: "", action, peers, ports };
}

/** Two nodes: frontend and backend on one, database and client on the other, each labelled with its name as app. */
export function createPolicyCluster(cni: string, options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = new Cluster({ slotCount: 256, cni: createCni(cni), ...options });
  for (const number of [1, 2])
    cluster.addNode({ name: `node-${number}`, address: `192.168.1.${number}0`, podCidr: `10.244.${number}.0/24` });
  for (const [name, node] of [
    ["frontend", "node-1"],
    ["backend", "node-1"],
    ["database", "node-2"],
    ["client", "node-2"],
  ] as const) {
    const ports = [
      { name: "http", containerPort: 8080, protocol: "TCP" },
      { name: "metrics", containerPort: 9100, protocol: "TCP" },
    ] as const;
    cluster.addPod({ name, node, labels: { app: name }, containers: [{ name, ports }] });
  }
  return cluster;
}

export function podOf(cluster: Cluster, name: string): ClusterPod {
  return cluster.pods.find((pod) => pod.name === name || pod.fullName === name)!;
}

/** How long a test waits for an answer, in nanoseconds. */
const PATIENCE = 900e6;

/** Whether a TCP connection between two pods comes about: with real segments. */
export function connects(cluster: Cluster, from: string, to: string, toPort: number): boolean {
  let isConnected = false;
  const connection = podOf(cluster, from).host.tcp.connect(podOf(cluster, to).address, toPort, {
    onConnect: () => (isConnected = true),
  });
  cluster.engine.run(cluster.engine.now + PATIENCE);
  connection.abort();
  cluster.engine.run(cluster.engine.now + 1e6);
  return isConnected;
}

/** Whether an echo request is answered. */
export function pings(cluster: Cluster, from: string, to: string): boolean {
  const ping = podOf(cluster, from).host.ping(podOf(cluster, to).address);
  cluster.engine.run(cluster.engine.now + PATIENCE);
  return ping.receivedCount > 0;
}
