import { describe, expect, it } from "vitest";
import { NeighbourState, VxlanDevice } from "../../../src/datapath/index.ts";
import { Cluster, type ClusterNode, Flannel } from "../../../src/kubernetes/index.ts";
import { formatIpv4, isLocallyAdministered, parseIpv4 } from "../../../src/wire/index.ts";

/** Three nodes; the third comes when the first two know each other. */
function create(cni: Flannel = new Flannel(), underlayMtu = 1500): Cluster {
  const cluster = new Cluster({ cni, underlayMtu, slotCount: 16 });
  for (const number of [1, 2, 3])
    cluster.addNode({ name: `node-${number}`, address: `192.168.1.${number}0`, podCidr: `10.244.${number}.0/24` });
  return cluster;
}

function tunnelOf(node: ClusterNode, name = "flannel.1"): VxlanDevice {
  return node.namespace.device(name) as VxlanDevice;
}

/** `ip route` on a node: the main table, without what is local or broadcast. */
function ipRoute({ namespace }: ClusterNode): string[] {
  return namespace.routes
    .list()
    .map(String)
    .filter((text) => !/^(local|broadcast) /.test(text));
}

describe("flannel.1", () => {
  it("has VNI 1, port 8472, learning off, a MAC of its own, 50 bytes less than the LAN and the subnet's base as /32", () => {
    for (const node of create().nodes) {
      const device = tunnelOf(node);
      expect([device.vni, device.udpPort, device.learning, device.mtu, device.local]).toEqual([
        1,
        8472,
        false,
        1450,
        node.address,
      ]);
      expect(isLocallyAdministered(device.mac)).toBe(true);
      expect(node.namespace.addresses.list(device).map(({ address, length }) => [address, length])).toEqual([
        [node.podCidr.address, 32],
      ]);
    }
  });

  it("takes another port and VNI, which names the device, and follows the LAN's MTU", () => {
    const device = tunnelOf(create(new Flannel({ port: 4789, vni: 42 }), 9000).nodes[0]!, "flannel.42");
    expect([device.vni, device.udpPort, device.mtu]).toEqual([42, 4789, 8950]);
  });
});

describe("what a node knows of each other node", () => {
  const cluster = create();
  const pairs = cluster.nodes.flatMap((node) =>
    cluster.nodes.filter((other) => other !== node).map((other) => [node.name, other.name, node, other] as const),
  );

  it.each(pairs)(
    "%s of %s: a permanent neighbour, the subnet's base at the remote VTEP's MAC",
    (_, __, node, other) => {
      const { table } = node.namespace.neighbours;
      const index = table.find(tunnelOf(node).index, other.podCidr.address);
      expect([table.state[index], table.macHigh[index], table.macLow[index]]).toEqual([
        NeighbourState.PERMANENT,
        tunnelOf(other).macHigh,
        tunnelOf(other).macLow,
      ]);
    },
  );

  it.each(pairs)(
    "%s of %s: a permanent FDB entry, the remote VTEP's MAC behind the node's address",
    (_, __, node, other) => {
      expect(tunnelOf(node).fdb.list()).toContainEqual({
        mac: tunnelOf(other).mac,
        remote: other.address,
        isPermanent: true,
      });
    },
  );

  it("is no more than that: two entries, no flood list", () => {
    for (const node of cluster.nodes)
      expect([tunnelOf(node).fdb.list().length, tunnelOf(node).fdb.floodList.length]).toEqual([2, 0]);
  });

  it("and the routes as `ip route` prints them", () => {
    const [first] = create().nodes;
    expect(ipRoute(first!)).toEqual([
      "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
      "10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink",
      "192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10",
    ]);
  });
});

describe("a pod", () => {
  const cluster = create();
  const pod = cluster.addPod({ name: "pod", node: "node-1" });

  it("brings cni0 with the subnet's first address, and its own route on the node", () => {
    expect(ipRoute(cluster.nodes[0]!)).toContain("10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1");
    expect(formatIpv4(pod.node.gateway)).toBe("10.244.1.1");
  });

  it("has the default route, and the cluster's, as the bridge plugin is told by flannel", () => {
    expect(
      pod.namespace.routes
        .list()
        .map(String)
        .filter((text) => text.includes(" via ")),
    ).toEqual(["default via 10.244.1.1 dev eth0", "10.244.0.0/16 via 10.244.1.1 dev eth0"]);
  });

  it("has MTU 1450, on a hairpin port of cni0", () => {
    const port = cluster.nodes[0]!.namespace.device("cni0");
    const outside = [...pod.node.namespace.devices.values()].find((device) => device.port !== null)!;
    expect([pod.namespace.device("eth0").mtu, port.mtu, outside.mtu, outside.port!.hairpin]).toEqual([
      1450,
      1450,
      1450,
      true,
    ]);
  });

  it("needs no ARP across nodes: a ping to another node's pod asks for no address of that node's range", () => {
    const other = cluster.addPod({ name: "other", node: "node-2" });
    const ping = pod.host.ping(other.address);
    cluster.engine.run(1);
    expect(ping.receivedCount).toBe(1);
    const known: string[] = [];
    for (const { namespace } of cluster.nodes)
      namespace.neighbours.table.forEach((index) =>
        known.push(`${namespace.name} ${formatIpv4(namespace.neighbours.table.address[index]! >>> 0)}`),
      );
    expect(known.filter((text) => text.startsWith("node-1"))).not.toContain(`node-1 ${formatIpv4(other.address)}`);
    expect(parseIpv4(known.find((text) => text === "node-2 10.244.2.2")!.split(" ")[1]!)).toBe(other.address);
  });
});
