import { describe, expect, it } from "vitest";
import { Bridge, type Veth } from "../../../src/datapath/index.ts";
import { type Cluster, Weave, WeaveDatapath, weaveVni } from "../../../src/kubernetes/index.ts";
import { DropReason, formatIpv4, formatMac, parseIpv4 } from "../../../src/wire/index.ts";
import { createThreeNodes, ipRoute, traceOfPing, unreached } from "./three-nodes.ts";

function datapathOf(cluster: Cluster, node: number): WeaveDatapath {
  return cluster.nodes[node]!.namespace.device("datapath") as WeaveDatapath;
}

describe("a node of Weave Net", () => {
  const cluster = createThreeNodes(new Weave());
  const [node] = cluster.nodes;

  it("has the bridge, the pair to the datapath, the datapath, the tunnel and a port for each pod", () => {
    const devices = [...node!.namespace.devices.values()].map(({ name, kind, mtu }) => `${name} ${kind} ${mtu}`);
    expect(devices.map((text) => text.replace(/vethwepl[0-9a-f]{7} /, "vethweplXXXXXXX "))).toEqual([
      "lo loopback 65535",
      "eth0 veth 1500",
      "weave bridge 1376",
      "vethwe-bridge veth 1376",
      "vethwe-datapath veth 1376",
      "vxlan-6784 vxlan 65485",
      "datapath openvswitch 1376",
      "vethweplXXXXXXX veth 1376",
      "vethweplXXXXXXX veth 1376",
    ]);
  });

  it("has its peer's name for the bridge's MAC, and an address of its slice on it", () => {
    const { mesh, ring } = (cluster.cni as Weave).network(cluster);
    for (const { namespace, name } of cluster.nodes) {
      const bridge = namespace.device("weave") as Bridge;
      const [own] = namespace.addresses.list(bridge);
      const slice = ring.list().find(({ owner }) => owner.name === name)!;
      expect(mesh.peers.find((peer) => peer.nickName === name)!.name).toBe(bridge.mac);
      expect([own!.length, own!.address >= slice.start, own!.address < slice.end]).toEqual([12, true, true]);
    }
  });

  it("reaches pods through the bridge, and pods everything through it", () => {
    const [own] = node!.namespace.addresses.list(node!.namespace.device("weave"));
    const gateway = formatIpv4(own!.address);
    expect(ipRoute(node!)).toEqual([
      "default via 192.168.1.1 dev eth0",
      `10.32.0.0/12 dev weave proto kernel scope link src ${gateway}`,
      "192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10",
    ]);
    const [pod] = cluster.pods;
    expect(ipRoute(pod!)).toEqual([
      `default via ${gateway} dev eth0`,
      `10.32.0.0/12 dev eth0 proto kernel scope link src ${formatIpv4(pod!.address)}`,
    ]);
    expect((pod!.namespace.device("eth0") as Veth).peer.port!.hairpin).toBe(true);
  });

  it("takes another MTU, port and range", () => {
    const other = createThreeNodes(new Weave({ mtu: 8916, port: 7000, range: "10.200.0.0/16" }), { underlayMtu: 9001 });
    expect(other.nodes[0]!.namespace.device("vxlan-7000").mtu).toBe(65_485);
    expect(other.pods[0]!.namespace.device("eth0").mtu).toBe(8916);
    expect(other.pods.every((pod) => formatIpv4(pod.address).startsWith("10.200."))).toBe(true);
    expect(unreached(other)).toEqual([]);
    expect(() => new Weave({ range: "10.0.0.0/31" })).toThrow("expected a range of at most /30 for Weave");
  });
});

describe("the network", () => {
  it("lets every pod and node reach every other, sources preserved", () => {
    expect(unreached(createThreeNodes(new Weave()))).toEqual([]);
  });

  it("takes a node that comes late, and pods on it", () => {
    const cluster = createThreeNodes(new Weave());
    cluster.addNode({ name: "node-4", address: "192.168.1.40", podCidr: "10.244.4.0/24" });
    cluster.addPod({ name: "pod-4a", node: "node-4" });
    expect(unreached(cluster)).toEqual([]);
  });

  it("gives out a pod address that is asked for, and refuses one that is taken", () => {
    const cluster = createThreeNodes(new Weave());
    const pod = cluster.addPod({ name: "asked", node: "node-1", address: "10.47.1.1" });
    expect(formatIpv4(pod.address)).toBe("10.47.1.1");
    const again = { name: "again", node: "node-2", address: "10.47.1.1" };
    expect(() => cluster.addPod(again)).toThrow("expected a free address of 10.32.0.0/12, found 10.47.1.1");
  });

  it("carries ARP across nodes: a pod asks for another node's pod itself", () => {
    const cluster = createThreeNodes(new Weave());
    const [from, to] = [cluster.endpoint("pod-1a"), cluster.endpoint("pod-3b")];
    from.host.ping(to.address);
    cluster.engine.run(1);
    const { neighbours } = from.host.namespace;
    const eth0 = from.host.namespace.device("eth0");
    const index = neighbours.table.find(eth0.index, to.address);
    expect(neighbours.table.mac(index)).toBe(to.host.namespace.device("eth0").mac);
  });

  it("learns who is where: each node has the MACs of both pods, at their peers and behind their ports", () => {
    const cluster = createThreeNodes(new Weave());
    const [from, to] = [cluster.endpoint("pod-1a"), cluster.endpoint("pod-3b")];
    from.host.ping(to.address);
    cluster.engine.run(1);
    const macs = [from, to].map(({ host }) => host.namespace.device("eth0").mac);
    const known = (node: number): string[] =>
      macs.map((mac) => {
        const datapath = datapathOf(cluster, node);
        const at = datapath.listMacs().find((entry) => entry.mac === mac)?.at;
        return `${at} ${datapath.listPorts().find((entry) => entry.mac === mac)?.at}`;
      });
    expect(known(0)).toEqual(["node-1 vethwe-datapath", "node-3 router"]);
    expect(known(2)).toEqual(["node-1 router", "node-3 vethwe-datapath"]);
    // The second node heard the broadcast, but not the answer.
    expect(known(1)).toEqual(["node-1 router", "undefined undefined"]);
  });

  it("forgets a MAC after ten minutes", () => {
    const cluster = createThreeNodes(new Weave());
    cluster.endpoint("pod-1a").host.ping(cluster.endpoint("pod-2a").address);
    cluster.engine.run(599e9);
    expect(datapathOf(cluster, 1).listMacs()).toHaveLength(2);
    cluster.engine.run(700e9);
    expect([...datapathOf(cluster, 1).listMacs(), ...datapathOf(cluster, 1).listPorts()]).toEqual([]);
  });
});

describe("packets that are too long", () => {
  it("of 1,376 bytes cross, longer ones are cut by the pod itself, or refused there", () => {
    const cluster = createThreeNodes(new Weave());
    const [from, to] = [cluster.endpoint("pod-1a"), cluster.endpoint("pod-2a")];
    const pings = [1348, 1349].map((size) => from.host.ping(to.address, { size, pathMtuDiscovery: "do" }));
    const cut = from.host.ping(to.address, { size: 3000, pathMtuDiscovery: "dont" });
    cluster.engine.run(1e6);
    expect([...pings, cut].map((ping) => ping.receivedCount)).toEqual([1, 0, 1]);
  });

  it("vanish on the node where WEAVE_MTU is more than the underlay carries, since outer packets have DF set", () => {
    const cluster = createThreeNodes(new Weave({ mtu: 1500 }));
    const [from, to] = [cluster.endpoint("pod-1a"), cluster.endpoint("pod-2a")];
    const pings = [1422, 1423].map((size) => from.host.ping(to.address, { size }));
    cluster.engine.run(1e6);
    expect(pings.map((ping) => ping.receivedCount)).toEqual([1, 0]);
    expect(cluster.nodes[0]!.uplink.drops[DropReason.PKT_TOO_BIG]).toBe(1);
  });
});

describe("the datapath", () => {
  it("drops a VNI that names no two peers", () => {
    const cluster = createThreeNodes(new Weave());
    const { tunnel, peer } = datapathOf(cluster, 0);
    const frame = new Uint8Array(60).fill(2);
    const free = [0, 1, 2, 3].find((id) => datapathOf(cluster, 0).mesh.byShortId(id) === undefined)!;
    tunnel.send(cluster.engine.pool.allocateFrom(frame), (free << 12) | peer.shortId, parseIpv4("192.168.1.20"));
    cluster.engine.run(1);
    expect(datapathOf(cluster, 1).drops[DropReason.VXLAN_VNI_NOT_FOUND]).toBe(1);
  });

  it("passes on what is for another peer, as the mesh would", () => {
    const cluster = createThreeNodes(new Weave());
    const [first, , third] = [0, 1, 2].map((node) => datapathOf(cluster, node));
    const frame = new Uint8Array(60).fill(0xff, 0, 6).fill(2, 6);
    const vni = weaveVni(first!.peer, third!.peer);
    first!.tunnel.send(cluster.engine.pool.allocateFrom(frame), vni, parseIpv4("192.168.1.20"));
    cluster.engine.run(1);
    expect(third!.listMacs()).toEqual([{ mac: 0x020202020202, at: "node-1" }]);
    expect(datapathOf(cluster, 1).listMacs()).toEqual([]);
  });

  it("keeps spanning tree on its node, and does not send back what came from the bridge", () => {
    const cluster = createThreeNodes(new Weave());
    const datapath = datapathOf(cluster, 0);
    const frame = new Uint8Array(60).fill(2);
    frame.set([0x01, 0x80, 0xc2, 0, 0, 0]);
    datapath.bridgeEnd.arrive(frame);
    cluster.engine.run(1);
    expect(datapath.tunnel.counters[2]).toBe(0);
    datapath.bridgeEnd.arrive(new Uint8Array(60).fill(2));
    cluster.engine.run(2);
    expect(datapath.drops[DropReason.OVS_DROP_LAST_ACTION]).toBe(1);
  });

  it("describes itself", () => {
    const { description, peer } = datapathOf(createThreeNodes(new Weave()), 0);
    expect(description).toBe(`openvswitch datapath of weave peer ${formatMac(peer.name)}, short id ${peer.shortId}`);
  });
});

it("tells the way of a ping between nodes", () => {
  const cluster = createThreeNodes(new Weave());
  const lines = traceOfPing(cluster, "pod-1a", "pod-2a", [6784]).map((line) =>
    line.replace(/vethwepl[0-9a-f]{7}/g, "vethweplXXXXXXX"),
  );
  const [there, back] = [datapathOf(cluster, 0).peer, datapathOf(cluster, 1).peer];
  const [a, b] = ["pod-1a", "pod-2a"].map((name) => formatIpv4(cluster.endpoint(name).address));
  const vni = weaveVni(there, back);
  const inner = `IP ${a} > ${b}: ICMP echo request`;
  const outer = lines[5]!.slice(lines[5]!.indexOf(" | ") + 3);
  expect(outer).toMatch(
    new RegExp(`^IP 192.168.1.10.\\d+ > 192.168.1.20.6784: VXLAN, flags \\[I\\] \\(0x08\\), vni ${vni} \\| ${inner}$`),
  );
  expect(lines.slice(0, 13)).toEqual([
    `pod-1a/eth0 out route 10.32.0.0/12 dev eth0 proto kernel scope link src ${a}, neighbour ${b} at <pod-2a/eth0> | ${inner}`,
    `node-1/vethweplXXXXXXX in bridge weave: <pod-2a/eth0> is behind vethwe-bridge | ${inner}`,
    `node-1/vethwe-bridge out bridge weave: <pod-2a/eth0> is behind vethwe-bridge | ${inner}`,
    `node-1/vethwe-datapath in datapath: <pod-2a/eth0> is known, to peer node-2 | ${inner}`,
    `node-1/vxlan-6784 out datapath: <pod-2a/eth0> is known, to peer node-2 | ${inner}`,
    `node-1/eth0 out vxlan-6784: encapsulated with VNI ${vni} to VTEP 192.168.1.20, UDP port 6784; route 192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10, neighbour 192.168.1.20 at <node-2/eth0> | ${outer}`,
    `underlay/port-1 in bridge lan: <node-2/eth0> is behind port-2 | ${outer}`,
    `underlay/port-2 out bridge lan: <node-2/eth0> is behind port-2 | ${outer}`,
    `node-2/eth0 in 192.168.1.20 is an address of node-2: up to UDP; vxlan-6784: VNI ${vni} from VTEP 192.168.1.10, outer headers taken off | ${outer}`,
    `node-2/vxlan-6784 in datapath: from peer node-1 (short id ${there.shortId}) to node-2 (${back.shortId}); datapath: <pod-2a/eth0> is known, to vethwe-datapath | ${inner}`,
    `node-2/vethwe-datapath out datapath: from peer node-1 (short id ${there.shortId}) to node-2 (${back.shortId}); datapath: <pod-2a/eth0> is known, to vethwe-datapath | ${inner}`,
    `node-2/vethwe-bridge in bridge weave: <pod-2a/eth0> is behind vethweplXXXXXXX | ${inner}`,
    `node-2/vethweplXXXXXXX out bridge weave: <pod-2a/eth0> is behind vethweplXXXXXXX | ${inner}`,
  ]);
});
