/** ARP: RFC 826, RFC 5227 probes, and what Linux's arp_process makes of them. */
import { describe, expect, it } from "vitest";
import { NeighbourState } from "../../src/datapath/index.ts";
import { ArpOperation, BROADCAST_MAC, DropReason, parseMac } from "../../src/wire/index.ts";
import { arpFrame, counting, frame } from "./frames.ts";
import { attach, drops } from "./lab.ts";
import { answer, buildLink, heardArp, neighbour, NEIGHBOUR, OTHER_MAC, say, sendTo } from "./link.ts";

const { STALE, REACHABLE } = NeighbourState;
const { REQUEST, REPLY } = ArpOperation;

describe("asking", () => {
  it("a request goes to everybody, with the target's hardware address left zero", () => {
    const link = buildLink();
    sendTo(link);
    expect(heardArp(link)).toEqual([
      {
        time: 0,
        destination: BROADCAST_MAC,
        operation: REQUEST,
        senderHardware: link.device.mac,
        senderProtocol: "192.0.2.1",
        targetHardware: 0,
        targetProtocol: NEIGHBOUR.address,
      },
    ]);
  });

  it("names the source of the packet that waits last, if that is an address of the host's (arp_announce 0)", () => {
    const link = buildLink();
    link.namespace.addAddress(link.device, "192.0.2.2/24");
    sendTo(link, 1, "192.0.2.2");
    sendTo(link, 1, "192.0.2.1");
    sendTo(link, 1, "203.0.113.7");
    link.lab.run(1);
    expect(heardArp(link).map((message) => message.senderProtocol)).toEqual(["192.0.2.2", "192.0.2.1"]);
  });

  it("names the address of the target's subnet when the packet came from elsewhere", () => {
    const link = buildLink();
    link.namespace.addAddress(link.device, "198.51.100.1/24");
    sendTo(link, 1, "203.0.113.7", "198.51.100.9");
    expect(heardArp(link).map((message) => message.senderProtocol)).toEqual(["198.51.100.1"]);
  });
});

describe("answering", () => {
  it("a request for an address of the host's is answered, and tells where the asker is", () => {
    const link = buildLink();
    say(link, {});
    expect(heardArp(link)).toEqual([
      {
        time: 0,
        destination: NEIGHBOUR.mac,
        operation: REPLY,
        senderHardware: link.device.mac,
        senderProtocol: "192.0.2.1",
        targetHardware: NEIGHBOUR.mac,
        targetProtocol: NEIGHBOUR.address,
      },
    ]);
    expect(neighbour(link)).toEqual({ state: STALE, mac: NEIGHBOUR.mac });
  });

  it("also when it is sent to the host alone", () => {
    const link = buildLink();
    say(link, {}, link.device.mac);
    expect(heardArp(link)).toHaveLength(1);
  });

  it("for an address on another device too (arp_ignore 0)", () => {
    const link = buildLink();
    const [, second] = attach(link.lab, link.namespace, "eth1");
    link.namespace.addAddress(second, "198.51.100.1/24");
    say(link, { targetProtocol: "198.51.100.1" });
    expect(heardArp(link).map((message) => [message.senderProtocol, message.senderHardware])).toEqual([
      ["198.51.100.1", link.device.mac],
    ]);
  });

  it.each(["192.0.2.3", "192.0.2.255", "203.0.113.1"])(
    "a request for %s is not, and the asker not noted",
    (targetProtocol) => {
      const link = buildLink();
      say(link, { targetProtocol });
      expect(heardArp(link)).toEqual([]);
      expect(neighbour(link)).toBeUndefined();
    },
  );

  it("a probe is answered, and its zero sender is not noted (RFC 5227 section 2.1.1)", () => {
    const link = buildLink();
    say(link, { senderProtocol: "0.0.0.0" });
    expect(heardArp(link).map((message) => [message.targetProtocol, message.targetHardware])).toEqual([
      ["0.0.0.0", NEIGHBOUR.mac],
    ]);
    expect(neighbour(link, "0.0.0.0")).toBeUndefined();
  });

  it.each(["192.0.2.1", "127.0.0.5", "224.0.0.5", "255.255.255.255"])(
    "a request from %s is not: no packet could come from there",
    (senderProtocol) => {
      const link = buildLink();
      say(link, { senderProtocol });
      expect(heardArp(link)).toEqual([]);
      expect(neighbour(link, senderProtocol)).toBeUndefined();
    },
  );

  it.each(["10.9.9.9", "0.0.0.9"])("one from %s, an address that is not of the link, is", (senderProtocol) => {
    const link = buildLink();
    say(link, { senderProtocol });
    expect(heardArp(link)).toHaveLength(1);
    expect(neighbour(link, senderProtocol)).toEqual({ state: STALE, mac: NEIGHBOUR.mac });
  });
});

describe("ignoring", () => {
  it("a reply that nobody asked for, from an unknown neighbour", () => {
    const link = buildLink();
    answer(link);
    expect(neighbour(link)).toBeUndefined();
  });

  it("a frame for another MAC", () => {
    const link = buildLink();
    say(link, {}, OTHER_MAC);
    expect(heardArp(link)).toEqual([]);
    expect(drops(link.device, DropReason.OTHERHOST)).toBe(1);
  });

  it.each([
    ["hardware type 2", 0, 2, DropReason.ARP_INVALID],
    ["protocol type IPv6", 2, 0x86dd, DropReason.ARP_INVALID],
    ["lengths of 8 and 4", 4, 0x0804, DropReason.ARP_INVALID],
    ["lengths of 6 and 16", 4, 0x0610, DropReason.ARP_INVALID],
    ["operation 0", 6, 0, DropReason.ARP_INVALID],
    ["operation 3, reverse request", 6, 3, DropReason.ARP_INVALID],
    ["a loopback target", 24, 0x7f00, DropReason.ARP_INVALID],
    ["a multicast target", 24, 0xe000, DropReason.ARP_INVALID],
  ])("a packet with %s", (_, position, word, reason) => {
    const link = buildLink();
    const bytes = arpFrame(BROADCAST_MAC, {
      operation: REQUEST,
      senderHardware: NEIGHBOUR.mac,
      senderProtocol: NEIGHBOUR.address,
      targetProtocol: "192.0.2.1",
    });
    bytes[14 + position] = word >> 8;
    bytes[15 + position] = word & 0xff;
    link.lab.exchange(link.station, bytes);
    expect(drops(link.device, reason)).toBe(1);
    expect(heardArp(link)).toEqual([]);
  });

  it("a packet that is cut short", () => {
    const link = buildLink();
    link.lab.exchange(link.station, frame(BROADCAST_MAC, NEIGHBOUR.mac, 0x0806, counting(27)));
    expect(drops(link.device, DropReason.PKT_TOO_SMALL)).toBe(1);
  });
});

describe("announcements", () => {
  const announce = (link: ReturnType<typeof buildLink>, mac: number, operation: number = REQUEST): void =>
    say(link, {
      operation,
      senderHardware: mac,
      targetProtocol: NEIGHBOUR.address,
      ...(operation === REPLY && { targetHardware: mac }),
    });

  it.each([
    ["request", REQUEST],
    ["reply", REPLY],
  ])("a gratuitous %s moves a known neighbour and does not say that it is reachable", (_, operation) => {
    const link = buildLink();
    sendTo(link);
    answer(link);
    expect(neighbour(link)).toEqual({ state: REACHABLE, mac: NEIGHBOUR.mac });
    announce(link, OTHER_MAC, operation);
    expect(neighbour(link)).toEqual({ state: STALE, mac: OTHER_MAC });
  });

  it("one from an unknown neighbour is not noted (arp_accept 0)", () => {
    const link = buildLink();
    announce(link, NEIGHBOUR.mac);
    expect(neighbour(link)).toBeUndefined();
  });

  it("one that repeats what is known leaves a reachable neighbour reachable", () => {
    const link = buildLink();
    sendTo(link);
    answer(link);
    announce(link, NEIGHBOUR.mac);
    expect(neighbour(link)).toEqual({ state: REACHABLE, mac: NEIGHBOUR.mac });
  });

  it("one that claims an address of the host's changes nothing and is not answered", () => {
    const link = buildLink();
    say(link, { senderHardware: OTHER_MAC, senderProtocol: "192.0.2.1" });
    expect(heardArp(link)).toEqual([]);
    expect(neighbour(link, "192.0.2.1")).toBeUndefined();
  });

  it("a request for a third address moves a known neighbour all the same (RFC 826, packet reception)", () => {
    const link = buildLink();
    sendTo(link);
    answer(link);
    link.lab.run(1.001);
    say(link, { senderHardware: parseMac("02:00:00:00:00:10"), targetProtocol: "192.0.2.77" });
    expect(neighbour(link)).toEqual({ state: STALE, mac: parseMac("02:00:00:00:00:10") });
  });
});
