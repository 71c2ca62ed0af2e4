/**
 * ICMP errors, which and what they look like: RFC 1812 section 4.3, RFC 792. Where they leave a choice, or Linux
 * does not follow them, the expectation is what a Linux 6.18 router answered to the same packets.
 */
import { describe, expect, it } from "vitest";
import { DropReason, IcmpType, UnreachableCode } from "../../src/wire/index.ts";
import { counting, packet, readIcmp, udpPacket } from "./frames.ts";
import { build, errors, errorsAt, EXCEEDED, EXPIRING, kinds, THROUGH, TO_ROUTER } from "./icmp-lab.ts";
import { drops, packetsOf, sendToRouter } from "./lab.ts";

const { NET, HOST, PROTOCOL, PORT, FRAGMENTATION_NEEDED, ADMINISTRATIVELY_PROHIBITED } = UnreachableCode;
const UNREACHABLE = IcmpType.DESTINATION_UNREACHABLE;

describe("which error", () => {
  it.each([0, 1])("time exceeded in transit for TTL %i (section 5.3.1)", (timeToLive) => {
    expect(kinds(errors(build(), packet({ ...THROUGH, timeToLive })))).toEqual([EXCEEDED]);
  });

  it("time to live is looked at before size, as in ip_forward", () => {
    const heard = errors(build({ mtu2: 600 }), packet({ ...EXPIRING, dontFragment: true, payload: counting(700) }));
    expect(kinds(heard)).toEqual([EXCEEDED]);
  });

  it("fragmentation needed with the next link's MTU for a packet that may not be cut (RFC 1191 section 4)", () => {
    const pair = build({ mtu2: 1400 });
    const heard = errors(pair, packet({ ...THROUGH, dontFragment: true, payload: counting(1381) }));
    expect(heard.map((error) => [error.type, error.code, error.nextHopMtu])).toEqual([
      [UNREACHABLE, FRAGMENTATION_NEEDED, 1400],
    ]);
    expect(packetsOf(pair.lab.sent(pair.rp2))).toEqual([]);
    expect(drops(pair.rp1, DropReason.PKT_TOO_BIG)).toBe(1);
  });

  it("net unreachable without a route (section 5.2.7.1)", () => {
    const pair = build();
    expect(kinds(errors(pair, packet({ ...THROUGH, destination: "203.0.113.1" })))).toEqual([[UNREACHABLE, NET]]);
    expect(drops(pair.rp1, DropReason.IP_INNOROUTES)).toBe(1);
  });

  it("host unreachable when the last hop does not answer ARP, three seconds later (section 5.3.3.1)", () => {
    const pair = build();
    expect(errors(pair, packet({ ...THROUGH, destination: "198.51.100.77" }))).toEqual([]);
    pair.lab.run(2.999);
    expect(errorsAt(pair)).toEqual([]);
    pair.lab.run(0.001);
    expect(kinds(errorsAt(pair))).toEqual([[UNREACHABLE, HOST]]);
    expect(drops(pair.rp2, DropReason.NEIGH_FAILED)).toBe(1);
  });

  it("protocol unreachable for a protocol that nobody here speaks", () => {
    const pair = build();
    expect(kinds(errors(pair, packet({ ...TO_ROUTER, protocol: 253 })))).toEqual([[UNREACHABLE, PROTOCOL]]);
    expect(drops(pair.rp1, DropReason.IP_NOPROTO)).toBe(1);
  });

  it("port unreachable for a port without a socket", () => {
    const pair = build();
    expect(kinds(errors(pair, udpPacket(TO_ROUTER, 4000, 4001)))).toEqual([[UNREACHABLE, PORT]]);
    expect(drops(pair.rp1, DropReason.NO_SOCKET)).toBe(1);
  });

  it.each([
    ["unreachable", [[UNREACHABLE, HOST]], DropReason.REJECTED],
    ["prohibit", [[UNREACHABLE, ADMINISTRATIVELY_PROHIBITED]], DropReason.REJECTED],
    ["blackhole", [], DropReason.BLACKHOLE],
  ] as const)("what a route of type %s says", (type, expected, reason) => {
    const pair = build();
    pair.router.addRoute({ to: "203.0.113.0/24", type });
    expect(kinds(errors(pair, packet({ ...THROUGH, destination: "203.0.113.1" })))).toEqual(expected);
    expect(drops(pair.rp1, reason)).toBe(1);
  });

  it.each([
    [[7, 1, 0, 0], 20],
    [[1, 1, 68, 9], 22],
    [[148, 4, 0, 0, 7, 0, 0, 0], 24],
  ])("parameter problem for the options %j, pointing at byte %i (section 4.3.3.5)", (options, pointer) => {
    const pair = build();
    const heard = errors(pair, packet({ ...THROUGH, options: Uint8Array.from(options) }));
    expect(heard.map((error) => [error.type, error.code, error.payload[4]])).toEqual([
      [IcmpType.PARAMETER_PROBLEM, 0, pointer],
    ]);
    expect(drops(pair.rp1, DropReason.IP_OPTIONS)).toBe(1);
  });

  it("a host that is no router refuses silently (section 4.3.3.1)", () => {
    const pair = build();
    pair.router.forwarding = false;
    expect(errors(pair, packet(THROUGH), packet(EXPIRING), packet({ ...THROUGH, destination: "203.0.113.1" }))).toEqual(
      [],
    );
    expect(drops(pair.rp1, DropReason.IP_INADDRERRORS)).toBe(3);
  });

  it("who sends to itself hears of a closed port too, over the loopback", () => {
    const pair = build();
    const heard: number[][] = [];
    const socket = pair.h1.host.openUdp({ onError: (error) => heard.push([error.type, error.code]) });
    socket.send(0x7f000001, 9, counting(1));
    socket.send(0xc0000202, 9, counting(1));
    pair.lab.run();
    expect(heard).toEqual([
      [UNREACHABLE, PORT],
      [UNREACHABLE, PORT],
    ]);
  });
});

describe("what it looks like", () => {
  it("quotes the packet as it came, with its own header sound (sections 4.3.2.3 and 4.3.2.4)", () => {
    const offending = packet({ ...EXPIRING, identification: 7, payload: counting(100) });
    const [error] = errors(build(), offending);
    expect(error!.content).toEqual(offending);
    expect([error!.timeToLive, error!.dontFragment, error!.destination, error!.headerLength]).toEqual([
      64,
      false,
      "192.0.2.2",
      20,
    ]);
  });

  it.each([
    [547, 575],
    [548, 576],
    [549, 576],
    [1480, 576],
  ])("quotes a packet of 20 + %i bytes in %i at most", (length, total) => {
    const offending = packet({ ...EXPIRING, payload: counting(length - 20) });
    const [error] = errors(build(), offending);
    expect(error!.totalLength).toBe(total);
    expect(error!.content).toEqual(offending.subarray(0, total - 28));
  });

  it("is no longer than the way back takes", () => {
    const pair = build({ mtu1: 300 });
    const [error] = errors(pair, packet({ ...EXPIRING, payload: counting(280) }));
    expect(error!.totalLength).toBe(300);
  });

  it.each([
    [0x00, 0xc0],
    [0xff, 0xde],
    [0x03, 0xc2],
    [0x10, 0xd0],
  ])("carries precedence 6 and the TOS bits of %i: %i (section 4.3.2.5)", (typeOfService, expected) => {
    expect(errors(build(), packet({ ...EXPIRING, typeOfService }))[0]!.typeOfService).toBe(expected);
  });
});

describe("where it comes from (section 4.3.2.4)", () => {
  it("from the address that was asked, whichever device it is on", () => {
    const pair = build();
    for (const destination of ["192.0.2.1", "198.51.100.1"]) {
      expect(errors(pair, packet({ source: "192.0.2.2", destination })).map((error) => error.source)).toEqual([
        destination,
      ]);
    }
  });

  it("in transit from the address of the way back, not of the way in", () => {
    const pair = build();
    // The way back to this sender is over rp2.
    pair.router.addRoute({ to: "203.0.113.0/24", via: "198.51.100.2" });
    sendToRouter(pair, packet({ ...EXPIRING, source: "203.0.113.5" }));
    expect(packetsOf(pair.lab.received(pair.h2.device)).map((bytes) => readIcmp(bytes).source)).toEqual([
      "198.51.100.1",
    ]);
  });

  it.each([
    [{ to: "10.99.0.0/16", via: "203.0.113.9" }, "10.99.0.1", "203.0.113.1"],
    [{ to: "10.98.0.0/16" }, "10.98.0.1", "192.0.2.1"],
    [{ to: "203.0.113.77/32" }, "203.0.113.77", "192.0.2.1"],
    [{ to: "10.97.0.0/16", source: "198.51.100.1" }, "10.97.0.1", "198.51.100.1"],
  ])("of a device with two addresses, over the route %j to %s: %s", (route, source, expected) => {
    const pair = build();
    pair.router.addAddress(pair.rp1, "203.0.113.1/24");
    pair.router.addRoute({ ...route, device: pair.rp1 });
    for (const neighbour of [source, "203.0.113.9"]) pair.router.addNeighbour(pair.rp1, neighbour, "02:00:00:00:00:01");
    sendToRouter(pair, packet({ ...EXPIRING, source }));
    expect(packetsOf(pair.lab.sent(pair.rp1)).map((bytes) => readIcmp(bytes).source)).toEqual([expected]);
  });
});
