/** RFC 5681 and RFC 6298 (with RFC 6582, RFC 3042 and RFC 6928): how much is sent at once, and when it is sent again. */
import { describe, expect, it } from "vitest";
import type { TcpConnection } from "../../src/host/index.ts";
import { inShort, SYN_OPTIONS, TcpPeer } from "../unit/host/tcp-peer.ts";

const SIZE = 1460;

interface Sending {
  readonly peer: TcpPeer;
  readonly connection: TcpConnection;
  readonly errors: string[];
  /** Acknowledges so many segments in all, and returns how many of which were sent then: their positions in segments. */
  acknowledge(count: number): number[];
}

/** A connection with a megabyte to send, to a window that takes it all. */
function sending(count = 1000): Sending {
  const peer = new TcpPeer({ slotCount: 4096 });
  peer.host.tcp.sendBuffer = 2 ** 21;
  const errors: string[] = [];
  let connection: TcpConnection | undefined;
  peer.host.tcp.listen(80, (accepted) => {
    connection = accepted;
    accepted.onError = (error) => errors.push(error);
  });
  peer.open(80, { options: SYN_OPTIONS });
  const first = peer.acknowledgment;
  connection!.send(new Uint8Array(count * SIZE));
  peer.settle();
  const positions = (sent: { sequence: number }[]): number[] =>
    sent.map(({ sequence }) => ((sequence - first) | 0) / SIZE);
  const acknowledge = (acknowledged: number): number[] =>
    positions(peer.say({ acknowledgment: first + acknowledged * SIZE }));
  return { peer, connection: connection!, errors, acknowledge };
}

const segments = (connection: TcpConnection): number => connection.congestionWindow / SIZE;

describe("slow start (RFC 5681 section 3.1)", () => {
  it("begins with ten segments (RFC 6928)", () => {
    expect(sending().peer.heard.filter(({ payload }) => payload.length > 0)).toHaveLength(10);
  });

  it("adds a segment for each acknowledgment", () => {
    const { connection, acknowledge } = sending();
    expect(acknowledge(1)).toEqual([10, 11]);
    expect(acknowledge(2)).toEqual([12, 13]);
    expect(acknowledge(4)).toEqual([14, 15, 16]);
    expect(segments(connection)).toBe(13);
  });

  it("begins with one segment when SYN was lost", () => {
    const peer = new TcpPeer();
    peer.host.tcp.listen(80, (connection) => connection.send(new Uint8Array(5 * SIZE)));
    peer.port = 80;
    const [answer] = peer.say({ flags: 2, options: SYN_OPTIONS });
    peer.wait(1000);
    expect(peer.say({ sequence: 1001, acknowledgment: answer!.sequence + 1 }).map(inShort)).toEqual([". 1460"]);
  });
});

describe("after three duplicates", () => {
  it("the segment that they ask for is sent again, and half as much is under way (fast retransmit, section 3.2)", () => {
    const { connection, acknowledge } = sending();
    // Limited transmit (RFC 3042): a new segment for each of the first two.
    expect([acknowledge(0), acknowledge(0), acknowledge(0)]).toEqual([[10], [11], [0]]);
    expect([segments(connection), connection.counters.fastRetransmits]).toEqual([8, 1]);
    // Each duplicate more is a segment that has left the network: 12 are under way, so the fifth makes room.
    expect([acknowledge(0), acknowledge(0), acknowledge(0), acknowledge(0), acknowledge(0)]).toEqual([
      [],
      [],
      [],
      [],
      [12],
    ]);
    // All that was sent before is acknowledged: congestion avoidance from half.
    acknowledge(12);
    expect(segments(connection)).toBe(2);
  });

  it("another loss among what was under way is sent again at once (partial acknowledgment, RFC 6582)", () => {
    const { connection, acknowledge } = sending();
    for (let i = 0; i < 3; i++) acknowledge(0);
    expect(acknowledge(4)[0]).toBe(4);
    expect(connection.counters).toMatchObject({ fastRetransmits: 1, segmentsRetransmitted: 2, timeouts: 0 });
  });

  it("of what was lost before, nothing is sent again", () => {
    const { peer, connection, acknowledge } = sending();
    peer.wait(210);
    expect(connection.counters.timeouts).toBe(1);
    for (let i = 0; i < 5; i++) acknowledge(0);
    expect(connection.counters.fastRetransmits).toBe(0);
  });
});

describe("congestion avoidance", () => {
  it("adds one segment a round trip (RFC 5681 section 3.1)", () => {
    const { connection, acknowledge } = sending();
    for (let i = 0; i < 3; i++) acknowledge(0);
    acknowledge(12); // leaves recovery with a window of two, and a threshold of five
    for (let i = 13; segments(connection) < 5; i++) acknowledge(i);
    const before = connection.counters.bytesAcknowledged / SIZE;
    for (let i = before + 1; i <= before + 5; i++) acknowledge(i);
    expect(segments(connection)).toBe(6);
    for (let i = before + 6; i <= before + 11; i++) acknowledge(i);
    expect(segments(connection)).toBe(7);
  });
});

describe("the retransmission timer (RFC 6298)", () => {
  it("sends the first segment again, alone, after ever twice as long, and gives up after fifteen times", () => {
    const { peer, connection, errors } = sending();
    const again = peer.wait(2_000_000);
    const first = peer.acknowledgment;
    expect(again.every(({ sequence, payload }) => sequence === first && payload.length === SIZE)).toBe(true);
    const gaps = again.map(({ time }, i) => (time - (again[i - 1]?.time ?? 0)) / 1e9);
    expect(gaps.slice(0, 11)).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 120]);
    expect(again).toHaveLength(15);
    expect([errors, connection.state]).toEqual([["timeout"], "CLOSED"]);
  });

  it("starts slow start anew, up to half of what was under way (RFC 5681 section 3.1)", () => {
    const { peer, connection, acknowledge } = sending();
    peer.wait(200);
    expect(segments(connection)).toBe(1);
    expect(acknowledge(1)).toEqual([1, 2]);
    expect(acknowledge(3)).toEqual([3, 4, 5]);
    for (let i = 4; i <= 9; i++) acknowledge(i);
    expect(segments(connection)).toBeGreaterThanOrEqual(5);
    expect(segments(connection)).toBeLessThan(8);
  });

  it("measures round trips of what was sent once only (Karn: section 3)", () => {
    const { peer, connection, acknowledge } = sending();
    const before = connection.roundTrip;
    peer.wait(200);
    peer.wait(150);
    acknowledge(1);
    expect(connection.roundTrip).toBe(before);
    // Backed off until a round trip is measured again.
    expect(connection.retransmissionTimeout).toBe(400e6);
  });

  it("follows the round trips: smoothed, and four times their variation (section 2)", () => {
    const { peer, connection } = sending(0);
    const roundTrips = [150, 150, 190];
    const timeouts = roundTrips.map((milliseconds) => {
      connection.send(new Uint8Array(10));
      peer.wait(milliseconds);
      peer.acknowledgment += 10;
      peer.say({});
      return connection.retransmissionTimeout / 1e6;
    });
    // The handshake took no time: SRTT 0, RTTVAR 0. Then RTTVAR' = 3/4 RTTVAR + 1/4 |SRTT - R|, SRTT' = 7/8 SRTT + 1/8 R.
    const expected: number[] = [];
    let [smoothed, variation] = [0, 0];
    for (const sample of roundTrips) {
      variation = 0.75 * variation + 0.25 * Math.abs(smoothed - sample);
      smoothed = 0.875 * smoothed + 0.125 * sample;
      expected.push(Math.max(200, Math.round((smoothed + 4 * variation) * 1e6) / 1e6));
    }
    expect(timeouts).toEqual(expected);
  });

  it("is three seconds where SYN was lost (section 5.7)", () => {
    const peer = new TcpPeer();
    let connection: TcpConnection | undefined;
    peer.host.tcp.listen(80, (accepted) => (connection = accepted));
    peer.port = 80;
    const [answer] = peer.say({ flags: 2, options: SYN_OPTIONS });
    peer.wait(1000);
    peer.say({ sequence: 1001, acknowledgment: answer!.sequence + 1 });
    expect(connection!.retransmissionTimeout).toBe(3e9);
  });
});

describe("after a pause (RFC 5681 section 4.1)", () => {
  it("no more than the initial window is sent at once", () => {
    const { peer, connection, acknowledge } = sending(30);
    for (let i = 1; i <= 30; i++) acknowledge(i);
    expect(segments(connection)).toBe(40);
    peer.wait(1000);
    expect(peer.after(() => connection.send(new Uint8Array(30 * SIZE)))).toHaveLength(10);
  });
});
