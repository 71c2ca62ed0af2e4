import { describe, expect, it } from "vitest";
import { Counter, Engine, Namespace, VxlanDevice, type VxlanOptions } from "../../../src/datapath/index.ts";
import { Ecn } from "../../../src/datapath/tunnel-ecn.ts";
import {
  DropReason,
  EtherType,
  ethernet,
  formatMac,
  ipv4,
  parseIpv4,
  Protocol,
  udp,
  vxlan,
} from "../../../src/wire/index.ts";
import { A, B, createHostPair, dropsBy, emptyFrame, type HostPair } from "./host-pair.ts";

/** Outer Ethernet, IPv4, UDP and VXLAN headers. */
const OUTER_LENGTH = 50;
const REMOTE_MAC = 0x0200_0000_0099;

function create(options: Partial<VxlanOptions> = {}, frameCapacity = 1984): VxlanDevice {
  const namespace = new Namespace(new Engine({ slotCount: 4, frameCapacity }), "node");
  namespace.addAddress(namespace.loopback, "10.0.0.1/32");
  return new VxlanDevice(namespace, { name: "vxlan0", vni: 7, local: "10.0.0.1", ...options });
}

describe("a VXLAN device", () => {
  it("has Linux's defaults", () => {
    const { udpPort, learning, timeToLive, typeOfService, mtu } = create();
    expect({ udpPort, learning, timeToLive, typeOfService, mtu }).toEqual({
      udpPort: 8472,
      learning: true,
      timeToLive: 64,
      typeOfService: 0,
      mtu: 1500,
    });
  });

  it.each([-1, 2 ** 24, 1.5])("refuses the VNI %d", (vni) => {
    expect(() => create({ vni })).toThrow(new RangeError(`expected a VNI from 0 to 16777215, found ${vni}`));
  });

  it("shares a port with others of its namespace, but no VNI", () => {
    const { namespace } = create();
    const make = (name: string, vni: number): VxlanDevice =>
      new VxlanDevice(namespace, { name, vni, local: "10.0.0.1" });
    expect(make("vxlan1", 8).vni).toBe(8);
    expect(() => make("vxlan2", 8)).toThrow(
      new RangeError("expected a new VNI on UDP port 8472 of node, found 8, which vxlan1 has"),
    );
  });

  it("shares no port with a socket", () => {
    const { a } = createHostPair();
    a.openUdp({ port: 8472 });
    expect(() => new VxlanDevice(a.namespace, { name: "vxlan0", vni: 7, local: "10.0.0.1" })).toThrow(
      new RangeError("expected a UDP port of a for VXLAN, found 8472, which is in use"),
    );
  });
});

describe("what leaves through a tunnel", () => {
  it("ends there when nobody is known to have it", () => {
    const device = create();
    device.transmit(emptyFrame(REMOTE_MAC, device.mac));
    device.engine.run();
    expect(dropsBy(device)).toEqual({ [DropReason.NO_TX_TARGET]: 1 });
  });

  it("ends when the headroom does: a tunnel whose way leads through itself", () => {
    const device = create();
    const { namespace, engine } = device;
    device.fdb.setPermanent(REMOTE_MAC, parseIpv4("10.9.9.9"));
    namespace.addRoute({ to: "10.9.9.9", device });
    namespace.addNeighbour(device, "10.9.9.9", formatMac(REMOTE_MAC));
    device.transmit(emptyFrame(REMOTE_MAC, device.mac));
    engine.run();
    // 128 bytes hold two rounds of 50 and no third.
    expect([dropsBy(device), device.counters[2], engine.pool.inFlightCount]).toEqual([
      { [DropReason.DEV_HDR]: 1 },
      3,
      0,
    ]);
  });

  it("is at most what an IPv4 total length can say", () => {
    const device = create({ mtu: 65_535 }, 70_000);
    device.fdb.setPermanent(REMOTE_MAC, parseIpv4("10.9.9.9"));
    for (const length of [65_499, 65_500]) device.transmit(emptyFrame(REMOTE_MAC, device.mac, length, EtherType.ARP));
    device.engine.run();
    expect([dropsBy(device), dropsBy(device.namespace.loopback)]).toEqual([
      { [DropReason.PKT_TOO_BIG]: 1 },
      { [DropReason.IP_OUTNOROUTES]: 1 },
    ]);
  });
});

/** A frame in a tunnel's packet from a to b, with `padding` bytes behind the datagram, and both ECN fields as told. */
function tunnelled({ aEnd, bEnd }: HostPair, inner: Uint8Array, padding: number, outerEcn = 0): Uint8Array {
  const frame = new Uint8Array(OUTER_LENGTH + inner.length + padding);
  const view = new DataView(frame.buffer);
  ethernet.write(view, 0, { destination: bEnd.mac, source: aEnd.mac, etherType: EtherType.IPV4 });
  ipv4.write(view, 14, {
    totalLength: frame.length - 14,
    protocol: Protocol.UDP,
    source: A,
    destination: B,
    typeOfService: outerEcn,
  });
  udp.write(view, 34, { sourcePort: 40_000, destinationPort: 8472, datagramLength: 16 + inner.length });
  vxlan.write(view, 42, { vni: 7 });
  frame.set(inner, OUTER_LENGTH);
  return frame;
}

describe("what arrives through a tunnel", () => {
  it("ends with the datagram, not with the packet around it", () => {
    const pair = createHostPair();
    const device = new VxlanDevice(pair.b.namespace, { name: "vxlan0", vni: 7, local: "10.0.0.2" });
    pair.bEnd.arrive(tunnelled(pair, emptyFrame(REMOTE_MAC, 0x0200_0000_0001, 60), 9));
    pair.engine.run();
    expect(device.counters[Counter.RX_BYTES]).toBe(60);
  });

  it("is marked as congested in bytes of its own, while others see the frame as it came", () => {
    const pair = createHostPair();
    const { pool } = pair.engine;
    const device = new VxlanDevice(pair.b.namespace, { name: "vxlan0", vni: 7, local: "10.0.0.2" });
    const inner = emptyFrame(device.mac, 0x0200_0000_0001, 60);
    ipv4.write(new DataView(inner.buffer), 14, {
      totalLength: 46,
      protocol: 253,
      source: A,
      destination: B,
      typeOfService: Ecn.ECT_0,
    });
    const frame = tunnelled(pair, inner, 0, Ecn.CE);
    const handle = pool.allocateFrom(frame);
    const other = pool.clone(handle);
    pair.bEnd.receiver.push(handle);
    pair.engine.run();
    expect([device.counters[Counter.RX_PACKETS], pool.copyCount]).toEqual([1, 1]);
    expect(pool.contents(other)).toEqual(frame);
  });
});
