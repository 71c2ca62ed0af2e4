/**
 * Random clusters with random policies, under random plugins: the packets that arrive are those that a naive reading of
 * Kubernetes' specification lets through.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildPolicyCluster,
  policyCluster,
  type PolicyClusterPlan,
  PORT_NUMBERS,
} from "../../src/arbitraries/index.ts";
import { type Cluster, type ClusterPod, CNI_NAMES, createCni, parsePolicies } from "../../src/kubernetes/index.ts";
import { formatIpv4 } from "../../src/wire/index.ts";
import { type Manifest, mayReach, type NaivePod, type NaiveProbe, type NaiveWorld } from "../tools/naive-policy.ts";
import { type PolicyProbe, PolicyProbes } from "../tools/policy-probes.ts";

const PROBE_COUNT = 10_000;

/** Where probes go: to ports that policies name, and to others. */
const sockets = fc.uniqueArray(
  fc.record({
    protocol: fc.constantFrom("TCP", "UDP", "SCTP"),
    port: fc.constantFrom(...PORT_NUMBERS, 82),
  }),
  { minLength: 6, maxLength: 6, selector: ({ protocol, port }) => `${protocol} ${port}` },
) as fc.Arbitrary<Pick<PolicyProbe, "protocol" | "port">[]>;

/** Every socket of every pod, asked from every other, and pinged. */
function probesOf({ pods }: Cluster, asked: readonly Pick<PolicyProbe, "protocol" | "port">[]): PolicyProbe[] {
  const all: readonly Pick<PolicyProbe, "protocol" | "port">[] = [...asked, { protocol: "ICMP", port: 0 }];
  return pods.flatMap((source) =>
    pods
      .filter(({ address }) => address !== source.address)
      .flatMap((destination) => all.map((socket) => ({ source, destination, ...socket }))),
  );
}

/** A pod as the evaluator knows it; from an address of its node where it has none of its own, which the route chooses. */
function naivePod(pod: ClusterPod, address: number = pod.address): NaivePod {
  const ports = pod.containers.flatMap(({ ports: list = [] }) =>
    list.map(({ name, containerPort, protocol }) => ({
      ...(name !== undefined && { name }),
      number: containerPort,
      protocol,
    })),
  );
  const { kubernetesNamespace: namespace, name, labels, hostNetwork } = pod;
  return { namespace, name, ip: formatIpv4(address), labels, hostNetwork, ports };
}

function sourceAddress({ namespace }: ClusterPod, destination: number): number {
  return namespace.addresses.sourceFor(namespace.routes.lookup(destination));
}

function worldOf({ namespaces, policies }: PolicyClusterPlan, { pods }: Cluster): NaiveWorld {
  return {
    pods: pods.map((pod) => naivePod(pod)),
    namespaces: Object.fromEntries(namespaces),
    policies: JSON.parse(JSON.stringify(policies)) as Manifest[],
  };
}

/** What the specification says; and what it leaves to plugins: what passes between a pod and its own node. */
function isExpected(
  world: NaiveWorld,
  { cni }: Cluster,
  { source, destination, protocol, port }: PolicyProbe,
): boolean {
  const probe: NaiveProbe = {
    source: naivePod(source, sourceAddress(source, destination.address)),
    destination: naivePod(destination),
    protocol,
    port,
  };
  const { ingress, egress } = mayReach(world, probe, { echoPasses: cni.enforcement?.echoPasses === true });
  const isOwnNode = source.node === destination.node && source.hostNetwork !== destination.hostNetwork;
  if (!isOwnNode) return ingress && egress;
  return source.hostNetwork || cni.enforcement?.rulesOwnNode !== true || egress;
}

function probeText({ source, destination, protocol, port }: PolicyProbe): string {
  return `${source.fullName} to ${destination.fullName}, ${protocol} ${port}`;
}

/** What of another plan a cluster that runs gets: one thing alone must be noticed without the others. */
const change = fc.constantFrom("policies", "namespaces", "namespaces", "pods", "everything");

/** Makes the change, and tells the plan that holds from then on. */
function apply(
  cluster: Cluster,
  plan: PolicyClusterPlan,
  next: PolicyClusterPlan,
  what: "policies" | "namespaces" | "pods" | "everything",
): PolicyClusterPlan {
  const { namespaces, pods, policies } = next;
  const isOf = (part: typeof what): boolean => what === part || what === "everything";
  if (isOf("policies")) cluster.policies.set(parsePolicies(policies, "change"));
  if (isOf("pods"))
    for (const [index, pod] of cluster.pods.entries()) cluster.relabel(pod, pods[index % pods.length]!.labels ?? {});
  if (isOf("namespaces")) for (const [name, labels] of namespaces) cluster.relabelNamespace(name, labels);
  return {
    ...plan,
    ...(isOf("policies") && { policies }),
    ...(isOf("namespaces") && { namespaces }),
  };
}

describe("packets under network policies", () => {
  it("arrive where the specification lets them, by the policies and labels of the moment", () => {
    const counts = { all: 0, allowed: 0 };
    const check = (cluster: Cluster, plan: PolicyClusterPlan, network: PolicyProbes, probes: PolicyProbe[]): void => {
      const world = worldOf(plan, cluster);
      const found = network.send(probes);
      const isWrong = (probe: PolicyProbe, index: number): boolean =>
        isExpected(world, cluster, probe) !== found[index] ||
        // What is asked is what moves frames.
        cluster.policies.verdict(probe).isAllowed !== found[index];
      counts.all += probes.length;
      counts.allowed += found.filter(Boolean).length;
      expect(probes.filter(isWrong).map(probeText)).toEqual([]);
    };
    const plans = [policyCluster(), policyCluster()] as const;
    const drawn = [...plans, change, fc.constantFrom(...CNI_NAMES), sockets] as const;
    const property = fc.property(...drawn, (plan, next, what, cni, asked) => {
      const cluster = buildPolicyCluster(plan, { cni: createCni(cni), slotCount: 512 });
      const network = new PolicyProbes(cluster);
      for (const pod of cluster.pods) for (const port of [...PORT_NUMBERS, 82]) network.listenUdp(pod, port);
      const probes = probesOf(cluster, asked);
      check(cluster, plan, network, probes);
      check(cluster, apply(cluster, plan, next, what), network, probes);
    });
    fc.assert(property, { numRuns: 120 });
    expect(counts.all).toBeGreaterThan(PROBE_COUNT);
    // Neither everything nor nothing.
    expect(counts.allowed / counts.all).toBeGreaterThan(0.2);
    expect(counts.allowed / counts.all).toBeLessThan(0.8);
  });
});
