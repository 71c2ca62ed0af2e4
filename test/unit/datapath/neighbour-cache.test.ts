import { describe, expect, it } from "vitest";
import { NANOSECONDS_PER_SECOND, NeighbourState } from "../../../src/datapath/index.ts";
import { WAITING_LIMIT } from "../../../src/datapath/neighbour-cache.ts";
import { DropReason, formatMac, parseIpv4 } from "../../../src/wire/index.ts";
import { B, createHostPair, dropsBy, type HostPair } from "./host-pair.ts";

const NOBODY = parseIpv4("10.0.0.99");

function stateOf({ a, aEnd }: HostPair, address = B): number | undefined {
  const { table } = a.namespace.neighbours;
  const index = table.find(aEnd.index, address);
  return index < 0 ? undefined : table.state[index];
}

/** What a has sent out so far: count of frames. */
function sent({ aEnd }: HostPair): number {
  return aEnd.counters[2]!;
}

function at(pair: HostPair, seconds: number): void {
  pair.engine.run(seconds * NANOSECONDS_PER_SECOND);
}

describe("a neighbour that answers", () => {
  it("is reachable for 30 s, then stale; use makes it probed after 5 s, and the answer reachable again", () => {
    const pair = createHostPair();
    pair.a.ping(B);
    expect(stateOf(pair)).toBeUndefined();
    at(pair, 1);
    expect(stateOf(pair)).toBe(NeighbourState.REACHABLE);
    at(pair, 40);
    pair.a.ping(B);
    at(pair, 41);
    expect(stateOf(pair)).toBe(NeighbourState.DELAY);
    const before = sent(pair);
    at(pair, 46);
    expect([stateOf(pair), sent(pair) - before]).toEqual([NeighbourState.REACHABLE, 2]); // its own probe, and an answer to b's
  });

  it("that has gone is asked three times directly, then forgotten, and whoever sends next asks everybody", () => {
    const pair = createHostPair();
    pair.a.ping(B);
    at(pair, 40);
    pair.bEnd.up = false;
    pair.a.ping(B);
    at(pair, 44.9);
    expect(stateOf(pair)).toBe(NeighbourState.DELAY);
    at(pair, 45.1);
    expect(stateOf(pair)).toBe(NeighbourState.PROBE);
    at(pair, 48.1);
    expect(stateOf(pair)).toBe(NeighbourState.FAILED);
  });
});

describe("a neighbour that does not answer", () => {
  it("is asked three times, a second apart; then what waited is dropped and its sender told", () => {
    const pair = createHostPair();
    const ping = pair.a.ping(NOBODY);
    for (const [seconds, requests] of [
      [0, 1],
      [0.9, 1],
      [1.1, 2],
      [2.1, 3],
      [2.9, 3],
    ] as const) {
      at(pair, seconds);
      expect([stateOf(pair, NOBODY), sent(pair)]).toEqual([NeighbourState.INCOMPLETE, requests]);
    }
    at(pair, 3);
    expect([stateOf(pair, NOBODY), sent(pair)]).toEqual([NeighbourState.FAILED, 3]);
    expect([ping.errorCount, dropsBy(pair.aEnd)]).toEqual([1, { [DropReason.NEIGH_FAILED]: 1 }]);
  });

  it("keeps 101 packets waiting: the oldest gives way", () => {
    const pair = createHostPair({ slotCount: 256 });
    const received: number[] = [];
    pair.b.openUdp({ port: 9, onMessage: ({ payload }) => received.push(payload[0]!) });
    const socket = pair.a.openUdp();
    for (let i = 0; i < WAITING_LIMIT + 2; i++) socket.send(B, 9, Uint8Array.of(i));
    at(pair, 0.5);
    expect([WAITING_LIMIT, dropsBy(pair.aEnd)]).toEqual([101, { [DropReason.NEIGH_QUEUEFULL]: 2 }]);
    expect(received).toEqual(Array.from({ length: WAITING_LIMIT }, (_, i) => i + 2));
  });
});

describe("permanent neighbours", () => {
  it("are used without asking, and never age", () => {
    const pair = createHostPair();
    pair.a.namespace.addNeighbour(pair.aEnd, "10.0.0.2", formatMac(pair.bEnd.mac));
    at(pair, 1000);
    const ping = pair.a.ping(B);
    at(pair, 1001);
    expect([stateOf(pair), ping.receivedCount]).toEqual([NeighbourState.PERMANENT, 1]);
  });

  it("send what already waited for them", () => {
    const pair = createHostPair();
    pair.bEnd.up = false;
    const ping = pair.a.ping(B);
    at(pair, 0.5);
    pair.bEnd.up = true;
    pair.a.namespace.addNeighbour(pair.aEnd, "10.0.0.2", formatMac(pair.bEnd.mac));
    at(pair, 0.6);
    expect(ping.receivedCount).toBe(1);
  });

  it("can be removed, and what waits for a removed one is dropped", () => {
    const pair = createHostPair();
    const { neighbours } = pair.a.namespace;
    pair.a.ping(NOBODY);
    at(pair, 0.5);
    expect([neighbours.remove(pair.aEnd, NOBODY), neighbours.remove(pair.aEnd, NOBODY)]).toEqual([true, false]);
    expect(dropsBy(pair.aEnd)).toEqual({ [DropReason.NEIGH_DEAD]: 1 });
    pair.engine.run();
    expect(sent(pair)).toBe(1);
  });
});

describe("a full table", () => {
  /** a hears replies of 1,024 neighbours that it knows by asking. */
  function fill(pair: HostPair): void {
    const { neighbours } = pair.a.namespace;
    for (let i = 0; i < 1024; i++) neighbours.learn(pair.aEnd, 0x0a010000 + i, 0x0200_0000_1000 + i, true, true);
    expect(neighbours.table.count).toBe(1024);
  }

  it("takes nobody new while all are reachable, and counts what was to be sent", () => {
    const pair = createHostPair();
    fill(pair);
    pair.a.ping(B);
    at(pair, 1);
    expect(dropsBy(pair.aEnd)).toEqual({ [DropReason.NEIGH_CREATEFAIL]: 1 });
  });

  it("gives up those that have not been heard of for 30 s", () => {
    const pair = createHostPair();
    fill(pair);
    at(pair, 31);
    const ping = pair.a.ping(B);
    at(pair, 32);
    expect([ping.receivedCount, dropsBy(pair.aEnd)]).toEqual([1, {}]);
  });
});
