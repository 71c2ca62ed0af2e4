import { describe, expect, it } from "vitest";
import { Counter, VxlanDevice } from "../../../src/datapath/index.ts";
import { CNI_NAMES, createCni, createExampleCluster } from "../../../src/kubernetes/index.ts";
import { formatIpv4, prefixContains } from "../../../src/wire/index.ts";

const NAMES = ["pod-a", "frontend", "pod-b", "backend", "database", "node-a", "node-b"];
const PAIRS = NAMES.flatMap((from) => NAMES.map((to) => [from, to] as const));

describe("the example cluster", () => {
  it("has the addresses that the documentation tells", () => {
    const cluster = createExampleCluster({ slotCount: 16 });
    expect(NAMES.map((name) => `${name} ${formatIpv4(cluster.endpoint(name).address)}`)).toEqual([
      "pod-a 10.244.1.5",
      "frontend 10.244.1.10",
      "pod-b 10.244.2.8",
      "backend 10.244.2.20",
      "database 10.244.2.30",
      "node-a 192.168.1.10",
      "node-b 192.168.1.20",
    ]);
    expect(cluster.pods.map((pod) => pod.node.name)).toEqual(["node-a", "node-a", "node-b", "node-b", "node-b"]);
  });

  it("tunnels on IANA's port, and takes other options one by one", () => {
    const cluster = createExampleCluster({ slotCount: 16, underlayMtu: 9000 });
    const device = cluster.endpoint("node-a").host.namespace.device("flannel.1") as VxlanDevice;
    expect([device.udpPort, device.mtu, cluster.engine.pool.slotCount]).toEqual([4789, 8950, 16]);
  });

  it.each(PAIRS)("lets %s reach %s, which sees it under its own address", (from, to) => {
    const cluster = createExampleCluster({ slotCount: 32 });
    const [sender, receiver] = [cluster.endpoint(from), cluster.endpoint(to)];
    const sources: string[] = [];
    receiver.host.openUdp({ port: 9, onMessage: (message) => sources.push(formatIpv4(message.from)) });
    sender.host.openUdp().send(receiver.address, 9, new Uint8Array(4));
    const ping = sender.host.ping(receiver.address, { count: 2 });
    cluster.engine.run();
    expect([ping.receivedCount, ping.errorCount, ping.duplicateCount]).toEqual([2, 0, 0]);
    // A node that calls another node's pod leaves through flannel.1 and has that device's address (no NAT undoes it).
    const ownPods = cluster.pods.filter((pod) => pod.node.name === from).map((pod) => pod.name);
    const isAcross = from.startsWith("node") && !to.startsWith("node") && !ownPods.includes(to);
    const expected = isAcross
      ? `10.244.${from === "node-a" ? 1 : 2}.0`
      : from.startsWith("node") && ownPods.includes(to)
        ? `10.244.${from === "node-a" ? 1 : 2}.1`
        : formatIpv4(sender.address);
    expect(sources).toEqual([expected]);
    expect(cluster.engine.pool.inFlightCount).toBe(0);
  });

  it("sends through the tunnel what goes to the other node's pods, and nothing else", () => {
    const tunnelled = (from: string, to: string): number => {
      const cluster = createExampleCluster({ slotCount: 32 });
      cluster.endpoint(from).host.ping(cluster.endpoint(to).address);
      cluster.engine.run();
      return cluster.endpoint("node-a").host.namespace.device("flannel.1").counters[Counter.TX_PACKETS]!;
    };
    expect([
      tunnelled("pod-a", "pod-b"),
      tunnelled("pod-a", "frontend"),
      tunnelled("pod-a", "node-a"),
      tunnelled("node-a", "node-b"),
    ]).toEqual([1, 0, 0, 0]);
  });

  it("takes longer across nodes than on one, since cables take time", () => {
    const roundTrip = (to: string): number => {
      const cluster = createExampleCluster({ slotCount: 32 });
      const ping = cluster.endpoint("pod-a").host.ping(cluster.endpoint(to).address, { count: 2 });
      cluster.engine.run();
      return ping.roundTrips[1]!;
    };
    // Four veth crossings of 5 us a way; across nodes two cables of 25 us and their bits more.
    expect(roundTrip("frontend")).toBe(20_000);
    expect(roundTrip("pod-b")).toBeGreaterThan(20_000 + 4 * 25_000);
  });
});

describe.each(CNI_NAMES)("the example cluster with %s", (name) => {
  it("has its pods' addresses, or those of the plugin's own range, and serves on two of them", () => {
    const cluster = createExampleCluster({ cni: createCni(name), slotCount: 16 });
    const addresses = cluster.pods.map((pod) => formatIpv4(pod.address));
    if (cluster.cni.range === undefined)
      expect(addresses).toEqual(["10.244.1.5", "10.244.1.10", "10.244.2.8", "10.244.2.20", "10.244.2.30"]);
    else expect(cluster.pods.every(({ address }) => prefixContains(cluster.cni.range!, address))).toBe(true);
    expect(cluster.pods.flatMap(({ containers }) => containers.map(({ ports }) => ports![0]!.containerPort))).toEqual([
      8080, 5432,
    ]);
  });

  it("lets all reach all, on the underlay that the plugin wants", () => {
    const cluster = createExampleCluster({ cni: createCni(name), slotCount: 64 });
    expect(cluster.findings()).toEqual([]);
    const lost = PAIRS.filter(([from, to]) => {
      const ping = cluster.endpoint(from).host.ping(cluster.endpoint(to).address);
      while (!ping.isDone) cluster.engine.step();
      return ping.receivedCount !== 1;
    });
    expect(lost).toEqual([]);
  });
});
