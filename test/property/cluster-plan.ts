/** Random clusters: every plugin on every underlay, whether it can work there or not, and what is to be expected. */
import fc from "fast-check";
import { Cluster, CNI_NAMES, type CniName, createCni, type UnderlayDescription } from "../../src/kubernetes/index.ts";

export interface ClusterPlan {
  readonly cni: CniName;
  readonly underlay: UnderlayDescription;
  readonly underlayMtu: number;
  /** The subnet of each node, by index into the underlay's, and how many pods it has. */
  readonly nodes: readonly { readonly subnet: number; readonly pods: number }[];
  readonly seed: number;
}

const SUBNETS = ["192.168.1.0/24", "10.7.0.0/20", "172.16.5.0/25"];
const FIRST_ADDRESSES = ["192.168.1.", "10.7.3.", "172.16.5."];

const underlays: fc.Arbitrary<UnderlayDescription> = fc.oneof(
  fc.constant(SUBNETS[0]!),
  fc.constant({ kind: "subnets" as const, prefixes: SUBNETS }),
  fc.constantFrom("nodes" as const, "none" as const).map((routes) => ({
    kind: "vpc" as const,
    prefix: SUBNETS[0]!,
    routes,
  })),
);

/** `minimumNodes`: 2 for properties of what crosses nodes. */
export function clusterPlans(minimumNodes = 1): fc.Arbitrary<ClusterPlan> {
  return fc.record({
    cni: fc.constantFrom(...CNI_NAMES),
    underlay: underlays,
    underlayMtu: fc.oneof(fc.constant(1500), fc.integer({ min: 1280, max: 9000 })),
    nodes: fc.array(fc.record({ subnet: fc.nat(2), pods: fc.integer({ min: 1, max: 3 }) }), {
      minLength: minimumNodes,
      maxLength: 5,
    }),
    seed: fc.integer(),
  });
}

/** Nodes and pods in turn, so that some nodes come when there are pods. */
export function buildClusterOf(plan: ClusterPlan): Cluster {
  const { cni, underlay, underlayMtu, seed } = plan;
  const cluster = new Cluster({ cni: createCni(cni), underlay, underlayMtu, seed, slotCount: 256 });
  plan.nodes.forEach(({ subnet, pods }, index) => {
    const place = hasSubnets(plan) ? subnet : 0;
    cluster.addNode({
      name: `node-${index}`,
      address: `${FIRST_ADDRESSES[place]}${index + 10}`,
      podCidr: `10.244.${index * 3}.0/24`,
    });
    for (let number = 0; number < pods; number++)
      cluster.addPod({ name: `pod-${index}-${number}`, node: `node-${index}` });
  });
  return cluster;
}

/** How packets go between pods of two nodes: in a tunnel, or as they are by a node's route or the network's. */
type Way = "tunnel" | "node" | "network";

const WAYS: Readonly<Record<CniName, (isOneSubnet: boolean) => Way>> = {
  flannel: () => "tunnel",
  "flannel-directrouting": (isOneSubnet) => (isOneSubnet ? "node" : "tunnel"),
  "flannel-host-gw": () => "node",
  "flannel-ipip": () => "tunnel",
  calico: () => "node",
  "calico-ipip": () => "tunnel",
  "calico-ipip-crosssubnet": (isOneSubnet) => (isOneSubnet ? "node" : "tunnel"),
  "calico-vxlan": () => "tunnel",
  "calico-vxlan-crosssubnet": (isOneSubnet) => (isOneSubnet ? "node" : "tunnel"),
  cilium: () => "tunnel",
  "cilium-native": () => "node",
  weave: () => "tunnel",
  kubenet: () => "network",
};

function hasSubnets({ underlay }: ClusterPlan): boolean {
  return typeof underlay !== "string" && underlay.kind === "subnets";
}

/** Whether pods of two nodes, by their numbers, reach each other. */
export function isReachable(plan: ClusterPlan, from: number, to: number): boolean {
  if (from === to) return true;
  const isOneSubnet = !hasSubnets(plan) || plan.nodes[from]!.subnet === plan.nodes[to]!.subnet;
  const way = WAYS[plan.cni](isOneSubnet);
  if (way === "tunnel") return true;
  const { underlay } = plan;
  if (typeof underlay !== "string" && underlay.kind === "vpc") return underlay.routes === "nodes";
  return way === "node" && isOneSubnet;
}
