/**
 * What a router refuses, forwards and cuts: RFC 1812 sections 4.2.2, 5.2 and 5.3, as Linux keeps them. The numbers
 * of fragments and their lengths are those of a Linux 6.18 router.
 */
import { describe, expect, it } from "vitest";
import { BROADCAST_MAC, DropReason, EtherType, ipv4, Protocol } from "../../src/wire/index.ts";
import {
  concatenate,
  counting,
  frame,
  icmp,
  packet,
  type PacketFields,
  type ReadPacket,
  readPacket,
  udpPacket,
  viewOf,
  withHeaderChecksum,
} from "./frames.ts";
import { type buildRouter, drops, packetsOf, type RoutedPair, sendToRouter } from "./lab.ts";
import { build, THROUGH } from "./icmp-lab.ts";

function forwarded({ lab, rp2 }: RoutedPair): Uint8Array[] {
  return packetsOf(lab.sent(rp2));
}

/** What the router itself said to h1: h2 has its own opinion of some packets. */
function answers({ lab, h1 }: RoutedPair): Uint8Array[] {
  return packetsOf(lab.received(h1.device)).filter((bytes) => readPacket(bytes).source !== THROUGH.destination);
}

/** Sends one packet and says why the router dropped it; NONE when it did not. */
function refusal(pair: RoutedPair, bytes: Uint8Array): DropReason {
  const before = pair.rp1.drops.slice();
  sendToRouter(pair, bytes);
  return Math.max(
    0,
    pair.rp1.drops.findIndex((count, reason) => count > before[reason]!),
  ) as DropReason;
}

/** A sound packet through the router, bent. */
function bent(change: (view: DataView) => void): Uint8Array {
  const bytes = packet(THROUGH);
  change(viewOf(bytes));
  return bytes;
}

describe("section 5.2.2, the header's checks", () => {
  const LADDER: readonly (readonly [string, Uint8Array, DropReason])[] = [
    ["fewer bytes than a header", packet(THROUGH).subarray(0, 19), DropReason.PKT_TOO_SMALL],
    ["version 5", withHeaderChecksum(bent((view) => view.setUint8(0, 0x55))), DropReason.IP_INHDR],
    ["a header of 16 bytes", bent((view) => view.setUint8(0, 0x44)), DropReason.IP_INHDR],
    [
      "a header that reaches beyond the frame",
      packet({ ...THROUGH, options: new Uint8Array(40).fill(1) }).subarray(0, 56),
      DropReason.IP_INHDR,
    ],
    ["a wrong checksum", bent((view) => view.setUint8(8, 63)), DropReason.IP_CSUM],
    ["a checksum of zero", bent((view) => ipv4.setHeaderChecksum(view, 0, 0)), DropReason.IP_CSUM],
    [
      "a total length beyond the frame",
      withHeaderChecksum(bent((view) => ipv4.setTotalLength(view, 0, 47))),
      DropReason.PKT_TOO_SMALL,
    ],
    [
      "a total length below the header's",
      withHeaderChecksum(bent((view) => ipv4.setTotalLength(view, 0, 19))),
      DropReason.IP_INHDR,
    ],
  ];

  it.each(LADDER)("drops a packet with %s, and tells nobody", (_, bytes, reason) => {
    const pair = build();
    expect(refusal(pair, bytes)).toBe(reason);
    expect([forwarded(pair), answers(pair)]).toEqual([[], []]);
  });

  it("takes link-layer padding off and forwards the rest", () => {
    const pair = build();
    sendToRouter(pair, concatenate(packet({ ...THROUGH, payload: counting(8) }), new Uint8Array(18)));
    expect(forwarded(pair).map((bytes) => bytes.length)).toEqual([28]);
  });

  it("drops a source route silently and points at a malformed option", () => {
    const pair = build();
    expect(refusal(pair, packet({ ...THROUGH, options: Uint8Array.of(137, 7, 4, 192, 0, 2, 9, 0) }))).toBe(
      DropReason.IP_OPTIONS,
    );
    expect(refusal(pair, packet({ ...THROUGH, options: Uint8Array.of(131, 7, 4, 192, 0, 2, 9, 0) }))).toBe(
      DropReason.IP_OPTIONS,
    );
    expect(answers(pair)).toEqual([]);
  });

  it("forwards other options as they came", () => {
    const pair = build();
    const options = Uint8Array.of(148, 4, 0, 0, 1, 1, 1, 0);
    sendToRouter(pair, packet({ ...THROUGH, options }));
    expect(forwarded(pair).map((bytes) => bytes.subarray(20, 28))).toEqual([options]);
  });
});

describe("section 5.3.1, time to live", () => {
  it.each([0, 1])("a packet with TTL %i is not forwarded", (timeToLive) => {
    const pair = build();
    expect(refusal(pair, packet({ ...THROUGH, timeToLive }))).toBe(DropReason.TTL_EXPIRED);
    expect(forwarded(pair)).toEqual([]);
    expect(answers(pair)).toHaveLength(1);
  });

  it.each([2, 64, 255])("TTL %i goes down by one, and the header checksum follows (RFC 1624)", (timeToLive) => {
    const pair = build();
    sendToRouter(pair, packet({ ...THROUGH, timeToLive }));
    // readPacket checks the checksum.
    expect(forwarded(pair).map((bytes) => readPacket(bytes).timeToLive)).toEqual([timeToLive - 1]);
  });

  it.each([0, 1])("a packet for the router itself is taken with TTL %i", (timeToLive) => {
    const pair = build();
    sendToRouter(
      pair,
      packet({ source: "192.0.2.2", destination: "192.0.2.1", timeToLive, protocol: Protocol.ICMP, payload: icmp(8) }),
    );
    expect(answers(pair).map((bytes) => readPacket(bytes).timeToLive)).toEqual([64]);
  });
});

describe("section 5.3.7, martian addresses", () => {
  it.each([
    ["224.0.0.1", DropReason.IP_INVALID_SOURCE],
    ["239.255.255.255", DropReason.IP_INVALID_SOURCE],
    ["255.255.255.255", DropReason.IP_INVALID_SOURCE],
    ["0.0.0.0", DropReason.IP_INVALID_SOURCE],
    ["127.0.0.1", DropReason.IP_LOCALNET],
    ["127.255.255.255", DropReason.IP_LOCALNET],
    ["192.0.2.1", DropReason.IP_LOCAL_SOURCE],
    ["198.51.100.1", DropReason.IP_LOCAL_SOURCE],
  ])("drops a packet from %s silently", (source, reason) => {
    const pair = build();
    expect(refusal(pair, packet({ ...THROUGH, source }))).toBe(reason);
    expect(refusal(pair, packet({ source, destination: "192.0.2.1" }))).toBe(reason);
    expect([forwarded(pair), answers(pair)]).toEqual([[], []]);
  });

  it.each([
    ["0.0.0.0", DropReason.IP_INVALID_DEST],
    ["127.0.0.1", DropReason.IP_LOCALNET],
    ["224.0.0.5", DropReason.IP_INADDRERRORS],
  ])("drops a packet to %s silently", (destination, reason) => {
    const pair = build();
    pair.router.addRoute({ to: "default", via: "198.51.100.2" });
    expect(refusal(pair, packet({ ...THROUGH, destination }))).toBe(reason);
    expect([forwarded(pair), answers(pair)]).toEqual([[], []]);
  });

  it.each(["0.0.0.9", "10.0.0.1", "240.0.0.1", "255.255.255.254", "128.0.0.0", "223.255.255.255"])(
    "forwards a packet from %s, as Linux does",
    (source) => {
      const pair = build();
      sendToRouter(pair, packet({ ...THROUGH, source }));
      expect(forwarded(pair)).toHaveLength(1);
    },
  );

  it("takes 0.0.0.0 as the source of a packet to everybody", () => {
    const pair = build();
    const received: string[] = [];
    pair.routerHost.openUdp({ port: 67, onMessage: () => received.push("discover") });
    const discover = udpPacket({ source: "0.0.0.0", destination: "255.255.255.255" }, 68, 67);
    pair.lab.exchange(pair.h1.device, frame(BROADCAST_MAC, pair.h1.device.mac, EtherType.IPV4, discover));
    expect(received).toEqual(["discover"]);
  });
});

describe("section 5.3.4, link-layer broadcasts", () => {
  it("does not forward a unicast packet that came in a broadcast frame", () => {
    const pair = build();
    pair.lab.exchange(pair.h1.device, frame(BROADCAST_MAC, pair.h1.device.mac, EtherType.IPV4, packet(THROUGH)));
    expect(forwarded(pair)).toEqual([]);
    expect(drops(pair.rp1, DropReason.UNICAST_IN_L2_MULTICAST)).toBe(1);
  });

  it("ignores a frame for another MAC", () => {
    const pair = build();
    pair.lab.exchange(pair.h1.device, frame(0x02_00_00_00_00_99, pair.h1.device.mac, EtherType.IPV4, packet(THROUGH)));
    expect(forwarded(pair)).toEqual([]);
    expect(drops(pair.rp1, DropReason.OTHERHOST)).toBe(1);
  });
});

describe("section 4.2.2.7, fragmentation (RFC 791 section 2.3)", () => {
  const NARROW = { mtu2: 650 };

  function cut(
    fields: Omit<PacketFields, "source" | "destination">,
    options: Parameters<typeof buildRouter>[0] = NARROW,
  ): ReadPacket[] {
    const pair = build(options);
    sendToRouter(pair, packet({ ...THROUGH, identification: 0x1234, ...fields }));
    expect(answers(pair)).toEqual([]);
    return forwarded(pair).map(readPacket);
  }

  it.each([
    [630, [630]],
    [631, [624, 7]],
    [1248, [624, 624]],
    [1252, [624, 628]],
    [1254, [624, 630]],
    [1255, [624, 624, 7]],
  ])("%i bytes over an MTU of 650 become pieces of %j", (length, lengths) => {
    const pieces = cut({ payload: counting(length) });
    expect(pieces.map((piece) => piece.payload.length)).toEqual(lengths);
    expect(pieces.map((piece) => piece.moreFragments)).toEqual(lengths.map((_, index) => index < lengths.length - 1));
    expect(concatenate(...pieces.map((piece) => piece.payload))).toEqual(counting(length));
    let position = 0;
    for (const piece of pieces) {
      expect([
        piece.fragmentOffset,
        piece.identification,
        piece.timeToLive,
        piece.protocol,
        piece.dontFragment,
      ]).toEqual([position, 0x1234, 63, 253, false]);
      position += piece.payload.length;
    }
  });

  it("cuts a fragment further: offsets go on, and the last piece still says that more follow", () => {
    const pieces = cut({ payload: counting(1248), fragmentOffset: 2000, moreFragments: true });
    expect(pieces.map((piece) => [piece.fragmentOffset, piece.moreFragments])).toEqual([
      [2000, true],
      [2624, true],
    ]);
  });

  it("carries copied options in every fragment and the others in the first only", () => {
    const routerAlert = [148, 4, 0, 0];
    const recordRoute = [7, 7, 4, 0, 0, 0, 0];
    const pair = build(NARROW);
    sendToRouter(
      pair,
      packet({ ...THROUGH, options: Uint8Array.from([...routerAlert, ...recordRoute, 0]), payload: counting(1300) }),
    );
    const pieces = forwarded(pair);
    expect(pieces.map((bytes) => [...bytes.subarray(20, 32)])).toEqual([
      [...routerAlert, ...recordRoute, 0],
      [...routerAlert, 1, 1, 1, 1, 1, 1, 1, 0],
      [...routerAlert, 1, 1, 1, 1, 1, 1, 1, 0],
    ]);
    expect(concatenate(...pieces.map((bytes) => readPacket(bytes).payload))).toEqual(counting(1300));
  });

  it("forwards a packet of exactly the MTU whole, DF or not", () => {
    for (const dontFragment of [false, true])
      expect(cut({ payload: counting(630), dontFragment }).map((piece) => piece.totalLength)).toEqual([650]);
  });
});
