/** What is said about rules agrees with what the tables decide, over random clusters and policies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPolicyCluster, policyCluster, PORT_NUMBERS } from "../../src/arbitraries/index.ts";
import { explainVerdict, PolicyDeniers, type RuleFit, ruleFits } from "../../src/commands/index.ts";
import {
  type Cluster,
  type ClusterPod,
  createCni,
  type NetworkPolicy,
  type PolicyDirection,
  type PolicyRule,
  type PolicyVerdict,
  parsePolicies,
  sourceTowards,
} from "../../src/kubernetes/index.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"] as const;

/** Who is asked about whom: an address in place of a pod that has none of its own. */
interface Asked {
  readonly direction: PolicyDirection;
  readonly end: ClusterPod;
  readonly other: ClusterPod | number;
  readonly protocol: (typeof PROTOCOLS)[number] | "ICMP";
  readonly port: number;
}

function allAsked({ pods }: Cluster): Asked[] {
  const services = [
    ...PORT_NUMBERS.flatMap((port) => PROTOCOLS.map((protocol) => ({ protocol, port }))),
    { protocol: "ICMP", port: 0 } as const,
  ];
  const own = pods.filter(({ hostNetwork }) => !hostNetwork);
  return own.flatMap((end) =>
    pods
      .filter((other) => other !== end && !(other.hostNetwork && other.node === end.node))
      .flatMap((pod) =>
        (["ingress", "egress"] as const).flatMap((direction) =>
          services.map((service) => ({
            ...service,
            direction,
            end,
            other: pod.hostNetwork ? addressFor(direction, pod, end) : pod,
          })),
        ),
      ),
  );
}

function addressFor(direction: PolicyDirection, pod: ClusterPod, end: ClusterPod): number {
  return direction === "ingress" ? sourceTowards(pod, end.address) : pod.address;
}

/** What the tables make of one rule of one policy alone. */
function isAllowed(cluster: Cluster, policy: NetworkPolicy, rule: PolicyRule, asked: Asked): boolean {
  const { direction, end, other, protocol, port } = asked;
  const own = { ...policy, namespace: policy.namespace, podSelector: { matchLabels: {}, matchExpressions: [] } };
  cluster.policies.set({ networkPolicies: [{ ...own, ingress: null, egress: null, [direction]: [rule] }] });
  const [source, destination] = direction === "ingress" ? [other, end] : [end, other];
  return cluster.policies.verdict({ source, destination, protocol, port })[direction].isAllowed;
}

function fitsOf(cluster: Cluster, policy: NetworkPolicy, { direction, end, other, protocol, port }: Asked): RuleFit[] {
  const service = protocol === "ICMP" ? "ICMP" : `${protocol} ${port}`;
  const { namespaceLabels } = cluster;
  return ruleFits(policy, { direction, end, other, service, namespaceLabels });
}

/** The first that denies on the way: the policy that decided, or all that isolate. */
function denyingPolicies({ egress, ingress }: PolicyVerdict): readonly string[] {
  const denied = [egress, ingress].find(({ isAllowed }) => !isAllowed);
  if (denied === undefined) return [];
  return denied.policy === null ? denied.policies.filter((name) => name.includes("/")) : [denied.policy];
}

describe("what is said about rules", () => {
  it("is what the tables make of each alone: its peers, its ports, and both", () => {
    let [fitCount, missCount] = [0, 0];
    const property = fc.property(policyCluster({ maxAdminPolicies: 0, maxPods: 4 }), fc.nat(), (plan, start) => {
      const cluster = buildPolicyCluster(plan, { cni: createCni("calico"), slotCount: 512 });
      const { networkPolicies } = parsePolicies(plan.policies, "plan");
      // A few of the many questions, not always the same.
      const asked = allAsked(cluster).filter((_asked, index) => index % 11 === start % 11);
      for (const policy of networkPolicies)
        for (const question of asked.filter(({ end }) => end.kubernetesNamespace === policy.namespace))
          for (const [index, { isPeer, isPort, text }] of fitsOf(cluster, policy, question).entries()) {
            const rule = policy[question.direction]![index]!;
            const found = [{ ...rule, ports: null }, { ...rule, peers: null }, rule].map((part) =>
              isAllowed(cluster, policy, part, question),
            );
            expect(found).toEqual([isPeer, isPort, isPeer && isPort]);
            expect(text === "").toBe(isPeer && isPort);
            if (text === "") fitCount++;
            else missCount++;
          }
    });
    fc.assert(property, { numRuns: 20 });
    expect(Math.min(fitCount, missCount)).toBeGreaterThan(10);
  });

  it("has a miss for every rule of every policy that isolates, where none allows", () => {
    let denied = 0;
    const property = fc.property(policyCluster({ maxPods: 4 }), fc.nat(), (plan, start) => {
      const cluster = buildPolicyCluster(plan, { cni: createCni("calico"), slotCount: 512 });
      const scene = { policies: cluster.policies.list(), namespaceLabels: cluster.namespaceLabels };
      const deniers = new PolicyDeniers(cluster);
      for (const asked of allAsked(cluster).filter((_asked, index) => index % 11 === start % 11)) {
        const { direction, end, other, protocol, port } = asked;
        const [source, destination] = direction === "ingress" ? [other, end] : [end, other];
        const verdict = cluster.policies.verdict({ source, destination, protocol, port });
        if (typeof source !== "number" && typeof destination !== "number" && protocol !== "ICMP")
          expect(deniers.of(source, destination, { protocol, port })).toEqual(denyingPolicies(verdict));
        const service = protocol === "ICMP" ? "ICMP" : `${protocol} ${port}`;
        const explained = explainVerdict(verdict, { source, destination, service }, scene);
        const { policies } = explained.find((each) => each.direction === direction)!;
        const decision = verdict[direction];
        const isIsolation = !decision.isAllowed && decision.policy === null;
        if (isIsolation) denied++;
        for (const { name, misses } of policies) {
          const policy = scene.policies.networkPolicies.find((each) => `${each.namespace}/${each.name}` === name);
          const rules = policy?.[direction]?.length;
          expect(misses).toHaveLength(isIsolation && rules !== undefined ? Math.max(1, rules) : 0);
        }
      }
    });
    fc.assert(property, { numRuns: 20 });
    expect(denied).toBeGreaterThan(10);
  });
});
