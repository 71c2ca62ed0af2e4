import { describe, expect, it } from "vitest";
import { DropReason, formatMac, parseIpv4 } from "../../../src/wire/index.ts";
import { Cluster, type CniPlugin, type UnderlayDescription } from "../../../src/kubernetes/index.ts";

/** A plugin that does nothing: what is left is the underlay. */
const NONE: CniPlugin = {
  name: "none",
  vxlanPorts: [],
  podMtu: (underlayMtu) => underlayMtu,
  addNode: () => undefined,
  addPod: () => undefined,
};

function create(underlay: UnderlayDescription, addresses: readonly string[]): Cluster {
  const cluster = new Cluster({ cni: NONE, underlay, slotCount: 32 });
  addresses.forEach((address, index) =>
    cluster.addNode({ name: `node-${index + 1}`, address, podCidr: `10.244.${index + 1}.0/24` }),
  );
  return cluster;
}

/** What became of one echo request from the first node: the TTL of the reply, or of which message the sender heard. */
function ping(cluster: Cluster, address: string): string {
  let heard = "nothing";
  cluster.nodes[0]!.host.ping(parseIpv4(address), {
    onEvent: (event) => {
      if (event.kind === "reply") heard = `reply with TTL ${event.timeToLive}`;
      if (event.kind === "error") heard = `type ${event.message.type} code ${event.message.code}`;
    },
  });
  cluster.engine.run(20e9);
  return heard;
}

const TWO_SUBNETS = { kind: "subnets", prefixes: ["192.168.1.0/24", "192.168.2.0/24"] } as const;

describe.each<UnderlayDescription>(["192.168.1.0/24", { kind: "lan", prefix: "192.168.1.0/24" }])(
  "a LAN, %j",
  (lan) => {
    it("joins nodes directly, and has a router at its first address, which is their default", () => {
      const cluster = create(lan, ["192.168.1.10", "192.168.1.20"]);
      expect(cluster.nodes.map(({ namespace }) => String(namespace.routes.lookup(parseIpv4("8.8.8.8"))))).toEqual([
        "default via 192.168.1.1 dev eth0",
        "default via 192.168.1.1 dev eth0",
      ]);
      expect(ping(cluster, "192.168.1.20")).toBe("reply with TTL 64");
      expect(ping(cluster, "192.168.1.1")).toBe("reply with TTL 64");
      expect(cluster.underlay.kind).toBe("lan");
    });

    it("says by ICMP that it has no way to pods", () => {
      const cluster = create(lan, ["192.168.1.10", "192.168.1.20"]);
      expect(ping(cluster, "10.244.2.5")).toBe("type 3 code 0");
      expect(cluster.underlay.routesPods).toBe(false);
    });
  },
);

describe("several subnets", () => {
  it("have a router between them, a TTL away", () => {
    const cluster = create(TWO_SUBNETS, ["192.168.1.10", "192.168.1.11", "192.168.2.10"]);
    expect(ping(cluster, "192.168.1.11")).toBe("reply with TTL 64");
    expect(ping(cluster, "192.168.2.10")).toBe("reply with TTL 63");
    expect(ping(cluster, "192.168.2.1")).toBe("reply with TTL 64");
    expect(cluster.nodes.map(({ namespace }) => String(namespace.routes.lookup(parseIpv4("8.8.8.8"))))).toEqual([
      "default via 192.168.1.1 dev eth0",
      "default via 192.168.1.1 dev eth0",
      "default via 192.168.2.1 dev eth0",
    ]);
  });

  it("tell which nodes are on one", () => {
    const [first, second, third] = create(TWO_SUBNETS, ["192.168.1.10", "192.168.1.11", "192.168.2.10"]).nodes;
    expect([first!.isOnSubnetOf(second!), first!.isOnSubnetOf(third!)]).toEqual([true, false]);
  });

  it("are switches of their own, named by number, with the router on each", () => {
    const [ground, router] = create(TWO_SUBNETS, ["192.168.2.10"]).underlay.namespaces;
    expect([...ground!.devices.keys()]).toEqual(["lo", "lan-1", "router-1", "lan-2", "router-2", "port-1"]);
    expect(ground!.device("port-1").port!.bridge.name).toBe("lan-2");
    expect([...router!.devices.values()].map(({ name, mac }) => `${name} ${formatMac(mac)}`)).toEqual([
      "lo 00:00:00:00:00:00",
      "eth0 52:54:00:a8:01:01",
      "eth1 52:54:00:a8:02:01",
    ]);
  });
});

describe("a VPC", () => {
  const vpc = (routes: "nodes" | "none") => ({ kind: "vpc", prefix: "192.168.1.0/24", routes }) as const;

  it("has no LAN: the provider answers ARP for every node with his own MAC, and is a hop", () => {
    const cluster = create(vpc("none"), ["192.168.1.10", "192.168.1.20"]);
    expect(ping(cluster, "192.168.1.20")).toBe("reply with TTL 63");
    const { table } = cluster.nodes[0]!.namespace.neighbours;
    const [provider] = cluster.underlay.namespaces;
    const index = table.find(cluster.nodes[0]!.uplink.index, parseIpv4("192.168.1.20"));
    expect(table.macLow[index]).toBe(provider!.device("port-1").macLow);
    expect(ping(cluster, "192.168.1.1")).toBe("reply with TTL 64");
  });

  it("does not answer for who is not there", () => {
    expect(ping(create(vpc("none"), ["192.168.1.10"]), "192.168.1.99")).toBe("type 3 code 1");
  });

  it("drops in silence what its route table has no route for", () => {
    const cluster = create(vpc("none"), ["192.168.1.10", "192.168.1.20"]);
    expect(ping(cluster, "10.244.2.5")).toBe("nothing");
    const [provider] = cluster.underlay.namespaces;
    expect(provider!.device("port-1").drops[DropReason.BLACKHOLE]).toBe(1);
    expect(cluster.underlay.routesPods).toBe(false);
  });

  it("carries packets to pods by its routes to the nodes' ranges", () => {
    const cluster = create(vpc("nodes"), ["192.168.1.10", "192.168.1.20"]);
    const [provider] = cluster.underlay.namespaces;
    expect(String(provider!.routes.lookup(parseIpv4("10.244.2.5")))).toBe("10.244.2.0/24 via 192.168.1.20 dev port-2");
    expect([cluster.underlay.routesPods, cluster.underlay.carriesPods(cluster.nodes[0]!, cluster.nodes[1]!)]).toEqual([
      true,
      true,
    ]);
  });

  it("sends no ICMP errors of its own", () => {
    const cluster = create(vpc("none"), ["192.168.1.10", "192.168.1.20"]);
    cluster.underlay.namespaces[0]!.device("port-2").mtu = 1000;
    let heard = 0;
    cluster.nodes[0]!.host.ping(parseIpv4("192.168.1.20"), {
      size: 1200,
      pathMtuDiscovery: "do",
      onEvent: () => heard++,
    });
    cluster.engine.run(20e9);
    expect(heard).toBe(0);
    expect(cluster.underlay.namespaces[0]!.device("port-1").drops[DropReason.PKT_TOO_BIG]).toBe(1);
  });
});

describe("descriptions", () => {
  it.each<[UnderlayDescription, string]>([
    [{ kind: "subnets", prefixes: [] }, "expected the prefix of a subnet for the nodes, found none"],
    [
      { kind: "subnets", prefixes: ["10.0.0.0/16", "10.0.3.0/24"] },
      "expected subnets apart from each other, found 10.0.3.0/24, which overlaps 10.0.0.0/16",
    ],
    ["10.0.0.0/30", "expected a subnet of at most /29 for the nodes, found 10.0.0.0/30"],
    [
      { kind: "lan", prefix: "10.0.0.0/24", routers: ["10.0.1.1"] },
      "expected a router's address in 10.0.0.0/24, found 10.0.1.1",
    ],
    [
      { kind: "lan", prefix: "10.0.0.0/24", routers: ["10.0.0.255"] },
      "expected a router's address in 10.0.0.0/24, found 10.0.0.255",
    ],
    [{ kind: "mesh" } as never, 'expected an underlay of kind lan, subnets or vpc, found "mesh"'],
  ])("%j is refused", (underlay, message) => {
    expect(() => create(underlay, [])).toThrow(new RangeError(message));
  });

  it("a node's address has to be in one of the subnets", () => {
    expect(() => create(TWO_SUBNETS, ["192.168.3.10"])).toThrow(
      new RangeError("expected an address of 192.168.1.0/24 or 192.168.2.0/24 for node-1, found 192.168.3.10"),
    );
  });
});
