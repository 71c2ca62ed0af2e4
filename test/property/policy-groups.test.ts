import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupPods, PolicyQuestions, type TriedPort, Reachability } from "../../src/commands/index.ts";
import { Cluster, createCni, type PolicySet } from "../../src/kubernetes/index.ts";
import type { NetworkPolicy, PolicyPeer, PolicyPort } from "../../src/kubernetes/network-policy.ts";
import { block, labelled, policy, pods, rule } from "../unit/kubernetes/policies.ts";

const words = fc.constantFrom("a", "b");
const labels = fc.record({ app: words }, { requiredKeys: [] });
const namespaces = ["default", "shop", "bank"];

const peer: fc.Arbitrary<PolicyPeer> = fc.oneof(
  fc.tuple(fc.option(labels), fc.option(fc.record({ team: words }))).map(([own, of]) => pods(own, of)),
  fc
    .constantFrom(
      ["10.244.1.0/24"],
      ["10.244.0.0/16", "10.244.2.0/24"],
      ["192.168.1.10/32"],
      ["10.244.2.0/31"],
      ["0.0.0.0/0"],
    )
    .map(([cidr, ...except]) => block(cidr!, ...except)),
);
const port: fc.Arbitrary<PolicyPort> = fc.record({
  protocol: fc.constantFrom("TCP" as const, "UDP" as const),
  port: fc.constantFrom<(number | string | null)[]>(8080, "http", null),
  endPort: fc.constant(null),
});
const rules = fc.array(
  fc.tuple(
    fc.option(fc.array(peer, { minLength: 1, maxLength: 2 })),
    fc.option(fc.array(port, { minLength: 1, maxLength: 2 })),
  ),
  { maxLength: 2 },
);
const networkPolicy: fc.Arbitrary<Partial<NetworkPolicy>> = fc
  .tuple(fc.constantFrom(...namespaces), labels, fc.option(rules), fc.option(rules))
  .map(([namespace, selected, ingress, egress]) => ({
    namespace,
    podSelector: labelled(selected as Record<string, string>),
    ingress: ingress?.map(([peers, ports]) => rule(peers, ports)) ?? null,
    egress: egress?.map(([peers, ports]) => rule(peers, ports)) ?? null,
  }));
const plan = fc.record({
  cni: fc.constantFrom("flannel", "calico", "cilium", "weave"),
  teams: fc.tuple(words, words, words),
  pods: fc.array(
    fc.record({
      namespace: fc.constantFrom(...namespaces),
      labels,
      node: fc.constantFrom("node-1", "node-2", "node-3"),
      hostNetwork: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
      port: fc.constantFrom(8080, 9090),
    }),
    { minLength: 2, maxLength: 14 },
  ),
  policies: fc.array(networkPolicy, { minLength: 1, maxLength: 5 }),
});

/** A packet for each pair of groups, or one for each sight that policies have of a pair. */
const pairLimits = fc.constantFrom(Infinity, 0);

const TRIED: readonly TriedPort[] = [
  { protocol: "TCP", port: 8080 },
  { protocol: "UDP", port: 9090 },
];

function build({
  cni,
  teams,
  pods: planned,
  policies,
}: typeof plan extends fc.Arbitrary<infer Plan> ? Plan : never): Cluster {
  const cluster = new Cluster({ slotCount: 256, cni: createCni(cni) });
  for (const number of [1, 2, 3])
    cluster.addNode({ name: `node-${number}`, address: `192.168.1.${number}0`, podCidr: `10.244.${number}.0/24` });
  namespaces.forEach((name, index) => cluster.relabelNamespace(name, { team: teams[index]! }));
  planned.forEach(({ namespace, port: containerPort, ...pod }, index) => {
    const ports = [{ name: "http", containerPort, protocol: "TCP" as const }];
    const description = { ...pod, name: `pod-${index}`, kubernetesNamespace: namespace };
    cluster.addPod({
      ...description,
      labels: pod.labels as Record<string, string>,
      containers: [{ name: "web", ports }],
    });
  });
  cluster.policies.set({ networkPolicies: policies.map((fields, index) => policy(`policy-${index}`, fields)) });
  return cluster;
}

/** Every pair's outcome, as one packet for each pair of groups tells it. */
function outcomes(reachability: Reachability): (string | undefined)[] {
  const { pods: all } = reachability.cluster;
  return all.flatMap((source) =>
    all.flatMap((destination) => TRIED.map((_port, index) => reachability.result(source, destination, index)?.outcome)),
  );
}

describe("groups of pods that no policy tells apart", () => {
  it("are spoken for by any pair of them: another pair gives the same verdict", () => {
    fc.assert(
      fc.property(plan, fc.infiniteStream(fc.nat()), pairLimits, (drawn, numbers, pairLimit) => {
        const cluster = build(drawn);
        const reachability = new Reachability(cluster, { portsOf: () => TRIED, pairLimit });
        reachability.measure();
        const usual = outcomes(reachability);
        reachability.measure((candidates) => candidates[(numbers.next().value as number) % candidates.length]!);
        expect(outcomes(reachability)).toEqual(usual);
        expect(usual).not.toContain(undefined);
        expect(usual).not.toContain("lost");
      }),
      { numRuns: 50 },
    );
  });

  it("give every pair what a cluster gives it whose pods are all tried", () => {
    fc.assert(
      fc.property(plan, pairLimits, (drawn, limit) => {
        const cluster = build(drawn);
        const [grouped, single] = [true, false].map((isGrouped) => {
          // A policy for each address tells all pods apart, and says nothing.
          const each = cluster.pods.map(({ address }) =>
            block(`${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}/32`),
          );
          const apart: PolicySet = {
            networkPolicies: [policy("apart", { namespace: "nowhere", ingress: [rule(each)] })],
            adminPolicies: [],
          };
          const reachability = new Reachability(cluster, {
            portsOf: () => TRIED,
            policySets: isGrouped ? [] : [apart],
            pairLimit: isGrouped ? limit : Infinity,
          });
          reachability.measure();
          return outcomes(reachability);
        });
        expect(grouped).toEqual(single);
      }),
      { numRuns: 40 },
    );
  });

  it("are few where policies look at little", () => {
    const cluster = new Cluster({ cni: createCni("flannel") });
    cluster.addNode({ name: "node-1", address: "192.168.1.10" });
    for (let index = 0; index < 20; index++)
      cluster.addPod({
        name: `pod-${index}`,
        node: "node-1",
        labels: { app: index % 2 === 0 ? "a" : "b", hash: `${index}` },
      });
    const policies = {
      networkPolicies: [policy("a", { podSelector: labelled({ app: "a" }), ingress: [] })],
      adminPolicies: [],
    };
    const count = (sets: readonly PolicySet[]): number =>
      groupPods(cluster.pods, new PolicyQuestions(sets, cluster.namespaceLabels), () => TRIED).length;
    expect([count([]), count([policies])]).toEqual([1, 2]);
  });
});
