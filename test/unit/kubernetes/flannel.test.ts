import { describe, expect, it } from "vitest";
import { IpipDevice, NeighbourState, VxlanDevice } from "../../../src/datapath/index.ts";
import { Cluster, type ClusterNode, Flannel, type FlannelOptions } from "../../../src/kubernetes/index.ts";
import { formatIpv4, isLocallyAdministered, parseIpv4 } from "../../../src/wire/index.ts";
import { ipRoute } from "./routes.ts";

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
      "default via 192.168.1.1 dev eth0",
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

describe("the other backends", () => {
  /** Two nodes on one subnet, and one on another, a pod each. */
  function createApart(options: FlannelOptions): Cluster {
    const underlay = { kind: "subnets", prefixes: ["192.168.1.0/24", "192.168.2.0/24"] } as const;
    const cluster = new Cluster({ cni: new Flannel(options), underlay, slotCount: 16 });
    ["192.168.1.10", "192.168.1.20", "192.168.2.30"].forEach((address, index) => {
      cluster.addNode({ name: `node-${index + 1}`, address, podCidr: `10.244.${index + 1}.0/24` });
      cluster.addPod({ name: `pod-${index + 1}`, node: `node-${index + 1}` });
    });
    return cluster;
  }

  /** Routes of the first node to the others' pods. */
  function podRoutes(cluster: Cluster): string[] {
    return ipRoute(cluster.nodes[0]!).filter((text) => /^10\.244\.[23]/.test(text));
  }

  it("DirectRouting leaves the tunnel out between nodes of one subnet", () => {
    const cluster = createApart({ directRouting: true });
    expect(podRoutes(cluster)).toEqual([
      "10.244.2.0/24 via 192.168.1.20 dev eth0",
      "10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink",
    ]);
    expect(tunnelOf(cluster.nodes[0]!).fdb.list()).toHaveLength(1);
    expect([cluster.cni.name, cluster.pods[0]!.namespace.device("eth0").mtu, cluster.findings()]).toEqual([
      "flannel (vxlan, DirectRouting)",
      1450,
      [],
    ]);
  });

  it("host-gw has plain routes, none of which leads to another subnet, and says so", () => {
    const cluster = createApart({ backend: "host-gw" });
    expect(podRoutes(cluster)).toEqual(["10.244.2.0/24 via 192.168.1.20 dev eth0"]);
    expect([cluster.cni.vxlanPorts, cluster.pods[0]!.namespace.device("eth0").mtu]).toEqual([[], 1500]);
    const [node, , far] = cluster.nodes;
    expect(() =>
      node!.namespace.addRoute({ to: "10.244.3.0/24", via: formatIpv4(far!.address), device: node!.uplink }),
    ).toThrow("Nexthop has invalid gateway");
    expect(cluster.findings()).toHaveLength(3);
    expect(cluster.findings()[0]).toMatch(
      /^pods of node-1 cannot reach those of node-3 \(10\.244\.3\.0\/24\): .*host-gw/,
    );
  });

  it("ipip has one device, and a route through it via each node", () => {
    const cluster = createApart({ backend: "ipip" });
    expect(podRoutes(cluster)).toEqual([
      "10.244.2.0/24 via 192.168.1.20 dev flannel.ipip onlink",
      "10.244.3.0/24 via 192.168.2.30 dev flannel.ipip onlink",
    ]);
    const { namespace, address } = cluster.nodes[0]!;
    const device = namespace.device("flannel.ipip") as IpipDevice;
    // The kernel's own beside it, which nobody uses.
    const own = namespace.device("tunl0") as IpipDevice;
    expect([own.local, own.remote, own.mtu, own.up]).toEqual([0, 0, 1480, false]);
    expect([device.local, device.remote, device.mtu, cluster.cni.vxlanPorts, cluster.findings()]).toEqual([
      address,
      0,
      1480,
      [],
      [],
    ]);
    expect(namespace.addresses.list(device).map((each) => [formatIpv4(each.address), each.length])).toEqual([
      ["10.244.1.0", 32],
    ]);
  });

  it.each<[FlannelOptions, string]>([
    [{ backend: "ipip", directRouting: true }, "expected DirectRouting with the backend vxlan, found ipip"],
    [{ vni: -1 }, "expected a VNI from 0 to 16777215, found -1"],
  ])("refuse %j", (options, message) => {
    expect(() => new Flannel(options)).toThrow(new RangeError(message));
  });
});
