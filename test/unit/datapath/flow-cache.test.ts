/**
 * What no record covers: packets of known flows that are odd in some way, between two that are not. They come out as
 * they would device by device, in the same order, with the same drops.
 */
import { describe, expect, it } from "vitest";
import {
  Bridge,
  createVethPair,
  type Direction,
  Engine,
  Namespace,
  type NetDevice,
  type Observer,
  VxlanDevice,
} from "../../../src/datapath/index.ts";
import { Host } from "../../../src/host/index.ts";
import { type Cluster, createExampleCluster } from "../../../src/kubernetes/index.ts";
import { ethernet, formatMac, ipv4, parseIpv4, Protocol, udp, vxlan } from "../../../src/wire/index.ts";
import { textWithoutIdentifications } from "../../tools/identifications.ts";

const PORT = 9000;
const IPV4 = ethernet.HEADER_LENGTH;
const UDP = IPV4 + ipv4.HEADER_LENGTH;
const VXLAN = UDP + udp.HEADER_LENGTH;
const INNER = VXLAN + 8;

type Damage = (frame: Uint8Array, view: DataView) => Uint8Array | void;

/** Sets a byte, and puts the IPv4 header's checksum right. */
const setByte =
  (offset: number, value: number): Damage =>
  (frame, view) => {
    frame[offset] = value;
    ipv4.updateHeaderChecksum(view, IPV4);
  };

/** What may be wrong with any IPv4 packet. */
const OF_PACKETS: readonly (readonly [string, Damage])[] = [
  ["nothing", () => undefined],
  ["a wrong header checksum", (_, view) => ipv4.setHeaderChecksum(view, IPV4, 0x1234)],
  ["version 6", setByte(IPV4, 0x65)],
  ["a time to live of 1", setByte(IPV4 + 8, 1)],
  ["a time to live of 0", setByte(IPV4 + 8, 0)],
  ["a total length beyond the frame", setByte(IPV4 + 2, 8)],
  ["a total length below the header's", (_, view) => setLength(view, 19)],
  ["bytes behind its total length", (frame) => Uint8Array.of(...frame, 1, 2, 3, 4, 5)],
  ["a header cut short", (frame) => frame.slice(0, IPV4 + 19)],
  ["an Ethernet header cut short", (frame) => frame.slice(0, IPV4 - 1)],
  ["a length that the tunnel has not room for", (frame, view) => lengthened(frame, view, 1490)],
  ["more fragments to come", setByte(IPV4 + 6, 0x20)],
  ["a fragment's offset", setByte(IPV4 + 7, 8)],
  ["another protocol", setByte(IPV4 + 9, 253)],
  ["another type of service", setByte(IPV4 + 1, 0xb8)],
  ["a congestion mark", setByte(IPV4 + 1, 3)],
  ["a source that is a group", setByte(IPV4 + 12, 224)],
  ["another source", setByte(IPV4 + 15, 77)],
  ["options", (frame) => withOptions(frame)],
  ["another station's MAC", setByte(5, 0x77)],
  ["a broadcast MAC", (frame) => void frame.fill(0xff, 0, 6)],
  ["a port that nobody has", setByte(UDP + 3, 9)],
  ["a UDP length below 8", setByte(UDP + 5, 7)],
];

/** What makes a packet one of another flow, which may be overtaken. */
const OF_ANOTHER_FLOW = new Set([
  "another type of service",
  "a congestion mark",
  "another source",
  "options",
  "a broadcast MAC",
]);

/** What may be wrong with a tunnel's. */
const OF_TUNNELS: readonly (readonly [string, Damage])[] = [
  ["another VNI", setByte(VXLAN + 6, 9)],
  ["no VNI", setByte(VXLAN, 0)],
  ["a reserved flag", setByte(VXLAN, 0x18)],
  ["a reserved byte", setByte(VXLAN + 7, 1)],
  ["a UDP checksum", setByte(UDP + 6, 0x12)],
  ["a UDP length that is short of the packet's", (_, view) => udp.setDatagramLength(view, UDP, 40)],
  ["a UDP length beyond the packet", (_, view) => udp.setDatagramLength(view, UDP, 400)],
  ["an inner frame of 10 bytes", (frame, view) => cut(frame, view, INNER + 10)],
  ["an inner frame of 33 bytes", (frame, view) => cut(frame, view, INNER + 33)],
  ["an inner frame from the device's own MAC", (frame) => void frame.copyWithin(INNER + 6, INNER, INNER + 6)],
  ["an inner frame for another MAC", setByte(INNER + 5, 0x77)],
  ["an inner packet at its time to live", setByte(INNER + IPV4 + 8, 1)],
  ["an inner congestion mark", setByte(INNER + IPV4 + 1, 3)],
];

describe.each([
  ["node-a/cni0", "into the tunnel", OF_PACKETS],
  ["node-b/eth0", "out of the tunnel", [...OF_PACKETS, ...OF_TUNNELS]],
  ["node-b/flannel.1", "to the bridge", OF_PACKETS],
  ["pod-b/eth0", "to its receiver", OF_PACKETS],
])("a packet that comes in at %s, %s, with", (deviceName, _, damages) => {
  it.each(damages)("%s", (name, damage) => {
    const short = run(deviceName, damage, false);
    const long = run(deviceName, damage, true);
    expect(short.frames).toEqual(long.frames);
    if (!OF_ANOTHER_FLOW.has(name)) expect(short.order).toEqual(long.order);
    expect(short.drops).toEqual(long.drops);
    expect(long.shortCount).toBe(0);
    expect(short.shortCount).toBeGreaterThan(short.lastShortCount);
    expect(short.lastShortCount).toBeGreaterThan(0);
  });
});

describe("a record", () => {
  it.each([
    ["a neighbour is stale after 30 s", 31_000, 300_000],
    ["a bridge forgets a silent station", 4_000, 10_000],
  ])("ends in time: %s", (_, interval, ageingTime) => {
    const runs = [false, true].map((asksWhy) => {
      const cluster = createExampleCluster({ cable: undefined, podCable: undefined });
      const { engine } = cluster;
      const log = new FrameLog(engine, asksWhy);
      engine.observer = log;
      warmUp(cluster, () => new Uint8Array());
      for (const device of engine.devices) if (device instanceof Bridge) device.fdb.ageingTime = ageingTime;
      const socket = cluster.endpoint("pod-a").host.openUdp({ pathMtuDiscovery: "dont" });
      for (let i = 0; i < 8; i++) {
        socket.send(cluster.endpoint("pod-b").address, PORT, new Uint8Array(18));
        engine.run(engine.now + interval * 1e6);
      }
      return byKey(log.seen, ({ bytes }) => [textWithoutIdentifications(bytes)], false);
    });
    expect(runs[0]).toEqual(runs[1]);
  });

  it("does not keep a tunnel from learning that a station is still there", () => {
    const engine = new Engine();
    const [a, b] = ["a", "b"].map((name) => new Namespace(engine, name));
    const ends = createVethPair({ namespace: a!, name: "eth0" }, { namespace: b!, name: "eth0" });
    const tunnels = [a!, b!].map((namespace, i) => {
      namespace.addAddress(ends[i]!, `192.168.0.${i + 1}/24`);
      const tunnel = new VxlanDevice(namespace, {
        name: "vxlan0",
        vni: 1,
        local: `192.168.0.${i + 1}`,
        learning: true,
      });
      tunnel.fdb.addFlood(parseIpv4(`192.168.0.${2 - i}`));
      namespace.addAddress(tunnel, `10.0.0.${i + 1}/24`);
      return tunnel;
    });
    const socket = new Host(a!).openUdp({ pathMtuDiscovery: "dont" });
    new Host(b!).openUdp({ port: PORT, onMessage: () => undefined });
    b!.addNeighbour(tunnels[1]!, "10.0.0.1", formatMac(tunnels[0]!.mac));
    for (let i = 0; i < 8; i++) {
      socket.send(parseIpv4("10.0.0.2"), PORT, new Uint8Array(18));
      engine.run(engine.now + 20e9);
      const { macHigh, macLow } = tunnels[0]!;
      expect(tunnels[1]!.fdb.lifetime(macHigh, macLow)).toBeGreaterThanOrEqual(279_000);
    }
  });
});

interface Outcome {
  /** By device and direction: every frame, in no order. */
  readonly frames: Record<string, readonly string[]>;
  /** By device and direction: the numbers of the packets. */
  readonly order: Record<string, readonly number[]>;
  readonly drops: readonly (readonly number[])[];
  /** Packets that a loop of the flow cache took. */
  readonly shortCount: number;
  /** The same for the last packet, which comes when all is quiet. */
  readonly lastShortCount: number;
}

/** Sends packets of a known flow on from where `deviceName` receives them, some of them with the damage. */
function run(deviceName: string, damage: Damage, asksWhy: boolean): Outcome {
  const cluster = createExampleCluster({ cable: undefined, podCable: undefined });
  const { engine } = cluster;
  const log = new FrameLog(engine, asksWhy);
  engine.observer = log;
  const frame = warmUp(cluster, () => log.last(deviceName));
  const { shortCount } = countPackets(engine);
  log.seen.length = 0;
  const device = engine.devices.find((own) => own?.fullName === deviceName)!;
  const send = (identification: number, isOdd: boolean): void => {
    const copy = numbered(frame, identification);
    device.arrive((isOdd ? damage(copy, viewOf(copy)) : undefined) ?? copy);
  };
  [false, true, false].forEach((isOdd, i) => send(i + 1, isOdd));
  engine.run(engine.now + 1e9);
  // By now what is odd has had its chance to have a record of its own.
  [true, true, false].forEach((isOdd, i) => send(i + 4, isOdd));
  engine.run(engine.now + 1e9);
  const before = shortCount();
  send(7, false);
  engine.run(engine.now + 1e9);
  return {
    frames: byKey(log.seen, ({ bytes }) => [textWithoutIdentifications(bytes)], true),
    order: byKey(log.seen, ({ bytes }) => numberOf(bytes), false),
    drops: engine.devices.map((own) => [...(own?.drops ?? [])]),
    shortCount: shortCount(),
    lastShortCount: shortCount() - before,
  };
}

/** Datagrams from pod-a to pod-b until the way is known: returns what `look` finds then. */
function warmUp(cluster: Cluster, look: () => Uint8Array): Uint8Array {
  const { engine } = cluster;
  const { host, address } = cluster.endpoint("pod-b");
  host.openUdp({ port: PORT, onMessage: () => undefined });
  const socket = cluster.endpoint("pod-a").host.openUdp({ pathMtuDiscovery: "dont" });
  for (let i = 0; i < 3; i++) {
    socket.send(address, PORT, new Uint8Array(18));
    engine.run(engine.now + 1e9);
  }
  return look();
}

/** From now on. */
function countPackets(engine: Engine): { shortCount: () => number } {
  let count = 0;
  const loops = engine.flows.headerLoops as unknown as Record<string, (...args: never[]) => number>;
  for (const [name, loop] of Object.entries(loops)) {
    loops[name] = (...args: never[]) => {
      const end = loop(...args);
      count += end - args[1]!;
      return end;
    };
  }
  return { shortCount: () => count };
}

interface Seen {
  /** Device and direction. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

function byKey<T>(seen: readonly Seen[], look: (seen: Seen) => readonly T[], isSorted: boolean): Record<string, T[]> {
  const found: Record<string, T[]> = {};
  for (const one of seen) (found[one.key] ??= []).push(...look(one));
  if (isSorted) for (const list of Object.values(found)) list.sort();
  return found;
}

class FrameLog implements Observer {
  readonly asksWhy: boolean;
  readonly seen: Seen[] = [];
  readonly #engine: Engine;

  constructor(engine: Engine, asksWhy: boolean) {
    this.#engine = engine;
    this.asksWhy = asksWhy;
  }

  /** The last frame that came in at a device. */
  last(deviceName: string): Uint8Array {
    return this.seen.findLast(({ key }) => key === `${deviceName} in`)!.bytes;
  }

  frames(device: NetDevice, direction: Direction, handles: Int32Array, first: number, end: number): void {
    for (let i = first; i < end; i++) {
      const bytes = this.#engine.pool.contents(handles[i]!).slice();
      this.seen.push({ key: `${device.fullName} ${direction}`, bytes });
    }
  }

  explain(): void {}
  cloned(): void {}
  dropped(): void {}
  settle(): void {}
}

function viewOf(frame: Uint8Array): DataView {
  return new DataView(frame.buffer, frame.byteOffset, frame.length);
}

/** A copy of a frame with a number as the identification of its packet, and of one inside. */
function numbered(frame: Uint8Array, identification: number): Uint8Array {
  const copy = frame.slice();
  for (const offset of packetsIn(copy)) {
    ipv4.setIdentification(viewOf(copy), offset, identification);
    ipv4.updateHeaderChecksum(viewOf(copy), offset);
  }
  return copy;
}

/** The number of a frame whose innermost packet has one. */
function numberOf(frame: Uint8Array): readonly number[] {
  const packet = packetsIn(frame).at(-1);
  return packet === undefined ? [] : [ipv4.identification(viewOf(frame), packet)];
}

/** Where the IPv4 headers of a UDP packet begin, and of one in a tunnel. */
function packetsIn(frame: Uint8Array): number[] {
  if (frame.length < UDP + udp.HEADER_LENGTH || frame[IPV4 + 9] !== Protocol.UDP) return [];
  const isTunnel = frame.length >= INNER + UDP && udp.destinationPort(viewOf(frame), UDP) === vxlan.PORT;
  return isTunnel ? [IPV4, INNER + IPV4] : [IPV4];
}

function setLength(view: DataView, length: number): void {
  ipv4.setTotalLength(view, IPV4, length);
  ipv4.updateHeaderChecksum(view, IPV4);
}

/** With so many bytes in its outermost packet. */
function lengthened(frame: Uint8Array, view: DataView, length: number): Uint8Array {
  setLength(view, length);
  const longer = new Uint8Array(IPV4 + length);
  longer.set(frame);
  return longer;
}

/** With four bytes of options that do nothing. */
function withOptions(frame: Uint8Array): Uint8Array {
  const longer = Uint8Array.of(...frame.subarray(0, UDP), 1, 1, 1, 0, ...frame.subarray(UDP));
  const view = viewOf(longer);
  longer[IPV4] = 0x46;
  setLength(view, ipv4.totalLength(view, IPV4) + 4);
  return longer;
}

/** Cuts an encapsulated frame: all lengths of the outer headers follow. */
function cut(frame: Uint8Array, view: DataView, length: number): Uint8Array {
  udp.setDatagramLength(view, UDP, length - UDP);
  setLength(view, length - IPV4);
  return frame.slice(0, length);
}
