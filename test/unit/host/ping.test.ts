import { describe, expect, it } from "vitest";
import { NANOSECONDS_PER_SECOND } from "../../../src/datapath/index.ts";
import type { PingEvent, PingOptions } from "../../../src/host/index.ts";
import { parseIpv4 } from "../../../src/wire/index.ts";
import { B, createHostPair, type HostPair } from "../datapath/host-pair.ts";

const SECOND = NANOSECONDS_PER_SECOND;

/** A ping and what it told, with the time of each event. */
function start(
  { engine, a }: HostPair,
  options: PingOptions = {},
  to = B,
): { ping: ReturnType<HostPair["a"]["ping"]>; events: (PingEvent & { time: number })[] } {
  const events: (PingEvent & { time: number })[] = [];
  const ping = a.ping(to, { ...options, onEvent: (event) => events.push({ ...event, time: engine.now }) });
  return { ping, events };
}

describe("a ping that is answered", () => {
  it("tells each reply when it comes, and ends with the last", () => {
    const pair = createHostPair({ cable: { latency: 1_000_000 } });
    const { ping, events } = start(pair, { count: 3 });
    pair.engine.run(2.5 * SECOND);
    expect(events.map((event) => [event.kind, event.sequence, event.time])).toEqual([
      ["reply", 1, 4_000_000], // ARP first
      ["reply", 2, SECOND + 2_000_000],
      ["reply", 3, 2 * SECOND + 2_000_000],
    ]);
    expect(events[0]).toMatchObject({ from: B, bytes: 64, timeToLive: 64, roundTrip: 4_000_000, isDuplicate: false });
    expect([ping.isDone, ping.attemptCount, ping.sentCount, ping.receivedCount, ping.errorCount]).toEqual([
      true,
      3,
      3,
      3,
      0,
    ]);
    expect([ping.roundTrips, ping.duration]).toEqual([[4_000_000, 2_000_000, 2_000_000], 2 * SECOND + 2_000_000]);
  });

  it("asks at the interval that it is told", () => {
    const pair = createHostPair();
    const { events } = start(pair, { count: 3, interval: 200_000_000 });
    pair.engine.run();
    expect(events.map((event) => event.time)).toEqual([0, 200_000_000, 400_000_000]);
  });

  it.each([0, 15, 16, 56, 1472])("carries %i bytes", (size) => {
    const pair = createHostPair();
    const { ping, events } = start(pair, { size });
    pair.engine.run();
    expect([ping.size, events[0]]).toMatchObject([size, { kind: "reply", bytes: size + 8 }]);
  });

  it("has an identifier of its own: two at once do not mix", () => {
    const pair = createHostPair({ cable: { latency: 1000 } });
    const [first, second] = [start(pair, { count: 2 }), start(pair, { count: 2 })];
    pair.engine.run();
    for (const { ping } of [first, second]) expect([ping.receivedCount, ping.duplicateCount]).toEqual([2, 0]);
  });
});

describe("a ping that is not answered", () => {
  it("waits ten seconds after the last request, and counts the loss", () => {
    const pair = createHostPair();
    pair.b.namespace.protocols.clear(); // b no longer speaks ICMP
    pair.b.namespace.icmp.sendProtocolUnreachable = () => undefined;
    const { ping, events } = start(pair, { count: 2 });
    pair.engine.run(11 * SECOND - 1);
    expect(ping.isDone).toBe(false);
    pair.engine.run(11 * SECOND);
    expect([ping.isDone, ping.sentCount, ping.receivedCount, events, ping.duration]).toEqual([
      true,
      2,
      0,
      [],
      SECOND, // to the last request, as iputils has it
    ]);
  });

  it("no longer listens when it has ended", () => {
    const pair = createHostPair({ cable: { latency: 6 * SECOND } });
    pair.a.namespace.addNeighbour(pair.aEnd, "10.0.0.2", "02:00:00:00:00:02");
    const { ping, events } = start(pair);
    pair.engine.run();
    expect([ping.isDone, events, pair.a.icmp.echoListeners.size]).toEqual([true, [], 0]);
  });

  it("tells the errors that routers and hosts send instead", () => {
    const pair = createHostPair();
    const { ping, events } = start(pair, {}, parseIpv4("10.0.0.99"));
    pair.engine.run();
    expect(events).toMatchObject([
      { kind: "error", sequence: 1, time: 3 * SECOND, message: { type: 3, code: 1, from: parseIpv4("10.0.0.1") } },
    ]);
    expect([ping.errorCount, ping.isDone]).toEqual([1, true]);
  });
});

describe("a ping that cannot be sent", () => {
  it("tells why, for each request", () => {
    const pair = createHostPair();
    const { ping, events } = start(pair, { count: 2 }, parseIpv4("11.0.0.1"));
    pair.engine.run();
    expect(
      events.map((event) => [
        event.kind,
        event.sequence,
        event.time,
        event.kind === "not-sent" && event.result.outcome,
      ]),
    ).toEqual([
      ["not-sent", 1, 0, "network-unreachable"],
      ["not-sent", 2, SECOND, "network-unreachable"],
    ]);
    expect([ping.sentCount, ping.errorCount, ping.isDone]).toEqual([0, 2, true]);
  });

  it("fits the path MTU, or says so when it may not be fragmented", () => {
    const pair = createHostPair({ mtu: 576 });
    const { events } = start(pair, { size: 549, pathMtuDiscovery: "do" });
    const fitting = start(pair, { size: 548, pathMtuDiscovery: "do" });
    pair.engine.run();
    expect(events).toMatchObject([{ kind: "not-sent", result: { outcome: "message-too-long", mtu: 576 } }]);
    expect(fitting.ping.receivedCount).toBe(1);
  });
});

describe("a ping with a deadline", () => {
  it("sends on until it is over, or until enough is answered", () => {
    const pair = createHostPair({ cable: { latency: 1_000_000 } });
    const { ping } = start(pair, { count: 100, deadline: 3.5 * SECOND });
    pair.engine.run(3.4 * SECOND);
    expect([ping.isDone, ping.attemptCount]).toEqual([false, 4]);
    pair.engine.run(3.5 * SECOND);
    expect([ping.isDone, ping.attemptCount, ping.receivedCount]).toEqual([true, 4, 4]);
    const { ping: short } = start(pair, { count: 2, deadline: 100 * SECOND });
    pair.engine.run(5 * SECOND);
    expect([short.isDone, short.attemptCount, short.receivedCount]).toEqual([true, 2, 2]);
  });

  it("sends more than was asked for while nothing comes", () => {
    const pair = createHostPair({ cable: { latency: 1_000_000 } });
    pair.b.namespace.device("eth0").up = false;
    const { ping } = start(pair, { count: 1, deadline: 2.5 * SECOND });
    pair.engine.run(2.5 * SECOND);
    expect([ping.isDone, ping.attemptCount, ping.receivedCount]).toEqual([true, 3, 0]);
  });

  it("is refused when it is none", () => {
    expect(() => createHostPair().a.ping(B, { deadline: 0 })).toThrow(
      "expected ping's deadline of more than 0 ns, found 0",
    );
  });
});

describe("duplicates", () => {
  it("are told as such while the ping lasts, and count as no second reply", () => {
    const pair = createHostPair({ cable: { latency: 1000 } });
    const { ping, events } = start(pair, { count: 2 });
    const [listener] = pair.a.icmp.echoListeners.values();
    pair.engine.run(SECOND / 2);
    const reply = { type: 0, code: 0, from: B, timeToLive: 64, identifier: 1, sequence: 1, length: 64, nextHopMtu: 0 };
    listener!(reply);
    listener!({ ...reply, sequence: 2 }); // not asked for yet
    pair.engine.run();
    expect(events.map((event) => event.kind === "reply" && [event.sequence, event.isDuplicate])).toEqual([
      [1, false],
      [1, true],
      [2, false],
    ]);
    expect([ping.receivedCount, ping.duplicateCount, ping.roundTrips.length]).toEqual([2, 1, 3]);
  });
});

describe("options", () => {
  it.each<[PingOptions, string]>([
    [{ count: 0 }, "expected ping's count from 1 to 65535, found 0"],
    [{ count: 65_536 }, "expected ping's count from 1 to 65535, found 65536"],
    [{ count: 1.5 }, "expected ping's count from 1 to 65535, found 1.5"],
    [{ size: -1 }, "expected ping's size from 0 to 65507, found -1"],
    [{ size: 65_508 }, "expected ping's size from 0 to 65507, found 65508"],
    [{ interval: -1 }, "expected ping's interval of 0 ns or more, found -1"],
    [{ interval: NaN }, "expected ping's interval of 0 ns or more, found NaN"],
  ])("refuse %j", (options, message) => {
    const { a } = createHostPair();
    expect(() => a.ping(B, options)).toThrow(new RangeError(message));
    expect(a.icmp.echoListeners.size).toBe(0);
  });
});
