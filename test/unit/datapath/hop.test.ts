import { describe, expect, it } from "vitest";
import {
  Bridge,
  createVethPair,
  Engine,
  type Hop,
  HopRecorder,
  type LateDrop,
  Namespace,
} from "../../../src/datapath/index.ts";
import { Host } from "../../../src/host/index.ts";
import { DropReason, formatMac, parseIpv4 } from "../../../src/wire/index.ts";
import { B, createHostPair, emptyFrame } from "./host-pair.ts";

type KeptHop = Omit<Hop, "bytes"> & { readonly bytes: Uint8Array };

/** Keeps every hop of the engine from now on. */
function record(engine: Engine): KeptHop[] {
  const hops: KeptHop[] = [];
  engine.observer = new HopRecorder(engine, [{ hop: (hop) => hops.push({ ...hop, bytes: hop.bytes.slice() }) }]);
  return hops;
}

function place({ device, direction }: KeptHop): string {
  return `${device.fullName} ${direction}`;
}

describe("the hops of a ping between two hosts", () => {
  const { engine, a, aEnd, bEnd } = createHostPair({ cable: { latency: 1000 } });
  const hops = record(engine);
  a.ping(B);
  engine.run(1_000_000);
  const [request, , reply] = [hops.slice(0, 2), hops.slice(2, 4), hops.slice(4)];

  it("are the frames at both ends, each when it was there", () => {
    expect(hops.map((hop) => `${hop.time} ${place(hop)}`)).toEqual([
      "0 a/eth0 out",
      "1000 b/eth0 in", // who has 10.0.0.2?
      "1000 b/eth0 out",
      "2000 a/eth0 in",
      "2000 a/eth0 out",
      "3000 b/eth0 in", // echo request
      "3000 b/eth0 out",
      "4000 a/eth0 in",
    ]);
  });

  it("say why", () => {
    const [b, ours] = [formatMac(bEnd.mac), formatMac(aEnd.mac)];
    expect(hops.map((hop) => hop.comment)).toEqual([
      "who has 10.0.0.2? one packet waits for the answer",
      "ARP: 10.0.0.1 asks for 10.0.0.2, which is ours: answering",
      "10.0.0.2 is an address of b: answering 10.0.0.1",
      `ARP: 10.0.0.2 is at ${b}, noted for eth0`,
      `route 10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1, neighbour 10.0.0.2 unknown, asking by ARP; neighbour 10.0.0.2 answered: it is at ${b}, the packet that waited goes out`,
      "10.0.0.2 is an address of b: up to ICMP",
      `b answers the echo request; route 10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2, neighbour 10.0.0.1 at ${ours}`,
      "10.0.0.1 is an address of a: up to ICMP",
    ]);
  });

  it("have one packet id for one packet, and another for its answer", () => {
    const ids = hops.map((hop) => hop.packetId);
    expect(ids[0]).toBe(ids[1]);
    expect([ids[4], ids[6]]).toEqual([ids[5], ids[7]]);
    expect(new Set(ids).size).toBe(4);
  });

  it("hold the frames as they were on the wire, though they changed afterwards", () => {
    expect(request[1]!.bytes).toEqual(request[0]!.bytes);
    expect(reply[1]!.bytes).toEqual(reply[0]!.bytes);
    expect([reply[1]!.bytes[34], reply[2]!.bytes[34]]).toEqual([8, 0]); // an echo request became a reply in place
    expect(hops.every((hop) => hop.dropReason === DropReason.NONE)).toBe(true);
  });
});

describe("a frame that is dropped", () => {
  it("says where and why, in the comment and as a reason", () => {
    const { engine, aEnd, bEnd } = createHostPair();
    const hops = record(engine);
    aEnd.transmit(emptyFrame(0x0200_0000_0099, aEnd.mac));
    engine.run();
    expect(hops.map((hop) => [place(hop), hop.dropReason, hop.comment])).toEqual([
      ["a/eth0 out", DropReason.NONE, ""],
      ["b/eth0 in", DropReason.OTHERHOST, "dropped at b/eth0: OTHERHOST, the destination MAC is another host's"],
    ]);
    expect(bEnd.drops[DropReason.OTHERHOST]).toBe(1);
  });

  it("does not lend its words to the next packet of its handle", () => {
    const { engine, aEnd, bEnd } = createHostPair();
    const hops = record(engine);
    aEnd.transmit(emptyFrame(bEnd.mac, aEnd.mac)); // IPv4 of zeroes
    engine.run();
    aEnd.transmit(emptyFrame(0x0200_0000_0099, aEnd.mac));
    engine.run();
    expect(hops.map((hop) => hop.dropReason)).toEqual([0, DropReason.IP_INHDR, 0, DropReason.OTHERHOST]);
    expect(hops[2]!.comment).toBe("");
  });
});

describe("a flood", () => {
  it("tells every copy with the same words and the same packet id", () => {
    const engine = new Engine({ slotCount: 8 });
    const switches = new Namespace(engine, "switch");
    const bridge = new Bridge(switches, { name: "br0" });
    const ports = [1, 2, 3].map((number) => {
      const [port] = createVethPair(
        { namespace: switches, name: `port${number}` },
        { namespace: new Namespace(engine, `host-${number}`), name: "eth0" },
      );
      bridge.addPort(port);
      return port;
    });
    const hops = record(engine);
    ports[0]!.arrive(emptyFrame(0x0200_0000_0099, 0x0200_0000_0001));
    engine.run();
    const arrived = hops.find((hop) => place(hop) === "switch/port1 in")!;
    const out = hops.filter((hop) => hop.direction === "out" && hop.device.namespace === switches);
    expect(arrived.comment).toBe("bridge br0: 02:00:00:00:00:99 is unknown, flooded");
    expect(out.map((hop) => [hop.device.fullName, hop.comment, hop.packetId])).toEqual([
      ["switch/port2", "bridge br0: 02:00:00:00:00:99 is unknown, flooded", arrived.packetId],
      ["switch/port3", "bridge br0: 02:00:00:00:00:99 is unknown, flooded", arrived.packetId],
    ]);
  });
});

describe("fragments", () => {
  it("say which bytes they are, and have ids of their own", () => {
    const { engine, a, bEnd } = createHostPair({ mtu: 576 });
    const hops = record(engine);
    new Host(bEnd.namespace);
    a.ping(parseIpv4("10.0.0.2"), { size: 1000 });
    engine.run(1_000_000);
    const pieces = hops.filter((hop) => place(hop) === "a/eth0 out").slice(1);
    expect(pieces.map((hop) => hop.comment.match(/bytes \d+ to \d+ of a packet too long for \d+ bytes/)?.[0])).toEqual([
      "bytes 0 to 551 of a packet too long for 576 bytes",
      "bytes 552 to 1007 of a packet too long for 576 bytes",
    ]);
    expect(new Set(pieces.map((hop) => hop.packetId)).size).toBe(2);
  });
});

describe("a packet that waits in vain", () => {
  it("is told at its end, after its last hop", () => {
    const { engine, a, aEnd } = createHostPair({});
    const drops: LateDrop[] = [];
    engine.observer = new HopRecorder(engine, [{ hop: () => undefined, dropLate: (drop) => drops.push(drop) }]);
    a.ping(parseIpv4("10.0.0.99"));
    engine.run();
    expect(drops).toEqual([
      {
        time: 3_000_000_000,
        device: aEnd,
        packetId: 1,
        reason: DropReason.NEIGH_FAILED,
        comment: "dropped at a/eth0: NEIGH_FAILED, the neighbour did not answer",
      },
    ]);
  });
});

describe("what later stages say", () => {
  it("is told where the packet came in: a datagram that no socket takes is not delivered", () => {
    const { engine, a } = createHostPair();
    const hops = record(engine);
    a.openUdp().send(B, 9, new Uint8Array(1));
    engine.run(1_000_000);
    const arrival = hops.find((hop) => hop.dropReason !== DropReason.NONE)!;
    expect(place(arrival)).toBe("b/eth0 in");
    expect(arrival.comment).toMatch(/^10\.0\.0\.2 is an address of b: .*dropped at b\/eth0: NO_SOCKET/);
  });

  it("is told of each fragment: the route, and which bytes it has", () => {
    const { engine, a } = createHostPair({ mtu: 600 });
    const hops = record(engine);
    a.openUdp({ pathMtuDiscovery: "dont" }).send(B, 9, new Uint8Array(1000));
    engine.run(1_000_000);
    const sent = hops.filter(
      (hop) => place(hop) === "a/eth0 out" && hop.bytes[12] === 8 && hop.bytes[13] === 0 && hop.bytes.length > 100,
    );
    expect(sent.map((hop) => hop.comment.replace(/, neighbour .*; bytes/, "; bytes"))).toEqual([
      expect.stringMatching(/^route 10\.0\.0\.0\/24 dev eth0.*; bytes 0 to 575 of a packet too long for 600 bytes/),
      expect.stringMatching(/^route 10\.0\.0\.0\/24 dev eth0.*; bytes 576 to 1007 of a packet too long for 600 bytes/),
    ]);
  });
});
