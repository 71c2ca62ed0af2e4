import { describe, expect, it } from "vitest";
import { PingText } from "../../../src/commands/ping-text.ts";
import type { IcmpMessage, Ping, PingEvent } from "../../../src/host/index.ts";
import { createExampleCluster } from "../../../src/kubernetes/index.ts";
import { IcmpType, parseIpv4, TimeExceededCode, UnreachableCode } from "../../../src/wire/index.ts";

const POD_B = parseIpv4("10.244.2.8");
const cluster = createExampleCluster();
const byName = new PingText(cluster, { label: "pod-b", address: POD_B }, 56);
const byAddress = new PingText(cluster, { label: "10.244.2.8", address: POD_B }, 56);

function reply(changes: { roundTrip?: number; isDuplicate?: boolean } = {}): PingEvent {
  return {
    kind: "reply",
    sequence: 1,
    from: POD_B,
    bytes: 64,
    timeToLive: 62,
    roundTrip: 241_000,
    isDuplicate: false,
    ...changes,
  };
}

function error(type: number, code: number, nextHopMtu = 0): PingEvent {
  const message: IcmpMessage = {
    type,
    code,
    from: parseIpv4("10.244.1.1"),
    timeToLive: 64,
    identifier: 1,
    sequence: 1,
    length: 92,
    nextHopMtu,
  };
  return { kind: "error", sequence: 1, message };
}

describe("a time", () => {
  // iputils, ping_common.c, gather_statistics(): microseconds, and never more than three digits that count.
  it.each([
    [0, "0.000"],
    [499, "0.000"],
    [1_000, "0.001"],
    [240_764, "0.241"],
    [999_000, "0.999"],
    [999_600, "1.00"],
    [1_234_000, "1.23"],
    [9_994_000, "9.99"],
    [9_995_000, "10.0"],
    [12_340_000, "12.3"],
    [99_949_000, "99.9"],
    [99_950_000, "100"],
    [3_000_220_808, "3000"],
  ])("of %i ns is %s ms", (roundTrip, text) => {
    expect(byName.event(reply({ roundTrip }))).toBe(
      `64 bytes from pod-b (10.244.2.8): icmp_seq=1 ttl=62 time=${text} ms\n`,
    );
  });
});

describe("a reply", () => {
  it("that came before is a duplicate", () => {
    expect(byName.event(reply({ isDuplicate: true }))).toBe(
      "64 bytes from pod-b (10.244.2.8): icmp_seq=1 ttl=62 time=0.241 ms (DUP!)\n",
    );
  });

  it("to an address has no name", () => {
    expect(byAddress.event(reply())).toMatch(/^64 bytes from 10\.244\.2\.8: icmp_seq=1 /);
  });
});

describe("an error", () => {
  const { DESTINATION_UNREACHABLE, TIME_EXCEEDED } = IcmpType;
  // iputils, ping.c, pr_icmph().
  it.each([
    [DESTINATION_UNREACHABLE, UnreachableCode.NET, "Destination Net Unreachable"],
    [DESTINATION_UNREACHABLE, UnreachableCode.HOST, "Destination Host Unreachable"],
    [DESTINATION_UNREACHABLE, UnreachableCode.PROTOCOL, "Destination Protocol Unreachable"],
    [DESTINATION_UNREACHABLE, UnreachableCode.PORT, "Destination Port Unreachable"],
    [DESTINATION_UNREACHABLE, UnreachableCode.FRAGMENTATION_NEEDED, "Frag needed and DF set (mtu = 1450)"],
    [DESTINATION_UNREACHABLE, UnreachableCode.ADMINISTRATIVELY_PROHIBITED, "Packet filtered"],
    [DESTINATION_UNREACHABLE, 99, "Dest Unreachable, Bad Code: 99"],
    [TIME_EXCEEDED, TimeExceededCode.IN_TRANSIT, "Time to live exceeded"],
    [TIME_EXCEEDED, TimeExceededCode.REASSEMBLY, "Frag reassembly time exceeded"],
  ])("of type %i and code %i is told as iputils tells it: %s", (type, code, text) => {
    expect(byName.event(error(type, code, 1450))).toBe(`From cni0.node-a (10.244.1.1) icmp_seq=1 ${text}\n`);
    expect(byAddress.event(error(type, code, 1450))).toBe(`From 10.244.1.1 icmp_seq=1 ${text}\n`);
  });
});

describe("a request that was not sent", () => {
  it.each([
    [{ outcome: "message-too-long", mtu: 1450 }, "ping: local error: message too long, mtu=1450\n"],
    [{ outcome: "network-unreachable" }, "ping: sendmsg: Network is unreachable\n"],
    [{ outcome: "out-of-memory" }, "ping: sendmsg: No buffer space available\n"],
  ] as const)("because %o", (result, text) => {
    expect(byName.event({ kind: "not-sent", sequence: 1, result })).toBe(text);
  });
});

describe("statistics", () => {
  const counts = {
    attemptCount: 3,
    receivedCount: 3,
    errorCount: 0,
    duplicateCount: 0,
    roundTrips: [1e6, 2e6, 6e6],
    duration: 2_000_499_999,
  };
  const closing = (changes: Partial<Ping>): string => byName.closing({ ...counts, ...changes } as Ping);

  it("have the least, mean and greatest time and the standard deviation", () => {
    expect(closing({})).toBe(
      "\n--- pod-b ping statistics ---\n" +
        "3 packets transmitted, 3 received, 0% packet loss, time 2000ms\n" +
        "rtt min/avg/max/mdev = 1.000/3.000/6.000/2.160 ms\n",
    );
  });

  it("have a loss of six digits that count", () => {
    expect(closing({ receivedCount: 2 })).toContain("3 packets transmitted, 2 received, 33.3333% packet loss");
    expect(closing({ receivedCount: 1 })).toContain("66.6667% packet loss");
  });

  it("have duplicates and errors where there are some, in this order", () => {
    expect(closing({ duplicateCount: 2, errorCount: 1 })).toContain(
      "3 received, +2 duplicates, +1 errors, 0% packet loss",
    );
  });

  it("leave the line of times empty where nothing came back", () => {
    expect(closing({ receivedCount: 0, roundTrips: [] })).toMatch(/ 100% packet loss, time 2000ms\n\n$/);
  });
});
