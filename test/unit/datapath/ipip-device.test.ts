import { describe, expect, it } from "vitest";
import {
  Bridge,
  Counter,
  createVethPair,
  Engine,
  type Hop,
  HopRecorder,
  IpipDevice,
  type IpipOptions,
  Namespace,
  type Veth,
} from "../../../src/datapath/index.ts";
import { Host } from "../../../src/host/index.ts";
import { DropReason, EtherType, IcmpType, parseIpv4, Protocol } from "../../../src/wire/index.ts";
import { isType, packet, payloadOf, readIcmp, readPacket } from "../../conformance/frames.ts";
import { dropsBy } from "./host-pair.ts";

/** Two nodes on a wire, 192.168.1.10 and .20, with the pods' addresses 10.244.1.5 and 10.244.2.8 on their loopbacks. */
function createNodes(mtu = 1500): {
  engine: Engine;
  hops: { device: string; direction: string; comment: string; linkType: number; bytes: Uint8Array }[];
  a: { host: Host; tunnel: IpipDevice; eth0: Veth };
  b: { host: Host; tunnel: IpipDevice; eth0: Veth };
} {
  const engine = new Engine({ slotCount: 128 });
  const hops: ReturnType<typeof createNodes>["hops"] = [];
  const hop = ({ device, direction, comment, bytes }: Hop): void => {
    hops.push({ device: device.fullName, direction, comment, linkType: device.linkType, bytes: bytes.slice() });
  };
  const [inA, inB] = [new Namespace(engine, "node-a"), new Namespace(engine, "node-b")];
  const ends = createVethPair({ namespace: inA, name: "eth0", mtu }, { namespace: inB, name: "eth0", mtu });
  const [a, b] = [inA, inB].map((namespace, index) => {
    const eth0 = ends[index]!;
    namespace.addAddress(eth0, `192.168.1.${index + 1}0/24`);
    namespace.addAddress(namespace.loopback, index === 0 ? "10.244.1.5/32" : "10.244.2.8/32");
    const tunnel = new IpipDevice(namespace, { name: "tunl0" });
    const source = index === 0 ? "10.244.1.5" : "10.244.2.8";
    const route = { via: `192.168.1.${2 - index}0`, device: tunnel, isOnlink: true, source };
    namespace.addRoute({ to: `10.244.${2 - index}.0/24`, ...route });
    return { host: new Host(namespace), tunnel, eth0 };
  });
  engine.observer = new HopRecorder(engine, [{ hop }]);
  return { engine, hops, a: a!, b: b! };
}

const POD_B = parseIpv4("10.244.2.8");

describe("an IP-in-IP device", () => {
  it("takes a ping there and back, 20 bytes longer between the nodes", () => {
    const { engine, a, b, hops } = createNodes();
    const ping = a.host.ping(POD_B);
    engine.run(1e9);
    expect(ping.receivedCount).toBe(1);
    expect([...a.tunnel.counters]).toEqual([1, 84, 1, 84]);
    expect(b.tunnel.counters[Counter.RX_PACKETS]).toBe(1);
    const outer = hops.filter(({ device, bytes }) => device === "node-b/eth0" && isType(EtherType.IPV4)(bytes));
    expect(
      outer.map(({ bytes }) => readPacket(payloadOf(bytes))).map((read) => [read.protocol, read.totalLength]),
    ).toEqual([
      [Protocol.IPIP, 104],
      [Protocol.IPIP, 104],
    ]);
  });

  it("shows packets that begin with the IPv4 header, link type 101, and says what it does", () => {
    const { engine, a, hops } = createNodes();
    a.host.ping(POD_B);
    engine.run(1e9);
    const shown = hops.filter(({ device }) => device.endsWith("/tunl0"));
    expect(shown.map(({ device, direction, linkType }) => [device, direction, linkType])).toEqual([
      ["node-a/tunl0", "out", 101],
      ["node-b/tunl0", "in", 101],
      ["node-b/tunl0", "out", 101],
      ["node-a/tunl0", "in", 101],
    ]);
    expect(shown.map(({ bytes }) => readPacket(bytes).destination)).toEqual([
      "10.244.2.8",
      "10.244.2.8",
      "10.244.1.5",
      "10.244.1.5",
    ]);
    expect(shown[0]!.comment).toBe(
      "route 10.244.2.0/24 via 192.168.1.20 dev tunl0 src 10.244.1.5 onlink, next hop 192.168.1.20, no ARP",
    );
    const [sent, received] = hops.filter(
      ({ device, bytes }) => device.endsWith("/eth0") && isType(EtherType.IPV4)(bytes),
    );
    expect(sent!.comment).toContain("tunl0: encapsulated in IPv4 for 192.168.1.20; route 192.168.1.0/24 dev eth0");
    expect(received!.comment).toContain(
      "up to IPIP; tunl0: out of the tunnel from 192.168.1.10, outer header taken off",
    );
  });

  it("has the MTU of an Ethernet link, or of that to its remote, less the outer header", () => {
    const { a } = createNodes(1400);
    expect(a.tunnel.mtu).toBe(1480);
    const { namespace } = a.host;
    expect(new IpipDevice(namespace, { name: "ipip1", remote: "192.168.1.20" }).mtu).toBe(1380);
    expect(new IpipDevice(namespace, { name: "ipip2", remote: "192.168.1.30", mtu: 1300 }).mtu).toBe(1300);
  });

  it("says how it is set up", () => {
    const { a } = createNodes();
    const line = new IpipDevice(a.host.namespace, { name: "ipip1", local: "192.168.1.10", remote: "192.168.1.20" });
    expect([a.tunnel, line].map(({ kind, description, hasLinkHeader }) => [kind, description, hasLinkHeader])).toEqual([
      ["ipip", "ipip, local any, remote any", false],
      ["ipip", "ipip, local 192.168.1.10, remote 192.168.1.20", false],
    ]);
  });

  it.each<[Omit<IpipOptions, "name">, string]>([
    [{ ttl: 256 }, "expected a TTL from 0 to 255, found 256"],
    [{ tos: -1 }, "expected a type of service from 0 to 255, found -1"],
    [{}, "expected new tunnel ends in node-a, found 0.0.0.0 and 0.0.0.0, which tunl0 has"],
    [{ remote: "10.0.0.9", mtu: 10 }, "expected an MTU from 68 to 65535, found 10"],
  ])("refuses %j", (options, message) => {
    const { namespace } = createNodes().a.host;
    expect(() => new IpipDevice(namespace, { name: "ipip1", ...options })).toThrow(new RangeError(message));
  });

  it("is no port of a bridge (br_add_if)", () => {
    const { a } = createNodes();
    const bridge = new Bridge(a.host.namespace, { name: "br0" });
    expect(() => bridge.addPort(a.tunnel)).toThrow(
      new RangeError("expected an Ethernet device of node-a that is no bridge and no port, found node-a/tunl0"),
    );
  });
});

describe("flow records (flow-cache.ts)", () => {
  /** Bursts through the tunnel there and back, with and without somebody who asks why. */
  function exchange(asksWhy: boolean): unknown {
    const { engine, a, b } = createNodes();
    if (!asksWhy) engine.observer = null;
    const echo = b.host.openUdp({
      port: 7,
      onMessage: ({ from, fromPort, payload }) => echo.send(from, fromPort, payload),
    });
    const sizes: number[] = [];
    const socket = a.host.openUdp({ pathMtuDiscovery: "dont", onMessage: ({ payload }) => sizes.push(payload.length) });
    for (let round = 0; round < 5; round++) {
      for (const size of [1, 100, 1452, 1453, 1900]) socket.send(POD_B, 7, new Uint8Array(size));
      engine.run(engine.now + 1e6);
      if (round === 3) a.host.namespace.pathMtu.learn(parseIpv4("192.168.1.20"), 1000);
    }
    return [sizes, ...[a, b].flatMap(({ tunnel, eth0 }) => [[...tunnel.counters], [...eth0.counters], dropsBy(eth0)])];
  }

  it("hold for the outer packets, and change nothing", () => {
    const long = exchange(true);
    expect(long).toEqual(exchange(false));
    expect((long as number[][])[0]).toHaveLength(25);
  });
});

describe("a packet that leaves through the tunnel is dropped", () => {
  it("when it took no route and nobody is at the other end", () => {
    const { engine, a } = createNodes();
    a.tunnel.transmit(packet({ source: "10.244.1.5", destination: "10.244.2.8" }));
    engine.run(0);
    expect(dropsBy(a.tunnel)).toEqual({ [DropReason.NO_TX_TARGET]: 1 });
  });

  it("when it is no IPv4 packet", () => {
    const { engine, a } = createNodes();
    const other = packet({ source: "10.244.1.5", destination: "10.244.2.8" });
    other[0] = 0x65;
    a.tunnel.transmit(other);
    a.tunnel.transmit(other.subarray(0, 19));
    engine.run(0);
    expect(dropsBy(a.tunnel)).toEqual({ [DropReason.UNHANDLED_PROTO]: 1, [DropReason.PKT_TOO_SMALL]: 1 });
  });

  it("when the source of outer packets is not the node's any more", () => {
    const { engine, a } = createNodes();
    const line = new IpipDevice(a.host.namespace, { name: "ipip1", local: "192.168.1.10", remote: "192.168.1.20" });
    a.host.namespace.addRoute({ to: "10.9.0.0/16", device: line });
    a.host.namespace.addAddress(a.eth0, "192.168.1.11/24");
    a.host.namespace.removeAddress(a.eth0, "192.168.1.10/24");
    a.host.ping(parseIpv4("10.9.0.1"));
    engine.run(0);
    expect(dropsBy(line)).toEqual({ [DropReason.IP_OUTNOROUTES]: 1 });
  });

  it("when the device is down", () => {
    const { engine, a } = createNodes();
    a.tunnel.up = false;
    a.host.ping(POD_B);
    engine.run(0);
    expect(dropsBy(a.tunnel)).toEqual({ [DropReason.DEV_READY]: 1 });
  });
});

describe("a packet for nobody's tunnel", () => {
  it("is refused in Linux's words, port unreachable (tunnel4_rcv)", () => {
    const { engine, a, b, hops } = createNodes();
    b.tunnel.up = false;
    a.host.ping(POD_B);
    engine.run(0);
    expect(dropsBy(b.eth0)).toEqual({ [DropReason.IP_NOPROTO]: 1 });
    const back = hops.filter(
      ({ device, direction, bytes }) => device === "node-a/eth0" && direction === "in" && isType(EtherType.IPV4)(bytes),
    );
    const [message] = back.map(({ bytes }) => readIcmp(payloadOf(bytes)));
    expect([message!.type, message!.code]).toEqual([IcmpType.DESTINATION_UNREACHABLE, 3]);
  });

  it("goes to the tunnel whose remote it comes from, rather than to the one for all", () => {
    const { engine, a, b } = createNodes();
    const line = new IpipDevice(b.host.namespace, { name: "ipip1", remote: "192.168.1.10" });
    a.host.ping(POD_B);
    engine.run(0);
    expect([line, b.tunnel].map(({ counters }) => counters[Counter.RX_PACKETS])).toEqual([1, 0]);
  });
});

describe("a tunnel whose MTU is too large for the underlay", () => {
  it("tells the sender what fits", () => {
    const { engine, a, b } = createNodes(1400);
    const errors: number[] = [];
    const socket = a.host.openUdp({ pathMtuDiscovery: "want", onError: ({ nextHopMtu }) => errors.push(nextHopMtu) });
    b.host.openUdp({ port: 7 });
    socket.send(POD_B, 7, new Uint8Array(1400));
    engine.run(0);
    expect(errors).toEqual([1380]);
    expect(a.tunnel.drops[DropReason.PKT_TOO_BIG]).toBe(1);
  });

  it("is a black hole where the other end of the wire takes less, since no router is there to tell", () => {
    const { engine, a, b } = createNodes(1400);
    a.eth0.mtu = 1500;
    b.host.openUdp({ port: 7 });
    const socket = a.host.openUdp({ pathMtuDiscovery: "do", onError: () => expect.fail("nobody can know") });
    for (const length of [1452, 1352]) socket.send(POD_B, 7, new Uint8Array(length));
    engine.run(0);
    expect([b.tunnel.counters[Counter.RX_PACKETS], a.eth0.drops[DropReason.PKT_TOO_BIG]]).toEqual([1, 1]);
  });

  it("has its outer packets cut if the inner ones may be, and put together before they are taken apart", () => {
    const { engine, a, b } = createNodes(1400);
    const socket = a.host.openUdp({ pathMtuDiscovery: "dont" });
    const got: number[] = [];
    b.host.openUdp({ port: 7, onMessage: ({ payload }) => got.push(payload.length) });
    socket.send(POD_B, 7, new Uint8Array(1452));
    engine.run(0);
    expect(got).toEqual([1452]);
  });
});
