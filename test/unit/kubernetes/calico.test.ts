import { describe, expect, it } from "vitest";
import { IpipDevice, NeighbourState, type Veth, VxlanDevice } from "../../../src/datapath/index.ts";
import { Calico, type CalicoOptions, Cluster } from "../../../src/kubernetes/index.ts";
import { formatIpv4, formatMac } from "../../../src/wire/index.ts";
import { ipRoute } from "./routes.ts";

/** Two nodes on one subnet and one on another, a pod each; the third node comes when the first two have pods. */
function create(options: CalicoOptions = {}): Cluster {
  const underlay = { kind: "subnets", prefixes: ["192.168.1.0/24", "192.168.2.0/24"] } as const;
  const cluster = new Cluster({ cni: new Calico(options), underlay, slotCount: 16 });
  ["192.168.1.10", "192.168.1.20", "192.168.2.30"].forEach((address, index) => {
    cluster.addNode({ name: `node-${index + 1}`, address, podCidr: `10.244.${index + 1}.0/24` });
    cluster.addPod({ name: `pod-${index + 1}`, node: `node-${index + 1}` });
  });
  return cluster;
}

/** Routes of the first node to blocks: all but the connected and the default one. */
function blockRoutes(cluster: Cluster): string[] {
  return ipRoute(cluster.nodes[0]!).filter((text) => text.includes("/26"));
}

describe("a pod", () => {
  const cluster = create();
  const [pod] = cluster.pods;
  const inside = pod!.namespace.device("eth0") as Veth;

  it("has a /32, and a gateway that is nobody's", () => {
    expect(pod!.namespace.addresses.list(inside).map(({ address, length }) => [formatIpv4(address), length])).toEqual([
      ["10.244.1.0", 32],
    ]);
    expect(ipRoute(pod!)).toEqual(["default via 169.254.1.1 dev eth0", "169.254.1.1 dev eth0 scope link"]);
  });

  it("hangs on the node by cali and 11 digits of a SHA-1 of its name, which answers for everybody", () => {
    const { peer } = inside;
    // printf default.pod-1 | sha1sum
    expect(peer.fullName).toBe("node-1/cali83dbd022cd5");
    expect([formatMac(peer.mac), peer.proxyArp, peer.port, peer.namespace.addresses.list(peer)]).toEqual([
      "ee:ee:ee:ee:ee:ee",
      true,
      null,
      [],
    ]);
    expect(ipRoute(cluster.nodes[0]!)).toContain(`10.244.1.0 dev ${peer.name} scope link`);
  });

  it.each<[CalicoOptions, number]>([
    [{}, 1500],
    [{ encapsulation: "ipip" }, 1480],
    [{ encapsulation: "ipip", crossSubnet: true }, 1480],
    [{ encapsulation: "vxlan" }, 1450],
    [{ encapsulation: "vxlan", mtu: 1400 }, 1400],
  ])("has with %j an MTU of %i, and so has its other end", (options, mtu) => {
    const eth0 = create(options).pods[0]!.namespace.device("eth0") as Veth;
    expect([eth0.mtu, eth0.peer.mtu]).toEqual([mtu, mtu]);
  });
});

describe("routes to blocks", () => {
  it("are BGP's, via the node, or via the router to another subnet", () => {
    expect(blockRoutes(create())).toEqual([
      "blackhole 10.244.1.0/26 proto bird",
      "10.244.2.0/26 via 192.168.1.20 dev eth0 proto bird",
      "10.244.3.0/26 via 192.168.1.1 dev eth0 proto bird",
    ]);
  });

  it("go through tunl0 with IP-in-IP", () => {
    expect(blockRoutes(create({ encapsulation: "ipip" }))).toEqual([
      "blackhole 10.244.1.0/26 proto bird",
      "10.244.2.0/26 via 192.168.1.20 dev tunl0 proto bird onlink",
      "10.244.3.0/26 via 192.168.2.30 dev tunl0 proto bird onlink",
    ]);
  });

  it("go through tunl0 only between subnets with CrossSubnet", () => {
    expect(blockRoutes(create({ encapsulation: "ipip", crossSubnet: true }))).toEqual([
      "blackhole 10.244.1.0/26 proto bird",
      "10.244.2.0/26 via 192.168.1.20 dev eth0 proto bird",
      "10.244.3.0/26 via 192.168.2.30 dev tunl0 proto bird onlink",
    ]);
  });

  it("are Felix's with VXLAN, via the other node's tunnel address", () => {
    expect(blockRoutes(create({ encapsulation: "vxlan" }))).toEqual([
      "blackhole 10.244.1.0/26 proto 80",
      "10.244.2.0/26 via 10.244.2.0 dev vxlan.calico onlink",
      "10.244.3.0/26 via 10.244.3.0 dev vxlan.calico onlink",
    ]);
  });

  it("are Felix's with VXLAN and CrossSubnet, and go via the node itself on one subnet", () => {
    expect(blockRoutes(create({ encapsulation: "vxlan", crossSubnet: true }))).toEqual([
      "blackhole 10.244.1.0/26 proto 80",
      "10.244.2.0/26 via 192.168.1.20 dev eth0 proto 80 onlink",
      "10.244.3.0/26 via 10.244.3.0 dev vxlan.calico onlink",
    ]);
  });

  it("are added on all other nodes when a node claims one more, or borrows an address", () => {
    const cluster = create();
    cluster.addPod({ name: "far", node: "node-2", address: "10.244.2.70" });
    cluster.addPod({ name: "borrower", node: "node-2", address: "10.244.3.9" });
    expect(ipRoute(cluster.nodes[0]!)).toEqual(
      expect.arrayContaining([
        "10.244.2.64/26 via 192.168.1.20 dev eth0 proto bird",
        "10.244.3.9 via 192.168.1.20 dev eth0 proto bird",
      ]),
    );
    expect(ipRoute(cluster.nodes[1]!)).toContain("blackhole 10.244.2.64/26 proto bird");
    cluster.addNode({ name: "late", address: "192.168.1.40" });
    expect(ipRoute(cluster.nodes[3]!)).toContain("10.244.3.9 via 192.168.1.20 dev eth0 proto bird");
    for (const from of ["pod-1", "late"]) {
      const ping = cluster.endpoint(from).host.ping(cluster.endpoint("borrower").address);
      cluster.engine.run();
      expect(ping.receivedCount).toBe(1);
    }
  });

  it("let packets to a free address of the node's own block end there", () => {
    const cluster = create();
    expect(String(cluster.nodes[0]!.namespace.routes.lookup(cluster.pods[0]!.address + 1))).toBe(
      "blackhole 10.244.1.0/26 proto bird",
    );
  });
});

describe("tunnels", () => {
  it("tunl0 has no end of its own, and an address of the node's block", () => {
    const { namespace } = create({ encapsulation: "ipip" }).nodes[1]!;
    const device = namespace.device("tunl0") as IpipDevice;
    expect([device.mtu, device.local, device.remote]).toEqual([1480, 0, 0]);
    expect(namespace.addresses.list(device).map(({ address, length }) => [formatIpv4(address), length])).toEqual([
      ["10.244.2.0", 32],
    ]);
  });

  it("vxlan.calico has VNI 4096, port 4789, learning off, a MAC from the node's name and an address of its block", () => {
    const node = create({ encapsulation: "vxlan" }).nodes[0]!;
    const device = node.namespace.device("vxlan.calico") as VxlanDevice;
    expect([device.vni, device.udpPort, device.learning, device.local, device.mtu]).toEqual([
      4096,
      4789,
      false,
      node.address,
      1450,
    ]);
    // 66 and the first five bytes of: printf node-1 | sha1sum
    expect(formatMac(device.mac)).toBe("66:b3:68:28:39:8e");
    expect(node.namespace.addresses.list(device).map(({ address }) => formatIpv4(address))).toEqual(["10.244.1.0"]);
  });

  it("vxlan.calico knows each other node by a permanent neighbour and FDB entry, and no more", () => {
    const cluster = create({ encapsulation: "vxlan" });
    const device = (index: number): VxlanDevice =>
      cluster.nodes[index]!.namespace.device("vxlan.calico") as VxlanDevice;
    for (const [here, there] of [
      [0, 1],
      [0, 2],
      [2, 0],
    ] as const) {
      const { table } = cluster.nodes[here]!.namespace.neighbours;
      const index = table.find(device(here).index, cluster.nodes[there]!.podCidr.address);
      expect([table.state[index], table.macLow[index]]).toEqual([NeighbourState.PERMANENT, device(there).macLow]);
      expect(device(here).fdb.list()).toContainEqual({
        mac: device(there).mac,
        remote: cluster.nodes[there]!.address,
        isPermanent: true,
      });
    }
    expect([device(0).fdb.list().length, device(0).fdb.floodList.length]).toEqual([2, 0]);
  });

  it("take the address that the node was given", () => {
    const cluster = new Cluster({ cni: new Calico({ encapsulation: "vxlan" }), slotCount: 16 });
    const node = cluster.addNode({ name: "node", address: "192.168.1.10", tunnelAddress: "10.244.99.65" });
    expect(node.namespace.addresses.isLocal(0x0af46341)).toBe(true);
    expect(ipRoute(node)).toContain("blackhole 10.244.99.64/26 proto 80");
    expect(formatIpv4(cluster.addPod({ name: "pod", node: "node" }).address)).toBe("10.244.99.64");
  });
});

it.each<[CalicoOptions, string]>([
  [{ crossSubnet: true }, "expected CrossSubnet with the encapsulation ipip or vxlan, found none"],
  [{ encapsulation: "vxlan", vni: 2 ** 24 }, "expected a VNI from 0 to 16777215, found 16777216"],
])("refuses %j", (options, message) => {
  expect(() => new Calico(options)).toThrow(new RangeError(message));
});

describe("findings", () => {
  it("name the nodes that BGP's routes do not lead to, and none where they do", () => {
    const why = "their packets go out as they are, and the router between the subnets has no routes to pods";
    expect(create().findings()).toEqual([
      `pods of node-1 cannot reach those of node-3 (10.244.3.0/24): ${why}`,
      `pods of node-2 cannot reach those of node-3 (10.244.3.0/24): ${why}`,
      `pods of node-3 cannot reach those of node-1 (10.244.1.0/24), node-2 (10.244.2.0/24): ${why}`,
    ]);
    for (const options of [
      { encapsulation: "ipip" },
      { encapsulation: "ipip", crossSubnet: true },
      { encapsulation: "vxlan", crossSubnet: true },
    ] as const)
      expect(create(options).findings()).toEqual([]);
  });
});
