import { describe, expect, it } from "vitest";
import { CNI_NAMES, type Cluster } from "../../../src/kubernetes/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { connects, createPolicyCluster, labelled, pings, podOf, policy, pods, port, rule } from "./policies.ts";

const BACKEND = policy("backend", {
  podSelector: labelled({ app: "backend" }),
  ingress: [rule([pods({ app: "frontend" })], [port("TCP", 8080)])],
});

function refusedCount(cluster: Cluster): number {
  const devices = cluster.nodes.flatMap(({ namespace }) => [...namespace.devices.values()]);
  const reasons = [DropReason.NETFILTER_DROP, DropReason.DROP_POLICY];
  return devices.reduce((sum, { drops }) => sum + reasons.reduce((all, reason) => all + drops[reason]!, 0), 0);
}

describe.each(CNI_NAMES)("policies under %s", (cni) => {
  it("let through what a rule allows and drop the rest, on one node and across nodes", () => {
    const cluster = createPolicyCluster(cni);
    expect(connects(cluster, "client", "backend", 8080)).toBe(true);
    cluster.policies.set({ networkPolicies: [BACKEND] });
    expect(connects(cluster, "frontend", "backend", 8080)).toBe(true);
    expect(refusedCount(cluster)).toBe(0);
    expect(connects(cluster, "frontend", "backend", 9100)).toBe(false);
    expect(connects(cluster, "client", "backend", 8080)).toBe(false);
    expect(refusedCount(cluster)).toBeGreaterThan(1);
    expect(connects(cluster, "client", "frontend", 8080)).toBe(true);
    expect(connects(cluster, "backend", "client", 8080)).toBe(true);
    expect(pings(cluster, "frontend", "backend")).toBe(false);
    expect(pings(cluster, "backend", "frontend")).toBe(true);
  });

  it("let replies pass where the reverse is denied, and hold egress", () => {
    const cluster = createPolicyCluster(cni);
    const silent = policy("silent", { podSelector: labelled({ app: "backend" }), egress: [] });
    cluster.policies.set({ networkPolicies: [silent] });
    expect(connects(cluster, "frontend", "backend", 8080)).toBe(true);
    expect(connects(cluster, "client", "backend", 8080)).toBe(true);
    expect(pings(cluster, "client", "backend")).toBe(true);
    expect(connects(cluster, "backend", "frontend", 8080)).toBe(false);
    expect(connects(cluster, "backend", "client", 8080)).toBe(false);
  });

  it("always let the pod's own node through, and other nodes as any address", () => {
    const cluster = createPolicyCluster(cni);
    cluster.policies.set({ networkPolicies: [policy("deny", { ingress: [] })] });
    const { address } = podOf(cluster, "backend");
    const answers = cluster.nodes.map(({ host }) => {
      const ping = host.ping(address);
      cluster.engine.run(cluster.engine.now + 900e6);
      return ping.receivedCount;
    });
    expect(answers).toEqual([1, 0]);
  });
});
