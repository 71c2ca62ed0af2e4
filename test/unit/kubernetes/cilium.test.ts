import { describe, expect, it } from "vitest";
import type { ExternalVxlanDevice, Veth } from "../../../src/datapath/index.ts";
import { Cilium, type CiliumDatapath, type Cluster, type ClusterOptions } from "../../../src/kubernetes/index.ts";
import {
  arp,
  ArpOperation,
  DropReason,
  ethernet,
  EtherType,
  formatIpv4,
  ipv4,
  parseIpv4,
} from "../../../src/wire/index.ts";
import { createThreeNodes, ipRoute, traceOfPing, unreached } from "./three-nodes.ts";

function create(routing: "tunnel" | "native", options: Partial<ClusterOptions> = {}): Cluster {
  return createThreeNodes(new Cilium({ routing }), options);
}

function datapathOf(cluster: Cluster, node: number): CiliumDatapath {
  return (cluster.cni as Cilium).datapath(cluster.nodes[node]!);
}

/** The node's end of a pod's pair. */
function hostEnd(cluster: Cluster, pod: string): Veth {
  return (cluster.endpoint(pod).host.namespace.device("eth0") as Veth).peer;
}

function names(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/lxc[0-9a-f]{12}/g, "lxcX").replace(/endpoint \d+/g, "endpoint N"));
}

describe("a node with Cilium", () => {
  it("has cilium_net and cilium_host without ARP, cilium_vxlan, and an lxc device for each pod, all of the underlay's MTU", () => {
    const devices = (cluster: Cluster): string[] =>
      [...cluster.nodes[0]!.namespace.devices.values()].map(
        ({ name, kind, mtu, arp }) => `${name} ${kind} ${mtu} ${arp}`,
      );
    const common = [
      "lo loopback 65535 true",
      "eth0 veth 1500 true",
      "cilium_net veth 1500 false",
      "cilium_host veth 1500 false",
    ];
    const pods = ["lxcX veth 1500 true", "lxcX veth 1500 true"];
    expect(names(devices(create("tunnel")))).toEqual([...common, "cilium_vxlan vxlan 1500 true", ...pods]);
    expect(names(devices(create("native")))).toEqual([...common, ...pods]);
  });

  it("routes pods of its own by cilium_host, and with a tunnel all others, with 50 bytes less", () => {
    const [node] = create("tunnel").nodes;
    expect(ipRoute(node!)).toEqual([
      "default via 192.168.1.1 dev eth0",
      "10.244.1.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
      "10.244.1.1 dev cilium_host proto kernel scope link",
      "10.244.2.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1 mtu 1450",
      "10.244.3.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1 mtu 1450",
      "192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10",
    ]);
  });

  it("natively routes others' pods to their nodes", () => {
    const [node] = create("native").nodes;
    expect(ipRoute(node!)).toEqual([
      "default via 192.168.1.1 dev eth0",
      "10.244.1.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
      "10.244.1.1 dev cilium_host proto kernel scope link",
      "10.244.2.0/24 via 192.168.1.20 dev eth0 proto kernel",
      "10.244.3.0/24 via 192.168.1.30 dev eth0 proto kernel",
      "192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10",
    ]);
  });

  it("gives pods a /32 and the node's cilium_host for everything", () => {
    expect(ipRoute(create("tunnel").endpoint("pod-1a"))).toEqual([
      "default via 10.244.1.1 dev eth0 mtu 1450",
      "10.244.1.1 dev eth0 scope link",
    ]);
    expect(ipRoute(create("native").endpoint("pod-1a"))).toEqual([
      "default via 10.244.1.1 dev eth0",
      "10.244.1.1 dev eth0 scope link",
    ]);
  });

  it("has its pods and itself in the endpoint map, and everybody in the ipcache", () => {
    const { endpoints, ipcache } = datapathOf(create("tunnel"), 0);
    const shown = endpoints
      .list()
      .map((endpoint) => `${formatIpv4(endpoint.address)} ${endpoint.isHost ? "host" : endpoint.identity}`);
    expect(shown).toEqual(["10.244.1.1 host", "10.244.1.2 256", "10.244.1.3 256", "192.168.1.10 host"]);
    expect(
      ipcache
        .list()
        .map(({ prefix, identity, tunnelEndpoint }) =>
          [`${formatIpv4(prefix.address)}/${prefix.length}`, identity, formatIpv4(tunnelEndpoint)].join(" "),
        ),
    ).toEqual([
      "0.0.0.0/0 2 0.0.0.0",
      "10.244.1.1/32 1 0.0.0.0",
      "10.244.1.2/32 256 0.0.0.0",
      "10.244.1.3/32 256 0.0.0.0",
      "10.244.2.1/32 6 192.168.1.20",
      "10.244.2.2/32 256 192.168.1.20",
      "10.244.2.3/32 256 192.168.1.20",
      "10.244.3.1/32 6 192.168.1.30",
      "10.244.3.2/32 256 192.168.1.30",
      "10.244.3.3/32 256 192.168.1.30",
      "192.168.1.10/32 1 0.0.0.0",
      "192.168.1.20/32 6 0.0.0.0",
      "192.168.1.30/32 6 0.0.0.0",
    ]);
  });

  it("draws endpoint ids that differ", () => {
    const cluster = create("tunnel");
    for (let i = 0; i < 60; i++) cluster.addPod({ name: `more-${i}`, node: "node-1" });
    const ids = datapathOf(cluster, 0)
      .endpoints.list()
      .flatMap((endpoint) => (endpoint.isHost ? [] : [endpoint.id]));
    expect(new Set(ids).size).toBe(62);
    expect(() => (create("native").cni as Cilium).datapath(cluster.nodes[0]!)).toThrow(
      "expected a node with Cilium, found node-1",
    );
  });
});

describe.each(["tunnel", "native"] as const)("with %s routing", (routing) => {
  it("every pod and node reaches every other, sources preserved", () => {
    expect(unreached(create(routing))).toEqual([]);
  });

  it("a node that comes late knows the pods before it, and they know its", () => {
    const cluster = create(routing);
    cluster.addNode({ name: "node-4", address: "192.168.1.40", podCidr: "10.244.4.0/24" });
    cluster.addPod({ name: "pod-4a", node: "node-4", labels: { app: "late" } });
    expect(unreached(cluster)).toEqual([]);
  });

  it.each([
    ["same node", "pod-1b", 63],
    ["other node", "pod-2a", routing === "tunnel" ? 63 : 60],
    ["its node", "node-1", 63],
    ["other node itself", "node-2", routing === "tunnel" ? 63 : 62],
  ])("replies come with the hops that the programs and the stacks take: %s", (_, to, timeToLive) => {
    const cluster = create(routing);
    const seen: number[] = [];
    cluster.endpoint("pod-1a").host.ping(cluster.endpoint(to).address, {
      onEvent: (event) => event.kind === "reply" && seen.push(event.timeToLive),
    });
    cluster.engine.run(1e6);
    expect(seen).toEqual([timeToLive]);
  });

  it("packets of podMtu bytes cross whole, longer ones are cut by the pod", () => {
    const cluster = create(routing);
    const [from, to] = [cluster.endpoint("pod-1a"), cluster.endpoint("pod-2a")];
    const longest = cluster.cni.podMtu(1500);
    const sizes = [longest - 28, longest - 27];
    const pings = sizes.map((size) => from.host.ping(to.address, { size, pathMtuDiscovery: "do" }));
    const cut = from.host.ping(to.address, { size: 4000, pathMtuDiscovery: "dont" });
    cluster.engine.run(1e6);
    expect([longest, ...[...pings, cut].map((ping) => ping.receivedCount)]).toEqual([
      routing === "tunnel" ? 1450 : 1500,
      1,
      0,
      1,
    ]);
  });
});

describe("over other underlays", () => {
  const build = (routing: "tunnel" | "native", underlay: ClusterOptions["underlay"]): Cluster => {
    const cluster = createThreeNodes(new Cilium({ routing }), { underlay: underlay! });
    return cluster;
  };

  it("native routing works in a VPC that knows the nodes' ranges, and says so when it does not", () => {
    const known = build("native", { kind: "vpc", prefix: "192.168.1.0/24", routes: "nodes" });
    expect(ipRoute(known.nodes[0]!).some((text) => text.startsWith("10.244.2.0/24"))).toBe(false);
    expect([unreached(known), known.findings()]).toEqual([[], []]);
    const unknown = build("native", { kind: "vpc", prefix: "192.168.1.0/24", routes: "none" });
    expect(unknown.findings()[0]).toContain("pods of node-1 cannot reach those of node-2 (10.244.2.0/24)");
    expect(build("tunnel", { kind: "vpc", prefix: "192.168.1.0/24", routes: "none" }).findings()).toEqual([]);
  });
});

describe("security identities", () => {
  it("travel in the VNI: the pod's own, and another node's for a node", () => {
    const cluster = create("tunnel");
    const web = cluster.addPod({ name: "web", node: "node-1", labels: { app: "web" } });
    const vnis: number[] = [];
    const tunnel = datapathOf(cluster, 1).devices.tunnel as ExternalVxlanDevice;
    const { handler } = tunnel;
    tunnel.handler = {
      run: (handles, first, end) => {
        for (let i = first; i < end; i++) vnis.push(tunnel.vniOf(handles[i]!));
        handler!.run(handles, first, end);
      },
    };
    const { address } = cluster.endpoint("pod-2a");
    for (const { host } of [web, cluster.endpoint("pod-1a"), cluster.endpoint("node-1")]) {
      host.ping(address);
      cluster.engine.run(cluster.engine.now + 1e6);
    }
    expect(vnis).toEqual([257, 256, 6]);
  });
});

describe("what the programs drop", () => {
  /** A frame from a pod's end, with these bytes behind the Ethernet header. */
  function frame(device: Veth, etherType: number, payload: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(ethernet.HEADER_LENGTH + payload.length);
    ethernet.write(new DataView(bytes.buffer), 0, { destination: device.peer.mac, source: device.mac, etherType });
    bytes.set(payload, ethernet.HEADER_LENGTH);
    return bytes;
  }

  function packet(source: string, destination: string, timeToLive = 64): Uint8Array {
    const bytes = new Uint8Array(28);
    const addresses = { source: parseIpv4(source), destination: parseIpv4(destination) };
    ipv4.write(new DataView(bytes.buffer), 0, { totalLength: 28, timeToLive, protocol: 17, ...addresses });
    return bytes;
  }

  it.each([
    ["another's source", EtherType.IPV4, packet("10.244.1.9", "10.244.2.2"), DropReason.DROP_INVALID_SIP],
    ["no IPv4 and no ARP", 0x86dd, new Uint8Array(40), DropReason.DROP_UNKNOWN_L3],
    ["half a header", EtherType.IPV4, new Uint8Array(19), DropReason.DROP_INVALID],
    [
      "a time to live that ran out",
      EtherType.IPV4,
      packet("10.244.1.2", "10.244.1.3", 1),
      DropReason.DROP_TTL_EXCEEDED,
    ],
    ["the same towards the stack", EtherType.IPV4, packet("10.244.1.2", "8.8.8.8", 1), DropReason.DROP_TTL_EXCEEDED],
  ])("from a pod: %s", (_, etherType, payload, reason) => {
    const cluster = create("tunnel");
    const outside = hostEnd(cluster, "pod-1a");
    outside.arrive(frame(outside.peer, etherType, payload));
    cluster.engine.run(1e6);
    expect(outside.drops[reason]).toBe(1);
  });

  it("from the node: what no map knows", () => {
    const cluster = create("tunnel");
    cluster.nodes[0]!.host.ping(parseIpv4("10.244.1.77"));
    cluster.engine.run(1e6);
    expect(datapathOf(cluster, 0).devices.host.drops[DropReason.DROP_UNROUTABLE]).toBe(1);
  });

  it.each([
    ["the host's identity, which no other node has", 1, 34, DropReason.DROP_INVALID_IDENTITY],
    ["half a header, as every VXLAN device does", 256, 33, DropReason.PKT_TOO_SMALL],
    ["a time to live that ran out", 256, 42, DropReason.DROP_TTL_EXCEEDED],
  ])("from the tunnel: %s", (_, vni, length, reason) => {
    const cluster = create("tunnel");
    const { engine } = cluster;
    const from = datapathOf(cluster, 0).devices.tunnel!;
    const whole = frame(hostEnd(cluster, "pod-1a"), EtherType.IPV4, packet("10.244.1.2", "10.244.2.2", 1));
    from.send(engine.pool.allocateFrom(whole.subarray(0, length)), vni, parseIpv4("192.168.1.20"));
    engine.run(1e6);
    expect(datapathOf(cluster, 1).devices.tunnel!.drops[reason]).toBe(1);
  });

  it("for a pod that is gone: up to the node, which has no way either", () => {
    const cluster = create("tunnel");
    datapathOf(cluster, 1).endpoints.delete(cluster.endpoint("pod-2a").address);
    datapathOf(cluster, 1).ipcache.delete({ address: cluster.endpoint("pod-2a").address, length: 32 });
    const ping = cluster.endpoint("pod-1a").host.ping(cluster.endpoint("pod-2a").address);
    cluster.engine.run(1e6);
    expect(ping.receivedCount).toBe(0);
    expect(datapathOf(cluster, 1).devices.host.drops[DropReason.DROP_UNROUTABLE]).toBe(1);
  });

  it("lets other things than IPv4 from the tunnel up to the stack, which is not meant", () => {
    const cluster = create("tunnel");
    const { engine } = cluster;
    const bytes = frame(hostEnd(cluster, "pod-1a"), 0x86dd, new Uint8Array(40));
    datapathOf(cluster, 0).devices.tunnel!.send(engine.pool.allocateFrom(bytes), 256, parseIpv4("192.168.1.20"));
    engine.run(1e6);
    expect(datapathOf(cluster, 1).devices.tunnel!.drops[DropReason.OTHERHOST]).toBe(1);
  });
});

describe("the ARP responder", () => {
  /** What comes back to pod-1a when it asks for an address. */
  function ask(target: string, destination?: number): number[] {
    const cluster = create("tunnel");
    const outside = hostEnd(cluster, "pod-1a");
    const inside = outside.peer;
    const bytes = new Uint8Array(60);
    const view = new DataView(bytes.buffer);
    ethernet.write(view, 0, { destination: destination ?? 2 ** 48 - 1, source: inside.mac, etherType: EtherType.ARP });
    const senderProtocol = cluster.endpoint("pod-1a").address;
    arp.write(view, ethernet.HEADER_LENGTH, {
      operation: ArpOperation.REQUEST,
      senderHardware: inside.mac,
      senderProtocol,
      targetHardware: 0,
      targetProtocol: parseIpv4(target),
    });
    const answers: number[] = [];
    inside.handler = {
      run: (handles, first, end) => {
        for (let i = first; i < end; i++) {
          const body = cluster.engine.pool.start[handles[i]!]! + ethernet.HEADER_LENGTH;
          const reply = cluster.engine.pool.view;
          expect(arp.operation(reply, body)).toBe(ArpOperation.REPLY);
          expect(arp.senderProtocol(reply, body)).toBe(parseIpv4(target));
          answers.push(arp.senderHardware(reply, body) === outside.mac ? 1 : 0);
          cluster.engine.consume(handles[i]!);
        }
      },
    };
    inside.transmit(bytes);
    cluster.engine.run(1e6);
    return answers;
  }

  it("answers for whatever is asked, with the host end's MAC", () => {
    for (const target of ["10.244.1.1", "10.244.2.2", "8.8.8.8"]) expect(ask(target)).toEqual([1]);
  });

  it("but not for the pod's own address, nor what was sent to somebody else", () => {
    expect(ask("10.244.1.2")).toEqual([]);
    expect(ask("10.244.1.1", 0x020000000001)).toEqual([]);
  });
});

describe("the trace", () => {
  const inner = (from: string, to: string): string => `IP ${from} > ${to}: ICMP echo request`;

  it("of a ping on one node", () => {
    const frame = inner("10.244.1.2", "10.244.1.3");
    expect(names(traceOfPing(create("tunnel"), "pod-1a", "pod-1b", [8472])).slice(0, 4)).toEqual([
      `pod-1a/eth0 out route default via 10.244.1.1 dev eth0 mtu 1450, neighbour 10.244.1.1 at <node-1/lxcX> | ${frame}`,
      `node-1/lxcX in from-container: endpoint N 10.244.1.3 identity=256 is on this node, TTL 64 to 63, from identity 256 to lxcX | ${frame}`,
      `node-1/lxcX out from-container: endpoint N 10.244.1.3 identity=256 is on this node, TTL 64 to 63, from identity 256 to lxcX | ${frame}`,
      `pod-1b/eth0 in 10.244.1.3 is an address of pod-1b: up to ICMP | ${frame}`,
    ]);
  });

  it("of a ping through the tunnel", () => {
    const frame = inner("10.244.1.2", "10.244.2.2");
    const lines = names(traceOfPing(create("tunnel"), "pod-1a", "pod-2a", [8472])).slice(0, 10);
    const outer = lines[3]!.slice(lines[3]!.indexOf(" | ") + 3);
    expect(outer).toMatch(/^IP 192.168.1.10.\d+ > 192.168.1.20.8472: VXLAN, flags \[I\] \(0x08\), vni 256 \| IP/);
    expect(lines).toEqual([
      `pod-1a/eth0 out route default via 10.244.1.1 dev eth0 mtu 1450, neighbour 10.244.1.1 at <node-1/lxcX> | ${frame}`,
      `node-1/lxcX in from-container: ipcache 10.244.2.2/32 identity=256 tunnelendpoint=192.168.1.20, to cilium_vxlan from identity 256 | ${frame}`,
      `node-1/cilium_vxlan out from-container: ipcache 10.244.2.2/32 identity=256 tunnelendpoint=192.168.1.20, to cilium_vxlan from identity 256 | ${frame}`,
      `node-1/eth0 out cilium_vxlan: encapsulated with VNI 256 to VTEP 192.168.1.20, UDP port 8472; route 192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.10, neighbour 192.168.1.20 at <node-2/eth0> | ${outer}`,
      `underlay/port-1 in bridge lan: <node-2/eth0> is behind port-2 | ${outer}`,
      `underlay/port-2 out bridge lan: <node-2/eth0> is behind port-2 | ${outer}`,
      `node-2/eth0 in 192.168.1.20 is an address of node-2: up to UDP; cilium_vxlan: VNI 256 from VTEP 192.168.1.10, outer headers taken off | ${outer}`,
      `node-2/cilium_vxlan in from-overlay: endpoint N 10.244.2.2 identity=256 is on this node, TTL 64 to 63, from identity 256 to lxcX | ${frame}`,
      `node-2/lxcX out from-overlay: endpoint N 10.244.2.2 identity=256 is on this node, TTL 64 to 63, from identity 256 to lxcX | ${frame}`,
      `pod-2a/eth0 in 10.244.2.2 is an address of pod-2a: up to ICMP | ${frame}`,
    ]);
  });

  it("of a ping between nodes natively", () => {
    const frame = inner("10.244.1.2", "10.244.2.2");
    const route =
      "route 10.244.2.0/24 via 192.168.1.20 dev eth0 proto kernel, TTL 63 to 62, neighbour 192.168.1.20 at <node-2/eth0>";
    const stack =
      "from-container: ipcache 10.244.2.2/32 identity=256 tunnelendpoint=192.168.1.20, TTL 64 to 63, up to the stack of node-1";
    const home =
      "route 10.244.2.0/24 via 10.244.2.1 dev cilium_host proto kernel src 10.244.2.1, TTL 62 to 61, neighbour 10.244.2.1 at <node-2/cilium_host>, no ARP";
    const given =
      "from-host: endpoint N 10.244.2.2 identity=256 is on this node, TTL 61 to 60, from identity 256 to lxcX";
    expect(names(traceOfPing(create("native"), "pod-1a", "pod-2a", [])).slice(0, 8)).toEqual([
      `pod-1a/eth0 out route default via 10.244.1.1 dev eth0, neighbour 10.244.1.1 at <node-1/lxcX> | ${frame}`,
      `node-1/lxcX in ${stack}; ${route} | ${frame}`,
      `node-1/eth0 out ${stack}; ${route} | ${frame}`,
      `underlay/port-1 in bridge lan: <node-2/eth0> is behind port-2 | ${frame}`,
      `underlay/port-2 out bridge lan: <node-2/eth0> is behind port-2 | ${frame}`,
      `node-2/eth0 in ${home}; ${given} | ${frame}`,
      `node-2/lxcX out ${home}; ${given} | ${frame}`,
      `pod-2a/eth0 in 10.244.2.2 is an address of pod-2a: up to ICMP | ${frame}`,
    ]);
  });

  it("of a node's ping: by cilium_host there, and back through cilium_net", () => {
    const lines = names(traceOfPing(create("tunnel"), "node-1", "pod-2a", [8472]));
    const comment = (line: string): string => line.slice(0, line.indexOf(" | "));
    expect(comment(lines[0]!)).toBe(
      "node-1/cilium_vxlan out route 10.244.2.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1 mtu 1450, neighbour 10.244.1.1 at <node-1/cilium_host>, no ARP; from-host: ipcache 10.244.2.2/32 identity=256 tunnelendpoint=192.168.1.20, to cilium_vxlan from identity 6 (reserved:remote-node)",
    );
    expect(lines.slice(-3).map(comment)).toEqual([
      "node-1/cilium_vxlan in from-overlay: 10.244.1.1 is the node itself, TTL 64 to 63, to cilium_host",
      "node-1/cilium_net out from-overlay: 10.244.1.1 is the node itself, TTL 64 to 63, to cilium_host",
      "node-1/cilium_host in 10.244.1.1 is an address of node-1: up to ICMP",
    ]);
  });
});
