import { describe, expect, it } from "vitest";
import { CNI_NAMES, type Cluster } from "../../../src/kubernetes/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { connects, createPolicyCluster, labelled, pings, podOf, policy, pods, port, rule } from "./policies.ts";

/** What kube-router has in place of Kubernetes' silence. */
const isKubeRouter = (cni: string): boolean => /^(flannel|kubenet)/.test(cni);

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
    expect(pings(cluster, "frontend", "backend")).toBe(isKubeRouter(cni));
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
      let isConnected = false;
      host.tcp.connect(address, 8080, { onConnect: () => (isConnected = true) });
      cluster.engine.run(cluster.engine.now + 900e6);
      return isConnected;
    });
    expect(answers).toEqual([true, false]);
  });

  it("answer what they refuse, or not, as the plugin's companion does", () => {
    const cluster = createPolicyCluster(cni);
    const deny = policy("deny", { podSelector: labelled({ app: "backend" }), ingress: [], egress: [] });
    cluster.policies.set({ networkPolicies: [deny] });
    const pairs = [
      ["frontend", "backend"],
      ["client", "backend"],
      ["backend", "frontend"],
      ["backend", "client"],
    ] as const;
    const started = cluster.engine.now;
    const ends = pairs.map(([from, to]) => {
      const errors: string[] = [];
      const connection = podOf(cluster, from).host.tcp.connect(podOf(cluster, to).address, 8080, {
        onError: (error) => errors.push(error),
      });
      cluster.engine.run(cluster.engine.now + 10e6);
      connection.abort();
      return errors.join();
    });
    expect(cluster.engine.now - started).toBeLessThan(50e6);
    expect(ends).toEqual(pairs.map(() => (isKubeRouter(cni) ? "refused" : "")));
    expect(refusedCount(cluster)).toBe(4);
  });
});
