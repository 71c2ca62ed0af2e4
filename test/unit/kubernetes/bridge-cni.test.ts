import { describe, expect, it } from "vitest";
import { Bridge, type Veth } from "../../../src/datapath/index.ts";
import { addBridgedPod, Cluster, type CniPlugin } from "../../../src/kubernetes/index.ts";
import { formatMac } from "../../../src/wire/index.ts";

/** The bridge plugin alone, on one node. */
function create(hairpin: boolean, podCidr = "10.244.1.0/24"): Cluster {
  const cni: CniPlugin = {
    name: "bridge",
    vxlanPorts: [],
    podMtu: () => 1400,
    addNode: () => undefined,
    addPod: (cluster, pod) => addBridgedPod(cluster, pod, { bridge: "cni0", mtu: 1400, hairpin }),
  };
  const cluster = new Cluster({ cni, slotCount: 16 });
  cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr });
  for (const name of ["one", "two"]) cluster.addPod({ name, node: "node-a" });
  return cluster;
}

describe("the bridge plugin", () => {
  it("makes one bridge a node, with the gateway's address and a MAC that tells it", () => {
    const { namespace } = create(false).nodes[0]!;
    const bridges = [...namespace.devices.values()].filter((device) => device instanceof Bridge);
    expect(bridges.map((bridge) => [bridge.name, bridge.mtu, formatMac(bridge.mac), bridge.ports.length])).toEqual([
      ["cni0", 1400, "0a:58:0a:f4:01:01", 2],
    ]);
  });

  it("joins each pod by a veth pair, eth0 inside and a port outside whose name tells the pods apart", () => {
    const cluster = create(true);
    const ends = cluster.pods.map((pod) => pod.namespace.device("eth0") as Veth);
    expect(ends.map((end) => formatMac(end.mac))).toEqual(["0a:58:0a:f4:01:02", "0a:58:0a:f4:01:03"]);
    for (const end of ends) {
      expect(end.peer.name).toMatch(/^veth[0-9a-f]{8}$/);
      expect([end.mtu, end.peer.mtu, end.peer.port?.hairpin]).toEqual([1400, 1400, true]);
    }
    expect(new Set(ends.map((end) => end.peer.name)).size).toBe(2);
    expect(create(false).pods.map((pod) => (pod.namespace.device("eth0") as Veth).peer.port?.hairpin)).toEqual([
      false,
      false,
    ]);
  });

  it("names the same pod's port the same in every run", () => {
    const names = (): string[] => create(false).pods.map((pod) => (pod.namespace.device("eth0") as Veth).peer.name);
    expect(names()).toEqual(names());
  });

  it("gives a pod its address with the range's length, and routes through the gateway", () => {
    expect(
      create(false)
        .pods[0]!.namespace.routes.list()
        .map(String)
        .filter((text) => text.includes("dev eth0") && !/^(local|broadcast)/.test(text)),
    ).toEqual([
      "default via 10.244.1.1 dev eth0",
      "10.244.0.0/16 via 10.244.1.1 dev eth0",
      "10.244.1.0/24 dev eth0 proto kernel scope link src 10.244.1.2",
    ]);
  });

  it("adds no route for the cluster's range when the node has all of it", () => {
    expect(
      create(false, "10.244.0.0/16")
        .pods[0]!.namespace.routes.list()
        .map(String)
        .filter((text) => text.includes(" via ")),
    ).toEqual(["default via 10.244.0.1 dev eth0"]);
  });

  it("lets pods of a node reach each other without the node forwarding", () => {
    const cluster = create(false);
    cluster.nodes[0]!.namespace.forwarding = false;
    const ping = cluster.pods[0]!.host.ping(cluster.pods[1]!.address);
    cluster.engine.run();
    expect(ping.receivedCount).toBe(1);
  });
});
