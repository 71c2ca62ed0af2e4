import { describe, expect, it } from "vitest";
import { HopRecorder, type LateDrop } from "../../../src/datapath/index.ts";
import { DropReason, EtherType, Protocol } from "../../../src/wire/index.ts";
import { cut, fragments, type Piece } from "../../conformance/fragments.ts";
import { counting, frame, readPacket, udpPacket } from "../../conformance/frames.ts";
import { createHostPair, dropsBy, type HostPair } from "./host-pair.ts";

const FIELDS = { source: "10.0.0.1", destination: "10.0.0.2", protocol: Protocol.UDP, identification: 4711 };
const WHOLE = udpPacket({ ...FIELDS, payload: counting(56) }, 5, 9);
const PAYLOAD = readPacket(WHOLE).payload;

function send({ aEnd, bEnd }: HostPair, ...packets: readonly Uint8Array[]): void {
  for (const bytes of packets) aEnd.transmit(frame(bEnd.mac, aEnd.mac, EtherType.IPV4, bytes));
}

function pieces(...list: readonly Piece[]): Uint8Array[] {
  return fragments(FIELDS, PAYLOAD, list);
}

/** What is said of the fragments as they come in at b. */
function comments(pair: HostPair, ...packets: readonly Uint8Array[]): { comments: string[]; late: LateDrop[] } {
  const heard: string[] = [];
  const late: LateDrop[] = [];
  pair.engine.observer = new HopRecorder(pair.engine, [
    {
      hop: ({ device, direction, comment }) => device === pair.bEnd && direction === "in" && heard.push(comment),
      dropLate: (drop) => late.push(drop),
    },
  ]);
  send(pair, ...packets);
  pair.engine.run(1_000_000);
  return { comments: heard, late };
}

describe("who asks why", () => {
  it("hears of each fragment what is still missing, and of the last what became of the datagram", () => {
    const pair = createHostPair();
    pair.b.openUdp({ port: 9 });
    expect(comments(pair, ...pieces(...cut(24, 48, 64))).comments).toEqual([
      "10.0.0.2 is an address of b; fragment 1 of datagram 4711, its end is still missing",
      "10.0.0.2 is an address of b; fragment 2 of datagram 4711, its end is still missing",
      "10.0.0.2 is an address of b; fragment 3 of datagram 4711, which is whole now: 84 bytes, up to UDP",
    ]);
    const reversed = comments(createHostPair(), ...pieces(...cut(24, 48, 64).reverse())).comments;
    expect(reversed.slice(0, 3).map((comment) => comment.split("; ").slice(1).join("; "))).toEqual([
      "fragment 1 of datagram 4711, 48 bytes still missing",
      "fragment 2 of datagram 4711, 24 bytes still missing",
      "fragment 3 of datagram 4711, which is whole now: 84 bytes, up to UDP; " +
        "dropped at b/eth0: NO_SOCKET, no socket is bound to the destination port",
    ]);
  });

  it("hears at the fragment that ends a datagram, and of those that ended with it", () => {
    const pair = createHostPair();
    const heard = comments(pair, ...pieces(...cut(24), ...cut(24), { start: 16, end: 64 })).comments;
    expect(heard.map((comment) => comment.split("; ").at(-1))).toEqual([
      "dropped at b/eth0: FRAG_OVERLAP, fragments of its datagram overlap",
      "dropped at b/eth0: DUP_FRAG, a fragment with these bytes is here already",
      "dropped at b/eth0: FRAG_OVERLAP, fragments of its datagram overlap",
    ]);
  });

  it("hears late of fragments that waited in vain", () => {
    const pair = createHostPair();
    const { late } = comments(pair, ...pieces(...cut(24)));
    pair.engine.run();
    expect(late.map(({ time, device, reason, comment }) => [time, device.fullName, reason, comment])).toEqual([
      [
        30_000_000_000,
        "b/eth0",
        DropReason.FRAG_REASM_TIMEOUT,
        "dropped at b/eth0: FRAG_REASM_TIMEOUT, the rest of the datagram did not come within 30 seconds",
      ],
    ]);
  });
});

describe("a datagram that was put together", () => {
  /** What b's socket receives, in order, after a flow of datagrams is known there. */
  function received(...packets: readonly Uint8Array[]): number[] {
    const pair = createHostPair();
    const lengths: number[] = [];
    pair.b.openUdp({ port: 9, onMessage: ({ payload }) => lengths.push(payload.length) });
    for (let i = 0; i < 3; i++) {
      send(pair, WHOLE);
      pair.engine.run(pair.engine.now + 1_000);
    }
    lengths.length = 0;
    send(pair, ...packets);
    pair.engine.run(pair.engine.now + 1_000);
    return lengths;
  }

  it("is not overtaken by those behind it, which need no second look", () => {
    const short = udpPacket({ ...FIELDS, payload: counting(5) }, 5, 9);
    expect(received(short, ...pieces(...cut(24, 64)), short, short)).toEqual([5, 56, 5, 5]);
  });

  it("ends in a socket like any other, and leaves nothing behind", () => {
    const pair = createHostPair();
    pair.b.openUdp({ port: 9 });
    send(pair, ...pieces(...cut(24, 64)));
    pair.engine.run(1_000);
    const { pool, deliveredCount, consumedCount } = pair.engine;
    expect([deliveredCount, consumedCount, pool.slotsInUse, pool.inFlightCount]).toEqual([1, 2, 0, 0]);
    expect(dropsBy(pair.bEnd)).toEqual({});
  });

  it("in a group frame is answered no more than a whole one", () => {
    const pair = createHostPair();
    const group = (bytes: Uint8Array): Uint8Array => frame(0xffffffffffff, pair.aEnd.mac, EtherType.IPV4, bytes);
    for (const bytes of pieces(...cut(24, 64))) pair.aEnd.transmit(group(bytes));
    const sent = pair.bEnd.counters[2];
    pair.engine.run(1_000_000);
    expect([pair.bEnd.counters[2], dropsBy(pair.bEnd)]).toEqual([sent, { [DropReason.NO_SOCKET]: 1 }]);
  });

  it("may come in fragments that are shared: a bridge flooded them", () => {
    const pair = createHostPair();
    const { engine, bEnd } = pair;
    const lengths: number[] = [];
    pair.b.openUdp({ port: 9, onMessage: ({ payload }) => lengths.push(payload.length) });
    const clones: number[] = [];
    for (const bytes of pieces(...cut(24, 64))) {
      const handle = engine.pool.allocateFrom(frame(bEnd.mac, pair.aEnd.mac, EtherType.IPV4, bytes));
      clones.push(engine.clone(handle));
      bEnd.receiver.push(handle);
    }
    engine.run(1_000_000);
    expect([lengths, engine.pool.slotsInUse]).toEqual([[56], 2]);
    expect(clones.map((clone) => engine.pool.contents(clone).length)).toEqual([14 + 20 + 24, 14 + 20 + 40]);
  });
});
