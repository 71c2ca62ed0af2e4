import { describe, expect, it } from "vitest";
import type { Bridge } from "../../../src/datapath/index.ts";
import { Cluster, type ClusterOptions, Kubenet } from "../../../src/kubernetes/index.ts";
import { ipRoute } from "./routes.ts";

function create(options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = new Cluster({ cni: new Kubenet(), slotCount: 16, ...options });
  for (const number of [1, 2]) {
    cluster.addNode({ name: `node-${number}`, address: `192.168.1.${number}0`, podCidr: `10.244.${number}.0/24` });
    cluster.addPod({ name: `pod-${number}`, node: `node-${number}` });
  }
  return cluster;
}

function reaches(cluster: Cluster): boolean {
  const ping = cluster.pods[0]!.host.ping(cluster.pods[1]!.address);
  cluster.engine.run();
  return ping.receivedCount === 1;
}

describe("kubenet", () => {
  it("has cbr0 with the MTU of the underlay, and no route to other nodes", () => {
    const cluster = create();
    const [node] = cluster.nodes;
    expect(ipRoute(node!)).toEqual([
      "default via 192.168.1.1 dev eth0",
      "10.244.1.0/24 dev cbr0 proto kernel scope link src 10.244.1.1",
      "192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10",
    ]);
    const bridge = node!.namespace.device("cbr0") as Bridge;
    expect([
      bridge.mtu,
      bridge.ports[0]!.hairpin,
      create({ cni: new Kubenet({ mtu: 1460 }) }).pods[0]!.namespace.device("eth0").mtu,
    ]).toEqual([1500, false, 1460]);
    expect(ipRoute(cluster.pods[0]!)).toEqual([
      "default via 10.244.1.1 dev eth0",
      "10.244.1.0/24 dev eth0 proto kernel scope link src 10.244.1.2",
    ]);
  });

  it("gets a VPC with the nodes' ranges when nothing is said of the underlay, and reaches all pods there", () => {
    const cluster = create();
    expect([cluster.underlay.kind, cluster.findings()]).toEqual(["vpc", []]);
    expect(reaches(cluster)).toBe(true);
  });

  it.each<ClusterOptions["underlay"]>(["192.168.1.0/24", { kind: "vpc", prefix: "192.168.1.0/24", routes: "none" }])(
    "is a finding on %j, where nobody knows the pods",
    (underlay) => {
      const cluster = create({ underlay: underlay! });
      expect(cluster.findings()[0]).toBe(
        "pods of node-1 cannot reach those of node-2 (10.244.2.0/24): kubenet leaves the way between nodes to the network, which has no routes to pods",
      );
      expect(reaches(cluster)).toBe(false);
    },
  );
});
