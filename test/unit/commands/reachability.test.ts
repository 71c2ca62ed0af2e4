import { describe, expect, it } from "vitest";
import {
  type MatrixCell,
  namespaceMatrix,
  podMatrix,
  PolicyDeniers,
  Reachability,
} from "../../../src/commands/index.ts";
import { Cluster, createCni } from "../../../src/kubernetes/index.ts";
import { block, labelled, pods, policy, rule } from "../kubernetes/policies.ts";

const HTTP = [{ protocol: "TCP", port: 80 }] as const;

function createCluster(nodeCount: number, cni = "flannel"): Cluster {
  const cluster = new Cluster({ cni: createCni(cni) });
  for (let number = 1; number <= nodeCount; number++)
    cluster.addNode({ name: `node-${number}`, address: `192.168.1.${number}0`, podCidr: `10.244.${number}.0/24` });
  return cluster;
}

describe("pods with hostNetwork", () => {
  it("are told apart by the address that their node takes for the way, not by the node's own", () => {
    const cluster = createCluster(3);
    const agents = [1, 2].map((number) =>
      cluster.addPod({ name: `agent-${number}`, node: `node-${number}`, hostNetwork: true }),
    );
    const web = cluster.addPod({ name: "web", node: "node-3", labels: { app: "web" } });
    const ingress = [rule([block("10.244.2.0/24")])];
    cluster.policies.set({ networkPolicies: [policy("web", { podSelector: labelled({ app: "web" }), ingress })] });
    for (const pairLimit of [Infinity, 0]) {
      const reachability = new Reachability(cluster, { portsOf: () => HTTP, pairLimit });
      reachability.measure();
      const outcomes = agents.map((agent) => reachability.result(agent, web, 0)?.outcome);
      expect(outcomes).toEqual(["denied", "allowed"]);
    }
  });
});

describe("a matrix", () => {
  it("names the policies that deny, those that the filters counted", () => {
    const cluster = createCluster(2);
    for (const [number, app] of ["web", "api", "web"].entries())
      cluster.addPod({ name: `pod-${number}`, node: `node-${1 + (number % 2)}`, labels: { app } });
    cluster.addPod({ name: "agent", node: "node-1", hostNetwork: true });
    const fromApi = { podSelector: labelled({ app: "web" }), ingress: [rule([pods({ app: "api" })])] };
    const networkPolicies = [
      policy("web", fromApi),
      policy("others", { podSelector: labelled({ app: "web" }), ingress: [] }),
      policy("silent", { podSelector: labelled({ app: "api" }), egress: [] }),
    ];
    cluster.policies.set({ networkPolicies });
    const reachability = new Reachability(cluster, { portsOf: () => HTTP });
    reachability.measure();
    const counted = cluster.policies.counters().filter(({ isAllowed }) => !isAllowed);
    const names = [...new Set(counted.flatMap(({ isolatedBy }) => isolatedBy))].sort();
    expect(names).toEqual(["default/others", "default/silent", "default/web"]);
    const [[cell]] = namespaceMatrix(reachability, new PolicyDeniers(cluster)).cells as [[MatrixCell]];
    expect(cell.deniedBy).toEqual(names);
    const { cells, rows } = podMatrix(reachability, new PolicyDeniers(cluster));
    const deniersOf = (from: string): unknown =>
      cells[rows.indexOf(from)]!.map(({ deniedBy = [] }) => deniedBy.join(" "));
    expect(deniersOf("pod-1")).toEqual(["default/silent", "", "default/silent", "default/silent"]);
    expect(deniersOf("pod-0")).toEqual(["", "", "default/others default/web", ""]);
    expect(deniersOf("agent")).toEqual(["", "", "", ""]);
    expect(
      podMatrix(reachability)
        .cells.flat()
        .some((each) => "deniedBy" in each),
    ).toBe(false);
  });
});

describe("a packet", () => {
  it("is sent for each pair of groups, or for each sight of a pair when there are many", () => {
    const cluster = createCluster(2);
    for (let number = 0; number < 20; number++)
      cluster.addPod({ name: `pod-${number}`, node: `node-${1 + (number % 2)}`, labels: { app: `app-${number}` } });
    // Each is a peer of the one before: all are told apart by somebody, but each policy asks about one.
    const networkPolicies = cluster.pods.map((_pod, number) =>
      policy(`policy-${number}`, {
        podSelector: labelled({ app: `app-${number}` }),
        ingress: [rule([pods({ app: `app-${number + 1}` })])],
      }),
    );
    cluster.policies.set({ networkPolicies });
    const [each, sights] = [Infinity, 0].map((pairLimit) => {
      const reachability = new Reachability(cluster, { portsOf: () => HTTP, pairLimit });
      reachability.measure();
      const outcomes = cluster.pods.map((from) => cluster.pods.map((to) => reachability.result(from, to, 0)?.outcome));
      return { sentCount: reachability.sentCount, outcomes };
    });
    expect(each!.sentCount).toBe(20 * 19);
    expect(sights!.sentCount).toBe(19 + 20);
    expect(sights!.outcomes).toEqual(each!.outcomes);
  });

  it("finds room when there are more than the pool has", () => {
    const cluster = createCluster(1);
    for (let number = 0; number < 90; number++)
      cluster.addPod({ name: `pod-${number}`, node: "node-1", labels: { app: `app-${number}` } });
    const everybody = cluster.pods.map(({ labels }, number) =>
      policy(`policy-${number}`, { podSelector: labelled(labels), ingress: [rule(null)] }),
    );
    cluster.policies.set({ networkPolicies: everybody });
    const ports = Array.from({ length: 2 }, (_none, index) => ({ protocol: "UDP" as const, port: 1 + index }));
    const reachability = new Reachability(cluster, { portsOf: () => ports, pairLimit: Infinity });
    reachability.measure();
    const [first, last] = [cluster.pods[0]!, cluster.pods[89]!];
    expect(reachability.result(first, last, 1)?.outcome).toBe("allowed");
    expect(reachability.sentCount).toBe(90 * 89 * 2);
  });

  it("that is lost names the reason", () => {
    const cluster = new Cluster({
      cni: createCni("calico"),
      underlay: { kind: "vpc", prefix: "192.168.1.0/24", routes: "none" },
    });
    for (const number of [1, 2])
      cluster.addNode({ name: `node-${number}`, address: `192.168.1.${number}0`, podCidr: `10.244.${number}.0/24` });
    for (const [name, node] of [
      ["a", "node-1"],
      ["b", "node-1"],
      ["c", "node-2"],
    ] as const)
      cluster.addPod({ name, node });
    const reachability = new Reachability(cluster, { portsOf: () => HTTP });
    reachability.measure();
    const [a, b, c] = cluster.pods;
    expect(reachability.result(a!, b!, 0)).toEqual({ outcome: "allowed", reason: "" });
    expect(reachability.result(a!, c!, 0)).toEqual({ outcome: "lost", reason: "BLACKHOLE" });
  });
});
