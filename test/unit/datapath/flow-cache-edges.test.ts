/** What a flow record must not be taken for, and what it must not outlive. */
import { describe, expect, it } from "vitest";
import {
  Bridge,
  Counter,
  createVethPair,
  Engine,
  FdbFlag,
  Namespace,
  VxlanDevice,
} from "../../../src/datapath/index.ts";
import { Host } from "../../../src/host/index.ts";
import { createExampleCluster } from "../../../src/kubernetes/index.ts";
import { DropReason, EtherType, ethernet, formatMac, ipv4, parseIpv4, Protocol, udp } from "../../../src/wire/index.ts";
import { dropsBy, emptyFrame } from "./host-pair.ts";

interface Packet {
  readonly destination: number;
  readonly from: number;
  readonly to: number;
  readonly length?: number;
  readonly identification?: number;
  readonly port?: number;
}

/** A UDP packet in an Ethernet frame. */
function frameOf({ destination, from, to, length = 46, identification = 1, port = 9 }: Packet): Uint8Array {
  const frame = new Uint8Array(ethernet.HEADER_LENGTH + length);
  const view = new DataView(frame.buffer);
  const network = ethernet.HEADER_LENGTH;
  ethernet.write(view, 0, { destination, source: 0x02_00_00_00_00_42, etherType: EtherType.IPV4 });
  ipv4.write(view, network, {
    totalLength: length,
    protocol: Protocol.UDP,
    source: from,
    destination: to,
    identification,
  });
  const datagramLength = length - ipv4.HEADER_LENGTH;
  udp.write(view, network + ipv4.HEADER_LENGTH, { sourcePort: 1000, destinationPort: port, datagramLength });
  return frame;
}

describe("a packet whose addresses are the words of another sort of key", () => {
  it("that comes out of a tunnel is not taken for a frame that goes into it", () => {
    const cluster = createExampleCluster({ cable: undefined, podCable: undefined });
    const { engine } = cluster;
    for (const { namespace } of cluster.nodes) namespace.removeRoute("default");
    for (let i = 0; i < 3; i++) {
      cluster.endpoint("pod-a").host.ping(cluster.endpoint("pod-b").address);
      engine.run(engine.now + 1e9);
    }
    const [tunnel, remote] = ["node-a/flannel.1", "node-b/flannel.1"].map((name) =>
      engine.devices.find((device) => device?.fullName === name)!,
    );
    const [from, to] = [remote!.mac % 2 ** 16, Math.floor(remote!.mac / 2 ** 16)];
    tunnel!.arrive(frameOf({ destination: tunnel!.mac, from, to }));
    engine.run(engine.now);
    expect(dropsBy(tunnel!)).toEqual({ [DropReason.IP_INNOROUTES]: 1 });
  });

  it("or goes into one is not taken for a packet that came out", () => {
    const engine = new Engine();
    const [router, wire] = [new Namespace(engine, "router"), new Namespace(engine, "wire")];
    router.forwarding = true;
    const [near, far] = createVethPair({ namespace: router, name: "eth0" }, { namespace: wire, name: "eth0" });
    const tunnel = new VxlanDevice(router, { name: "vxlan0", vni: 1, local: "10.1.0.1" });
    router.addAddress(near, "10.1.0.1/24");
    router.addAddress(tunnel, "10.2.0.1/24");
    router.addNeighbour(near, "10.1.0.2", formatMac(far.mac));
    tunnel.arrive(frameOf({ destination: tunnel.mac, from: 9, to: parseIpv4("10.1.0.2") }));
    engine.run();
    tunnel.transmit(frameOf({ destination: 0x0a_01_00_02_00_09, from: 1, to: 2 }));
    engine.run();
    expect(dropsBy(tunnel)).toMatchObject({ [DropReason.NO_TX_TARGET]: 1 });
  });

  it("and whose EtherType is none, on lo, is not taken for one that starts here", () => {
    const cluster = createExampleCluster({ cable: undefined, podCable: undefined });
    const { engine } = cluster;
    const { host } = cluster.endpoint("pod-a");
    const { address } = cluster.endpoint("frontend");
    const socket = host.openUdp({ onError: () => undefined });
    for (let i = 0; i < 2; i++) {
      socket.send(address, 9, new Uint8Array(1));
      engine.run(engine.now + 1e9);
    }
    const { loopback } = host.namespace;
    const frame = frameOf({ destination: 0, from: 0, to: address });
    frame[12] = frame[13] = 0;
    loopback.arrive(frame);
    engine.run(engine.now);
    expect(dropsBy(loopback)).toEqual({ [DropReason.UNHANDLED_PROTO]: 1 });
  });
});

it("keeps the MTU of a tunnel that is a bridge's port", () => {
  const engine = new Engine({ frameCapacity: 4096 });
  const [node, wire, pod] = ["node", "wire", "pod"].map((name) => new Namespace(engine, name));
  node!.forwarding = true;
  const jumbo = { name: "eth0", mtu: 9000 };
  const [underlay] = createVethPair({ namespace: node!, ...jumbo }, { namespace: wire!, ...jumbo });
  const [lan] = createVethPair({ namespace: node!, name: "lan" }, { namespace: pod!, name: "eth0" });
  const bridge = new Bridge(node!, { name: "br0" });
  const tunnel = new VxlanDevice(node!, { name: "vxlan0", vni: 7, local: "192.168.1.1", mtu: 1400 });
  const station = 0x02_00_00_00_00_99;
  node!.addAddress(underlay, "192.168.1.1/24");
  node!.addAddress(lan, "10.9.0.1/24");
  node!.addAddress(bridge, "10.8.0.1/24");
  bridge.addPort(tunnel);
  tunnel.fdb.setPermanent(station, parseIpv4("192.168.1.2"));
  bridge.fdb.set(station, tunnel.port!.number, FdbFlag.STATIC);
  node!.addNeighbour(bridge, "10.8.0.9", formatMac(station));
  node!.addNeighbour(underlay, "192.168.1.2", "02:00:00:00:00:55");
  for (const length of [100, 100, 1404, 1405]) {
    lan.arrive(frameOf({ destination: lan.mac, from: parseIpv4("10.9.0.2"), to: parseIpv4("10.8.0.9"), length }));
    engine.run();
  }
  expect(dropsBy(tunnel)).toEqual({ [DropReason.PKT_TOO_BIG]: 1 });
  expect(tunnel.counters[Counter.TX_PACKETS]).toBe(3);
});

it("lets no packet overtake those that wait because a socket's owner threw", () => {
  const engine = new Engine();
  const [router, left, right] = ["router", "left", "right"].map((name) => new Namespace(engine, name));
  router!.forwarding = true;
  const [ingress] = createVethPair({ namespace: router!, name: "eth0" }, { namespace: left!, name: "eth0" });
  const [egress, end] = createVethPair({ namespace: router!, name: "eth1" }, { namespace: right!, name: "eth0" });
  const tunnel = new VxlanDevice(router!, { name: "vxlan0", vni: 1, local: "10.1.0.1" });
  router!.addAddress(ingress, "10.0.0.1/24");
  router!.addAddress(egress, "10.1.0.1/24");
  router!.addAddress(tunnel, "10.2.0.1/24");
  router!.addNeighbour(egress, "10.1.0.2", formatMac(end.mac));
  router!.addNeighbour(tunnel, "10.2.0.2", "02:00:00:00:00:77");
  tunnel.fdb.setPermanent(0x02_00_00_00_00_77, parseIpv4("10.1.0.2"));
  new Host(router!).openUdp({
    port: 9,
    onMessage: () => {
      throw new Error("owner");
    },
  });
  const order: number[] = [];
  end.handler = {
    run(handles, first, last) {
      for (const handle of handles.subarray(first, last)) {
        order.push(new DataView(engine.pool.contents(handle).slice().buffer).getUint16(50 + 18));
        engine.consume(handle);
      }
    },
  };
  const send = (to: string, identification: number): void =>
    ingress.arrive(
      frameOf({ destination: ingress.mac, from: parseIpv4("10.0.0.2"), to: parseIpv4(to), identification }),
    );
  send("10.0.0.1", 0);
  send("10.2.0.2", 1);
  expect(() => engine.run()).toThrow("owner");
  send("10.2.0.2", 2);
  engine.run();
  expect(order).toEqual([1, 2]);
});

it("refuses a group source at a bridge though its table has the group", () => {
  const engine = new Engine();
  const [node, wire] = [new Namespace(engine, "node"), new Namespace(engine, "wire")];
  const bridge = new Bridge(node, { name: "br0" });
  const ports = ["a", "b"].map((name) => createVethPair({ namespace: node, name }, { namespace: wire, name })[0]);
  for (const port of ports) bridge.addPort(port);
  const [group, station] = [0x01_00_5e_00_00_01, 0x02_00_00_00_00_01];
  bridge.fdb.set(group, ports[0]!.port!.number, FdbFlag.STATIC);
  bridge.fdb.set(station, ports[1]!.port!.number, FdbFlag.STATIC);
  ports[0]!.arrive(emptyFrame(station, group));
  engine.run();
  expect(ports[1]!.counters[Counter.TX_PACKETS]).toBe(0);
  expect(dropsBy(bridge)).toEqual({ [DropReason.MAC_INVALID_SOURCE]: 1 });
});

it("does not note that a station is entered or forgotten where nobody relies on where it is", () => {
  const engine = new Engine();
  const node = new Namespace(engine, "node");
  const { fdb } = new Bridge(node, { name: "br0" });
  const before = node.changes.count;
  for (const port of [1, 2]) fdb.learn(0x0200, 1, port);
  fdb.delete(0x0200_0000_0001);
  fdb.list();
  expect(node.changes.count).toBe(before);
  fdb.learn(0x0200, 1, 1);
  expect(fdb.relyOn(0x0200, 1)).toBe(300_000);
  for (const port of [2, 1, 2]) fdb.learn(0x0200, 1, port);
  expect(node.changes.count).toBe(before + 1);
});
