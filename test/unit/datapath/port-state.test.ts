import { describe, expect, it } from "vitest";
import {
  Bridge,
  type BridgePortOptions,
  Counter,
  createVethPair,
  Engine,
  Namespace,
  type Veth,
  VxlanDevice,
} from "../../../src/datapath/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { dropsBy, emptyFrame } from "./host-pair.ts";

const BROADCAST = 0xffff_ffff_ffff;
const [MAC_1, MAC_2] = [0x0a00_0000_0001, 0x0a00_0000_0002];

/** A bridge with three ports, and the far ends of their pairs. */
function createBridge(options: BridgePortOptions = {}): { bridge: Bridge; engine: Engine; far: Veth[] } {
  const engine = new Engine({ slotCount: 64 });
  const [inside, outside] = [new Namespace(engine, "inside"), new Namespace(engine, "outside")];
  const bridge = new Bridge(inside, { name: "br0" });
  const far = [1, 2, 3].map((number) => {
    const [near, end] = createVethPair(
      { namespace: inside, name: `p${number}` },
      { namespace: outside, name: `f${number}` },
    );
    bridge.addPort(near, options);
    return end;
  });
  return { bridge, engine, far };
}

function received({ engine, far }: { engine: Engine; far: Veth[] }): number[] {
  engine.run();
  return far.map((end) => end.counters[Counter.RX_PACKETS]!);
}

describe("a bridge", () => {
  it("that is down forwards nothing (br_stp_disable_bridge)", () => {
    const net = createBridge();
    net.bridge.up = false;
    net.far[0]!.transmit(emptyFrame(BROADCAST, MAC_1));
    expect(received(net)).toEqual([0, 0, 0]);
    expect(dropsBy(net.bridge)).toEqual({ [DropReason.DEV_READY]: 1 });
  });

  it("forgets what it learned at a port that goes down, and floods around it (br_stp_disable_port)", () => {
    const net = createBridge();
    net.far[1]!.transmit(emptyFrame(BROADCAST, MAC_2));
    expect(received(net)).toEqual([1, 0, 1]);
    net.far[1]!.peer.up = false;
    net.far[0]!.transmit(emptyFrame(MAC_2, MAC_1));
    expect(received(net)).toEqual([1, 0, 2]);
  });

  it("sends its own host's groups out of ports whose flood switches are off, and its unicast not (br_flood)", () => {
    const net = createBridge({ broadcastFlood: false, multicastFlood: false, unicastFlood: false });
    net.bridge.transmit(emptyFrame(BROADCAST, net.bridge.mac));
    net.bridge.transmit(emptyFrame(0x0100_5e00_0001, net.bridge.mac));
    net.bridge.transmit(emptyFrame(MAC_2, net.bridge.mac));
    expect(received(net)).toEqual([2, 2, 2]);
    net.far[0]!.transmit(emptyFrame(BROADCAST, MAC_1));
    expect(received(net)).toEqual([2, 2, 2]);
  });

  it("drops what an entry made by hand sends to a port that is not there", () => {
    const net = createBridge();
    net.bridge.fdb.set(MAC_2, 99, 0);
    net.far[0]!.transmit(emptyFrame(MAC_2, MAC_1));
    expect(received(net)).toEqual([0, 0, 0]);
    expect(dropsBy(net.bridge)).toEqual({ [DropReason.BRIDGE_NO_PORT]: 1 });
  });
});

describe("a cable whose queue is full", () => {
  it("neither counts nor shows as sent what it drops", () => {
    const engine = new Engine({ slotCount: 2048 });
    const [a, b] = [new Namespace(engine, "a"), new Namespace(engine, "b")];
    const [from] = createVethPair(
      { namespace: a, name: "eth0" },
      { namespace: b, name: "eth0" },
      { bitsPerSecond: 1e6 },
    );
    let seen = 0;
    engine.observer = {
      asksWhy: true,
      frames: (device, direction, _handles, first, end) =>
        void (device === from && direction === "out" && (seen += end - first)),
      explain: () => undefined,
      cloned: () => undefined,
      dropped: () => undefined,
      settle: () => undefined,
    };
    for (let i = 0; i < 1500; i++) from.transmit(emptyFrame(BROADCAST, MAC_1));
    engine.run(1);
    const sent = from.counters[Counter.TX_PACKETS]!;
    expect([sent, dropsBy(from)]).toEqual([seen, { [DropReason.FULL_RING]: 1500 - seen }]);
    expect(sent).toBe(1000);
  });
});

describe("a VXLAN device that cannot be made", () => {
  it("leaves nothing behind", () => {
    const namespace = new Namespace(new Engine(), "a");
    const make = (name: string, vni: number, ttl?: number): VxlanDevice =>
      new VxlanDevice(namespace, { name, vni, local: "10.0.0.1", ...(ttl !== undefined && { ttl }) });
    make("v1", 7);
    expect(() => make("v2", 7)).toThrow("expected a new VNI on UDP port 8472 of a, found 7, which v1 has");
    expect(() => make("v2", 8, 256)).toThrow("expected a TTL from 0 to 255, found 256");
    expect([...namespace.devices.keys()]).toEqual(["lo", "v1"]);
    expect(make("v2", 8, 0).timeToLive).toBe(64);
  });
});
