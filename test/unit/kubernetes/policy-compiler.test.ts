import { describe, expect, it } from "vitest";
import { type Cluster, policyWarnings } from "../../../src/kubernetes/index.ts";
import type { PolicyPeer } from "../../../src/kubernetes/network-policy.ts";
import { adminPolicy, adminRule, createPolicyCluster, labelled, podOf, policy, pods, port, rule } from "./policies.ts";

/** Ten times what it takes; a quarter of what any step takes that looks at each pair. */
const LIMIT_MICROSECONDS = 1_500_000;

/** Processor time of this process, in microseconds. */
function timeOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user;
}

function allows(cluster: Cluster, source: string, destination: string, toPort: number): boolean {
  const [from, to] = [podOf(cluster, source), podOf(cluster, destination)];
  return cluster.policies.verdict({ source: from, destination: to, protocol: "TCP", port: toPort }).isAllowed;
}

/** Each with its exception. */
function blocks(count: number): PolicyPeer[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: "ipBlock",
    cidr: { address: 0x0b000000 + index * 256, length: 24 },
    except: [{ address: 0x0b000000 + index * 256 + 16, length: 28 }],
  }));
}

describe("compilation of large policies", () => {
  it("takes thousands of ipBlocks with an exception each in a moment", () => {
    const cluster = createPolicyCluster("calico");
    const ingress = [rule([...blocks(8_000), pods({ app: "frontend" })])];
    cluster.policies.set({ networkPolicies: [policy("blocks", { ingress })] });
    const answers: boolean[] = [];
    const taken = timeOf(() => {
      answers.push(allows(cluster, "frontend", "backend", 80), allows(cluster, "client", "backend", 80));
    });
    expect(answers).toEqual([true, false]);
    expect(taken).toBeLessThan(LIMIT_MICROSECONDS);
  });

  it("takes a range with thousands of exceptions, and the check whether they leave anything", () => {
    const cluster = createPolicyCluster("calico");
    const except = Array.from({ length: 8_000 }, (_, index) => ({ address: 0x0b000000 + index * 512, length: 24 }));
    const peer: PolicyPeer = { kind: "ipBlock", cidr: { address: 0x0b000000, length: 8 }, except };
    const ingress = [rule([peer])];
    cluster.policies.set({ networkPolicies: [policy("exceptions", { ingress })] });
    const taken = timeOf(() => {
      expect(allows(cluster, "client", "backend", 80)).toBe(false);
      expect(policyWarnings(cluster.policies.list(), cluster.pods, cluster.namespaceLabels)).toEqual([]);
    });
    expect(taken).toBeLessThan(LIMIT_MICROSECONDS);
  });

  it("takes thousands of ports in one rule in a moment", () => {
    const cluster = createPolicyCluster("calico");
    // Every fourth, in no order.
    const ports = Array.from({ length: 16_000 }, (_, index) => port("TCP", 1 + 4 * ((index * 7_919) % 16_000)));
    cluster.policies.set({ networkPolicies: [policy("ports", { ingress: [rule(null, ports)] })] });
    const answers: boolean[] = [];
    const taken = timeOf(() => {
      for (const number of [1, 2, 32_001, 32_002, 63_997, 64_001])
        answers.push(allows(cluster, "client", "backend", number));
    });
    expect(answers).toEqual([true, false, true, false, true, false]);
    expect(taken).toBeLessThan(LIMIT_MICROSECONDS);
  });
});

describe("a change of what policies are about", () => {
  /** Pods of app "frontend" of namespaces of team "shop" may connect. */
  function shop(): Cluster {
    const cluster = createPolicyCluster("calico");
    const ingress = [rule([pods({ app: "frontend" }, { team: "shop" })])];
    cluster.policies.set({ networkPolicies: [policy("shop", { podSelector: labelled({ app: "backend" }), ingress })] });
    return cluster;
  }

  it("is noted in what is compiled: of pods, of namespaces, and of pods that come", () => {
    const cluster = shop();
    const { compiled } = cluster.policies;
    expect(allows(cluster, "frontend", "backend", 80)).toBe(false);
    cluster.relabelNamespace("default", { team: "shop" });
    expect(allows(cluster, "frontend", "backend", 80)).toBe(true);
    cluster.relabel(podOf(cluster, "client"), { app: "frontend" });
    expect(allows(cluster, "client", "backend", 80)).toBe(true);
    cluster.relabel(podOf(cluster, "frontend"), {});
    expect(allows(cluster, "frontend", "backend", 80)).toBe(false);
    cluster.addPod({ name: "late", node: "node-1", labels: { app: "frontend" } });
    cluster.addPod({ name: "stranger", node: "node-1", kubernetesNamespace: "other", labels: { app: "frontend" } });
    expect([allows(cluster, "late", "backend", 80), allows(cluster, "stranger", "backend", 80)]).toEqual([true, false]);
    cluster.relabel(podOf(cluster, "backend"), { app: "other" });
    expect(allows(cluster, "stranger", "backend", 80)).toBe(true);
    expect(cluster.policies.compiled).toBe(compiled);
    cluster.policies.set({});
    expect(cluster.policies.compiled).not.toBe(compiled);
  });

  it("goes by a namespace's labels in what administrators' policies select", () => {
    const cluster = createPolicyCluster("calico");
    const everybody = { kind: "namespaces", selector: labelled() } as const;
    const subject = { kind: "namespaces", selector: labelled({ team: "shop" }) } as const;
    const denied = adminPolicy("deny", 5, { subject, ingress: [adminRule("Deny", [everybody])] });
    cluster.policies.set({ adminPolicies: [denied] });
    expect(allows(cluster, "frontend", "backend", 80)).toBe(true);
    cluster.relabelNamespace("default", { team: "shop" });
    expect(allows(cluster, "frontend", "backend", 80)).toBe(false);
  });
});
