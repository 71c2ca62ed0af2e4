import { describe, expect, it } from "vitest";
import {
  Bridge,
  Counter,
  createVethPair,
  Engine,
  Namespace,
  type NetDeviceOptions,
  VxlanDevice,
} from "../../../src/datapath/index.ts";
import { BROADCAST_MAC, DropReason, isLocallyAdministered, isMulticastMac } from "../../../src/wire/index.ts";
import { createHostPair, dropsBy, emptyFrame } from "./host-pair.ts";

function create(options: NetDeviceOptions): Bridge {
  return new Bridge(new Namespace(new Engine({ slotCount: 4 }), "node"), options);
}

describe("names", () => {
  it("are what Linux takes: up to 15 characters", () => {
    expect(create({ name: "a23456789012345" }).fullName).toBe("node/a23456789012345");
    expect(create({ name: "flannel.1" }).name).toBe("flannel.1");
  });

  it.each(["", "a234567890123456", "eth 0", "eth/0", "eth:0", "tab\t", ".", ".."])("refuse %j", (name) => {
    const message = `expected a device name of 1 to 15 characters without space, '/' or ':', found ${JSON.stringify(name)}`;
    expect(() => create({ name })).toThrow(new RangeError(message));
  });

  it("are given once in a namespace; a device that is refused leaves nothing behind", () => {
    const bridge = create({ name: "br0" });
    const count = bridge.engine.devices.length;
    expect(() => new Bridge(bridge.namespace, { name: "br0" })).toThrow(
      new RangeError("expected a new device name in node, found br0, which exists"),
    );
    expect(() => new Bridge(bridge.namespace, { name: "lo" })).toThrow("which exists");
    expect([bridge.namespace.device("br0"), bridge.engine.devices.length]).toEqual([bridge, count]);
  });
});

describe("MACs", () => {
  it("are kept as two words and given as one number", () => {
    const { mac, macHigh, macLow } = create({ name: "br0", mac: 0x0a58_f0f4_0105 });
    expect([mac, macHigh, macLow]).toEqual([0x0a58_f0f4_0105, 0x0a58, 0xf0f4_0105 | 0]);
  });

  it("are drawn from the seed when none is given: unicast and locally administered, as Linux draws them", () => {
    const engine = new Engine({ slotCount: 1 });
    const namespace = new Namespace(engine, "node");
    const macs = Array.from({ length: 50 }, (_, index) => new Bridge(namespace, { name: `br${index}` }).mac);
    expect(macs.every((mac) => !isMulticastMac(mac) && isLocallyAdministered(mac))).toBe(true);
    expect(new Set(macs).size).toBe(50);
    expect(create({ name: "x" }).mac).toBe(create({ name: "x" }).mac);
  });

  it.each([
    [0x0100_5e00_0001, "1101088686081"],
    [BROADCAST_MAC, "281474976710655"],
    [0, "00:00:00:00:00:00"],
    [2 ** 48, "281474976710656"],
    [-1, "-1"],
    [1.5, "1.5"],
  ])("refuse %d", (mac, found) => {
    expect(() => create({ name: "br0", mac })).toThrow(
      new RangeError(`expected a unicast MAC for br0, found ${found}`),
    );
  });
});

describe("MTUs", () => {
  it.each([68, 1500, 65_535])("of %i are taken, and frames may be 18 bytes longer", (mtu) => {
    expect([create({ name: "br0", mtu }).mtu, create({ name: "br0", mtu }).longestFrame]).toEqual([mtu, mtu + 18]);
  });

  it.each([67, 65_536, 1500.5, NaN])("of %d are refused, when made and when set", (mtu) => {
    const message = new RangeError(`expected an MTU from 68 to 65535, found ${mtu}`);
    expect(() => create({ name: "br0", mtu })).toThrow(message);
    const device = create({ name: "br0" });
    expect(() => (device.mtu = mtu)).toThrow(message);
    expect(device.mtu).toBe(1500);
  });
});

describe("frames", () => {
  it("are counted at both ends with their bytes", () => {
    const { engine, aEnd, bEnd } = createHostPair();
    aEnd.transmit(emptyFrame(bEnd.mac, aEnd.mac, 60));
    aEnd.transmit(emptyFrame(bEnd.mac, aEnd.mac, 100));
    engine.run();
    expect([aEnd.counters[Counter.TX_PACKETS], aEnd.counters[Counter.TX_BYTES]]).toEqual([2, 160]);
    expect([bEnd.counters[Counter.RX_PACKETS], bEnd.counters[Counter.RX_BYTES]]).toEqual([2, 160]);
    expect([bEnd.counters[Counter.TX_PACKETS], aEnd.counters[Counter.RX_PACKETS]]).toEqual([0, 0]);
  });

  it.each([
    [13, DropReason.HDR_TRUNC],
    [14, undefined],
    [518, undefined],
    [519, DropReason.PKT_TOO_BIG],
  ])("of %i bytes on an MTU of 500 bytes end with %s at the sender", (length, reason) => {
    const { engine, aEnd, bEnd } = createHostPair({ mtu: 500 });
    aEnd.transmit(emptyFrame(bEnd.mac, aEnd.mac, Math.max(14, length)).subarray(0, length));
    engine.run();
    expect(dropsBy(aEnd)).toEqual(reason === undefined ? {} : { [reason]: 1 });
    expect(bEnd.counters[Counter.RX_PACKETS]).toBe(reason === undefined ? 1 : 0);
  });

  it("end at a device that is down, on the way out and on the way in", () => {
    const { engine, aEnd, bEnd } = createHostPair();
    bEnd.up = false;
    aEnd.transmit(emptyFrame(bEnd.mac, aEnd.mac));
    bEnd.transmit(emptyFrame(aEnd.mac, bEnd.mac));
    engine.run();
    expect([dropsBy(aEnd), dropsBy(bEnd)]).toEqual([{}, { [DropReason.DEV_READY]: 2 }]);
  });

  it("that find no slot or fit into none are counted, and nothing else", () => {
    const { engine, aEnd } = createHostPair({ slotCount: 1 });
    aEnd.transmit(new Uint8Array(70_000));
    aEnd.transmit(new Uint8Array(60));
    aEnd.transmit(new Uint8Array(60));
    expect(dropsBy(aEnd)).toEqual({ [DropReason.NOMEM]: 2 });
    expect([engine.pool.allocationCount, engine.droppedCount]).toEqual([1, 0]);
    engine.run();
  });
});

describe("descriptions", () => {
  it("say what kind of device it is and what it is joined to", () => {
    const { aEnd, bEnd, a } = createHostPair();
    const tunnel = new VxlanDevice(a.namespace, { name: "vxlan0", vni: 7, local: "10.0.0.1" });
    expect([aEnd.description, bEnd.description]).toEqual(["veth, other end b/eth0", "veth, other end a/eth0"]);
    expect(tunnel.description).toBe("vxlan, VNI 7, UDP port 8472, local 10.0.0.1");
    expect([a.namespace.loopback.kind, tunnel.kind, create({ name: "br0" }).description]).toEqual([
      "loopback",
      "vxlan",
      "bridge",
    ]);
  });

  it("differ for the two namespaces of a pair", () => {
    const engine = new Engine({ slotCount: 1 });
    const [x, y] = createVethPair(
      { namespace: new Namespace(engine, "x"), name: "e" },
      { namespace: new Namespace(engine, "y"), name: "e" },
    );
    expect([x.fullName, y.fullName, x.peer, y.peer]).toEqual(["x/e", "y/e", y, x]);
  });
});
