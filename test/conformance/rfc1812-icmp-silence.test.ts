/**
 * When ICMP errors are not sent, or no longer: RFC 1812 section 4.3, RFC 1122 section 3.2.2. Where they leave a
 * choice, or Linux does not follow them, the expectation is what a Linux 6.18 router answered to the same packets.
 */
import { describe, expect, it } from "vitest";
import { BROADCAST_MAC, DropReason, EtherType, IcmpType, Protocol } from "../../src/wire/index.ts";
import { concatenate, counting, frame, icmp, packet, type PacketFields, udpPacket } from "./frames.ts";
import { build, errors, errorsAt, EXCEEDED, EXPIRING, kinds, THROUGH, TO_ROUTER } from "./icmp-lab.ts";
import { addHost, drops, packetsOf, sendToRouter } from "./lab.ts";

describe("when there is none (section 4.3.2.7, RFC 1122 section 3.2.2)", () => {
  const about = (fields: Partial<PacketFields>): Uint8Array => packet({ ...EXPIRING, ...fields });

  it.each([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 19, 32, 40, 41, 255])(
    "about ICMP type %i, an error or one that might be",
    (type) => {
      expect(errors(build(), about({ protocol: Protocol.ICMP, payload: icmp(type) }))).toEqual([]);
    },
  );

  it.each([0, 8, 13, 14, 15, 16, 17, 18])("about ICMP type %i, a question or an answer, there is one", (type) => {
    expect(kinds(errors(build(), about({ protocol: Protocol.ICMP, payload: icmp(type) })))).toEqual([EXCEEDED]);
  });

  it("about ICMP whose type is cut off, whatever stands behind the packet", () => {
    const cut = about({ protocol: Protocol.ICMP, payload: new Uint8Array(0) });
    expect(errors(build(), concatenate(cut, Uint8Array.of(IcmpType.ECHO, 0, 0, 0)))).toEqual([]);
  });

  it("about a fragment but the first", () => {
    expect(errors(build(), about({ fragmentOffset: 8 }), about({ fragmentOffset: 65_528 }))).toEqual([]);
    expect(kinds(errors(build(), about({ moreFragments: true })))).toEqual([EXCEEDED]);
  });

  it.each(["192.0.2.255", "198.51.100.255", "255.255.255.255", "224.0.0.5"])("about a packet to %s", (destination) => {
    const pair = build();
    expect(errors(pair, packet({ source: "192.0.2.2", destination }))).toEqual([]);
    expect(errors(pair, packet({ source: "192.0.2.2", destination, options: Uint8Array.of(7, 1, 0, 0) }))).toEqual([]);
  });

  it("about a packet that came in a broadcast frame", () => {
    const pair = build();
    const packets = [
      packet(EXPIRING),
      packet(TO_ROUTER),
      udpPacket(TO_ROUTER, 1, 2),
      packet({ ...THROUGH, destination: "203.0.113.1" }),
      packet({ ...TO_ROUTER, options: Uint8Array.of(7, 1, 0, 0) }),
    ];
    pair.lab.exchange(
      pair.h1.device,
      ...packets.map((bytes) => frame(BROADCAST_MAC, pair.h1.device.mac, EtherType.IPV4, bytes)),
    );
    expect(errorsAt(pair)).toEqual([]);
  });

  it.each(["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.255"])(
    "about a packet from %s, which is no host",
    (source) => {
      const pair = build();
      pair.router.addRoute({ to: "default", via: "192.0.2.2" });
      expect(errors(pair, about({ source }))).toEqual([]);
    },
  );

  it.each(["240.0.0.1", "0.0.0.9"])("about a packet from %s there is one, as in Linux", (source) => {
    const pair = build();
    pair.router.addRoute({ to: "default", via: "192.0.2.2" });
    expect(kinds(errors(pair, about({ source })))).toEqual([EXCEEDED]);
  });
});

describe("how many (section 4.3.2.8)", () => {
  const tenOf = (bytes: Uint8Array): Uint8Array[] => Array.from({ length: 10 }, () => bytes);

  it("six at once to one receiver, then one a second", () => {
    const pair = build();
    expect(errors(pair, ...tenOf(packet(EXPIRING)))).toHaveLength(6);
    expect(pair.router.icmp.limitedCount).toBe(4);
    pair.lab.run(0.999);
    expect(errors(pair, packet(EXPIRING))).toHaveLength(0);
    pair.lab.run(0.001);
    expect(errors(pair, ...tenOf(packet(EXPIRING)))).toHaveLength(1);
    pair.lab.run(60);
    expect(errors(pair, ...tenOf(packet(EXPIRING)))).toHaveLength(6);
  });

  it("two net unreachables, since Linux charges those twice", () => {
    expect(errors(build(), ...tenOf(packet({ ...THROUGH, destination: "203.0.113.1" })))).toHaveLength(2);
  });

  it("six host unreachables when ten packets waited in vain", () => {
    const pair = build();
    sendToRouter(pair, ...tenOf(packet({ ...THROUGH, destination: "198.51.100.77" })));
    pair.lab.run(3);
    expect(errorsAt(pair)).toHaveLength(6);
  });

  it("as many fragmentation needed as there are packets: path MTU discovery lives on them", () => {
    expect(
      errors(build({ mtu2: 600 }), ...tenOf(packet({ ...THROUGH, dontFragment: true, payload: counting(700) }))),
    ).toHaveLength(10);
  });

  it("answers to echoes are not limited", () => {
    const echo = packet({ ...TO_ROUTER, protocol: Protocol.ICMP, payload: icmp(8) });
    expect(errors(build(), ...tenOf(echo))).toHaveLength(10);
  });

  it("one receiver's silence does not cost another's errors", () => {
    const pair = build();
    const third = addHost(pair.lab, pair.router, "rp3", "h3", "203.0.113.2/24");
    pair.router.addAddress(third.near, "203.0.113.1/24");
    pair.router.addNeighbour(third.near, "203.0.113.2", "02:00:00:00:00:03");
    errors(pair, ...tenOf(packet(EXPIRING)));
    sendToRouter(pair, packet({ ...EXPIRING, source: "203.0.113.2" }));
    expect(packetsOf(pair.lab.sent(third.near))).toHaveLength(1);
  });

  it("fifty at once to all receivers together, then one a millisecond", () => {
    const pair = build();
    pair.router.addRoute({ to: "203.0.113.0/24", via: "192.0.2.2" });
    const sources = Array.from({ length: 60 }, (_, index) => packet({ ...EXPIRING, source: `203.0.113.${index}` }));
    expect(errors(pair, ...sources)).toHaveLength(50);
    pair.lab.run(0.005);
    expect(errors(pair, ...sources)).toHaveLength(5);
  });
});

describe("who receives one", () => {
  it("a host ignores an error or an echo reply that came to a broadcast address (RFC 1122 section 3.2.2)", () => {
    const pair = build();
    pair.h1.host.icmp.ignoresBroadcastEcho = false;
    const reply = packet({
      source: "192.0.2.1",
      destination: "192.0.2.255",
      protocol: Protocol.ICMP,
      payload: icmp(0),
    });
    const error = packet({
      source: "192.0.2.1",
      destination: "192.0.2.255",
      protocol: Protocol.ICMP,
      payload: icmp(3, 1, 0, packet(THROUGH)),
    });
    pair.lab.exchange(
      pair.rp1,
      ...[reply, error].map((bytes) => frame(BROADCAST_MAC, pair.rp1.mac, EtherType.IPV4, bytes)),
    );
    expect(drops(pair.h1.device, DropReason.INVALID_PROTO)).toBe(2);
  });
});
