/**
 * Reassembly at the destination: RFC 791 section 3.2, RFC 815, RFC 1122 section 3.3.2, and what RFC 5722 made of
 * overlaps. Where they leave a choice, or Linux does not follow them, the expectation is Linux 6.18's;
 * test/capture/reassembly.test.ts asks a kernel.
 */
import { describe, expect, it } from "vitest";
import { DropReason, IcmpType, Protocol, TimeExceededCode } from "../../src/wire/index.ts";
import { cut, echoRequest, fragments, type Piece } from "./fragments.ts";
import { counting, packet, type PacketFields, type ReadIcmp, readPacket, udpPacket } from "./frames.ts";
import { build, errors, errorsAt, kinds, TO_ROUTER } from "./icmp-lab.ts";
import { drops, packetsOf, type RoutedPair, sendToRouter } from "./lab.ts";

const ECHO = { ...TO_ROUTER, protocol: Protocol.ICMP, identification: 4711 };
const REPLY = [IcmpType.ECHO_REPLY, 0];
const EXCEEDED = [IcmpType.TIME_EXCEEDED, TimeExceededCode.REASSEMBLY];

/** What comes back of an echo request of 64 bytes in these pieces. */
function answers(pair: RoutedPair, pieces: readonly Piece[], fields: Partial<PacketFields> = {}): ReadIcmp[] {
  return errors(pair, ...fragments({ ...ECHO, ...fields }, echoRequest(64), pieces));
}

function reasons(pair: RoutedPair): Record<string, number> {
  const counts = Object.entries(DropReason).map(([name, reason]) => [name, drops(pair.rp1, reason)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

describe("fragments of one datagram (RFC 791 section 3.2)", () => {
  it("are put together in any order: the reply is to the whole request", () => {
    for (const pieces of [cut(24, 48, 64), cut(24, 48, 64).reverse(), [...cut(24, 48, 64).slice(1), ...cut(24)]]) {
      const [reply, ...others] = answers(build(), pieces);
      expect(others).toEqual([]);
      expect([reply!.type, reply!.totalLength, reply!.moreFragments, reply!.fragmentOffset]).toEqual([0, 84, false, 0]);
      expect(reply!.content).toEqual(counting(56));
    }
  });

  it("share source, destination, protocol and identification: others are of another datagram", () => {
    const [first, last] = cut(32, 64) as [Piece, Piece];
    const others = [
      { identification: 4712 },
      { protocol: Protocol.UDP },
      { source: "192.0.2.3" },
      { destination: "198.51.100.1" },
    ];
    for (const fields of others) {
      const pair = build();
      expect(answers(pair, [first, { ...last, fields }])).toEqual([]);
      expect(pair.router.reassembly.waitingCount).toBe(2);
      expect(kinds(answers(pair, [last]))).toEqual([REPLY]);
    }
  });

  it("give a packet with the first one's header, options included, whatever the others carry", () => {
    const whole = readPacket(udpPacket({ ...TO_ROUTER, payload: counting(40) }, 5, 9)).payload;
    const options = Uint8Array.of(148, 4, 0, 0); // router alert
    const pieces = [
      { start: 16, end: 48, fields: { timeToLive: 3, typeOfService: 4 } },
      { start: 0, end: 16, fields: { options } },
    ];
    const [error] = errors(build(), ...fragments({ ...ECHO, protocol: Protocol.UDP }, whole, pieces));
    const quoted = readPacket(error!.content);
    expect([quoted.headerLength, quoted.timeToLive, quoted.typeOfService, quoted.payload]).toEqual([24, 64, 0, whole]);
  });

  it("make datagrams of 65,535 bytes, far more than RFC 1122's 576", () => {
    const pair = build({ engine: { slotCount: 512 } });
    const lengths: number[] = [];
    pair.routerHost.openUdp({ port: 9, onMessage: ({ payload }) => lengths.push(payload.length) });
    const whole = readPacket(udpPacket({ ...TO_ROUTER, payload: counting(65_507) }, 5, 9)).payload;
    const ends = Array.from({ length: 45 }, (_, index) => Math.min(1480 * (index + 1), whole.length));
    sendToRouter(pair, ...fragments({ ...ECHO, protocol: Protocol.UDP }, whole, cut(...ends)));
    expect(lengths).toEqual([65_507]);
    expect(pair.lab.engine.pool.slotsInUse).toBe(0);
  });

  it("are put together by a router for itself alone (RFC 1812 section 4.2.2.7)", () => {
    const pair = build();
    sendToRouter(pair, ...fragments({ ...ECHO, destination: "198.51.100.2" }, echoRequest(64), cut(32, 64)));
    expect(packetsOf(pair.lab.sent(pair.rp2)).map((bytes) => readPacket(bytes).totalLength)).toEqual([52, 52]);
    expect(pair.router.reassembly.requestCount).toBe(0);
  });

  it("may be asked about as a whole: a port without a socket is unreachable, and the quoted packet is whole", () => {
    const whole = readPacket(udpPacket({ ...TO_ROUTER, payload: counting(40) }, 5, 9)).payload;
    const [error] = errors(build(), ...fragments({ ...ECHO, protocol: Protocol.UDP }, whole, cut(16, 48)));
    const quoted = readPacket(error!.content);
    expect([error!.type, error!.code]).toEqual([IcmpType.DESTINATION_UNREACHABLE, 3]);
    expect([quoted.totalLength, quoted.moreFragments, quoted.fragmentOffset]).toEqual([68, false, 0]);
    expect(quoted.payload).toEqual(whole);
  });
});

describe("a fragment that is here already", () => {
  it.each<[string, Piece]>([
    ["the first", { start: 0, end: 24 }],
    ["the second", { start: 24, end: 48 }],
    ["both in one", { start: 0, end: 48 }],
    ["the middle of both", { start: 8, end: 40 }],
    ["other bytes in its place", { start: 0, end: 24, bytes: new Uint8Array(24) }],
  ])("is dropped, and the datagram is whole when the last one comes: %s again", (_, again) => {
    const pair = build();
    const [one, two, three] = cut(24, 48, 64) as [Piece, Piece, Piece];
    expect(kinds(answers(pair, [one, two, again, three]))).toEqual([REPLY]);
    expect(reasons(pair)).toEqual({ DUP_FRAG: 1 });
  });

  it("is one of a new datagram once the other is whole, which is given up in its time", () => {
    const pair = build();
    expect(kinds(answers(pair, [...cut(24, 64), ...cut(24)]))).toEqual([REPLY]);
    expect([reasons(pair), pair.router.reassembly.waitingCount]).toEqual([{}, 1]);
    pair.lab.run(31);
    expect(reasons(pair)).toEqual({ FRAG_REASM_TIMEOUT: 1 });
  });
});

describe("fragments that overlap (RFC 5722 section 4, which Linux follows for IPv4)", () => {
  it.each<[string, Piece[]]>([
    ["the second begins in the first", [...cut(24), { start: 16, end: 64 }]],
    [
      "the first ends in the second",
      [
        { start: 24, end: 64 },
        { start: 0, end: 32 },
      ],
    ],
    [
      "the second has the first in it",
      [
        { start: 8, end: 16 },
        { start: 0, end: 24 },
      ],
    ],
    [
      "one lies over two that touch but came out of order",
      [
        { start: 24, end: 48 },
        { start: 0, end: 24 },
        { start: 8, end: 40 },
      ],
    ],
    [
      "one lies over a gap",
      [
        { start: 0, end: 8 },
        { start: 16, end: 32 },
        { start: 0, end: 32 },
      ],
    ],
  ])("take the datagram with them, without a word: %s", (_, pieces) => {
    const pair = build();
    expect(answers(pair, pieces)).toEqual([]);
    expect(reasons(pair)).toEqual({ FRAG_OVERLAP: pieces.length });
    expect(pair.router.reassembly).toMatchObject({
      waitingCount: 0,
      okCount: 0,
      failCount: 1,
      requestCount: pieces.length,
    });
    pair.lab.run(31);
    expect(errorsAt(pair)).toEqual([]);
  });

  it("do no harm to other datagrams, nor to the same one sent again", () => {
    const pair = build();
    answers(pair, [...cut(24), { start: 16, end: 64 }]);
    expect(kinds(answers(pair, cut(24, 64)))).toEqual([REPLY]);
  });
});

describe("fragments that contradict each other, or are none", () => {
  const last = { start: 56, end: 64 };
  it.each<[string, Piece[]]>([
    ["one lies behind the end", [last, { start: 64, end: 72, bytes: counting(8), moreFragments: true }]],
    ["two ends", [last, { start: 72, end: 80, bytes: counting(8), moreFragments: false }]],
    [
      "an end before what is here",
      [
        { start: 48, end: 56 },
        { start: 8, end: 16, moreFragments: false },
      ],
    ],
    ["no payload", [{ start: 8, end: 8 }]],
    ["less than eight bytes with more to follow", [{ start: 0, end: 7 }]],
  ])("take the datagram with them: %s", (_, pieces) => {
    const pair = build();
    expect(answers(pair, pieces)).toEqual([]);
    expect(reasons(pair)).toEqual({ FRAG_INVALID: pieces.length });
    expect(pair.router.reassembly.waitingCount).toBe(0);
  });

  it("lose what is no multiple of eight bytes where more follow (RFC 791 section 3.1)", () => {
    const pieces = [
      { start: 0, end: 31 },
      { start: 24, end: 64 },
    ];
    expect(kinds(answers(build(), pieces))).toEqual([REPLY]);
  });

  it("make no datagram longer than an IPv4 packet (the ping of death)", () => {
    const pair = build({ engine: { slotCount: 512 } });
    const ends = Array.from({ length: 44 }, (_, index) => 1480 * (index + 1));
    sendToRouter(pair, ...fragments(ECHO, new Uint8Array(65_516), cut(...ends, 65_516)));
    expect(reasons(pair)).toEqual({ FRAG_INVALID: 45 });
  });
});

describe("congestion (RFC 3168 section 5.3)", () => {
  const [NOT_CAPABLE, ECT1, ECT0, CE] = [0, 1, 2, 3];
  it.each([
    [[ECT0, CE], CE],
    [[CE, ECT0], CE],
    [[ECT1, CE, ECT0], CE],
    [[CE, CE], CE],
    [[ECT0, ECT1], ECT0],
    [[ECT1, ECT0], ECT1],
    [[NOT_CAPABLE, NOT_CAPABLE], NOT_CAPABLE],
  ])("of fragments with ECN %j makes the datagram's %i", (values, expected) => {
    const ends = values.length === 2 ? [32, 64] : [24, 48, 64];
    const pieces = cut(...ends).map((piece, i) => ({ ...piece, fields: { typeOfService: 0x48 | values[i]! } }));
    expect(answers(build(), pieces).map(({ typeOfService }) => typeOfService)).toEqual([0x48 | expected]);
  });

  it.each([[[NOT_CAPABLE, CE]], [[ECT0, NOT_CAPABLE]], [[NOT_CAPABLE, ECT1]]])(
    "of fragments that contradict each other, %j, drops the datagram",
    (values) => {
      const pair = build();
      const pieces = cut(32, 64).map((piece, i) => ({ ...piece, fields: { typeOfService: values[i]! } }));
      expect(answers(pair, pieces)).toEqual([]);
      expect(reasons(pair)).toEqual({ FRAG_ECN: 2 });
    },
  );
});

describe("don't fragment", () => {
  it.each([
    [[true, false], true],
    [[false, true], false],
    [[true, true], true],
    [[false, false], false],
  ])("on fragments of 40 and 24 bytes, %j, is the datagram's too where the longest has it: %j", (flags, expected) => {
    const whole = readPacket(udpPacket({ ...TO_ROUTER, payload: counting(56) }, 5, 9)).payload;
    const pieces = cut(40, 64).map((piece, i) => ({ ...piece, fields: { dontFragment: flags[i]! } }));
    const [error] = errors(build(), ...fragments({ ...ECHO, protocol: Protocol.UDP }, whole, pieces));
    expect(readPacket(error!.content).dontFragment).toBe(expected);
  });
});

it("starts with nothing of the datagram before", () => {
  const pair = build();
  const answered = (ends: number[], values: number[], flags: boolean[]): ReadIcmp => {
    const whole = readPacket(udpPacket({ ...TO_ROUTER, payload: counting(ends[1]! - 8) }, 5, 9)).payload;
    const pieces = cut(...ends).map((piece, i) => ({
      ...piece,
      fields: { typeOfService: values[i]!, dontFragment: flags[i]! },
    }));
    return errors(pair, ...fragments({ ...ECHO, protocol: Protocol.UDP }, whole, pieces))[0]!;
  };
  expect(readPacket(answered([40, 64], [2, 3], [false, true]).content)).toMatchObject({ typeOfService: 3 });
  expect(readPacket(answered([16, 24], [0, 0], [true, false]).content)).toMatchObject({
    typeOfService: 0,
    dontFragment: true,
  });
});

describe("time (RFC 791 section 3.2, RFC 1122 section 3.3.2)", () => {
  it("is 30 s from the first fragment that came, whatever comes later, and the sender is told (RFC 792)", () => {
    const pair = build();
    expect(answers(pair, cut(24))).toEqual([]);
    pair.lab.run(29);
    expect(answers(pair, [{ start: 40, end: 64 }])).toEqual([]);
    pair.lab.run(0.999);
    expect([reasons(pair), errorsAt(pair)]).toEqual([{}, []]);
    pair.lab.run(0.001);
    expect(reasons(pair)).toEqual({ FRAG_REASM_TIMEOUT: 2 });
    const heard = errorsAt(pair);
    expect(kinds(heard)).toEqual([EXCEEDED]);
    expect(heard[0]!.content).toEqual(fragments(ECHO, echoRequest(64), cut(24))[0]);
    expect(pair.router.reassembly).toMatchObject({ timeoutCount: 1, failCount: 1, waitingCount: 0 });
  });

  it("ends with a quote of what the first fragment brought to the datagram, no more", () => {
    const pair = build();
    answers(pair, [{ start: 0, end: 31 }]);
    pair.lab.run(30);
    expect(errorsAt(pair).map(({ content }) => content.length)).toEqual([20 + 24]);
  });

  it("ends without a word where the first bytes are missing (RFC 792: fragment zero)", () => {
    const pair = build();
    answers(pair, [{ start: 24, end: 64 }]);
    pair.lab.run(31);
    expect(reasons(pair)).toEqual({ FRAG_REASM_TIMEOUT: 1 });
    expect(errorsAt(pair)).toEqual([]);
  });

  it("ends without a word for an ICMP error, and for what a group was sent (RFC 1122 section 3.2.2)", () => {
    const pair = build();
    const error = packet({ ...ECHO, payload: Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0), moreFragments: true });
    const broadcast = packet({ ...ECHO, destination: "192.0.2.255", payload: counting(8), moreFragments: true });
    sendToRouter(pair, error, broadcast);
    expect(pair.router.reassembly.waitingCount).toBe(2);
    pair.lab.run(31);
    expect(errorsAt(pair)).toEqual([]);
    expect(reasons(pair)).toEqual({ FRAG_REASM_TIMEOUT: 2 });
  });

  it("is each datagram's own", () => {
    const pair = build();
    answers(pair, cut(24));
    pair.lab.run(20);
    answers(pair, cut(24), { identification: 5 });
    pair.lab.run(10);
    expect(reasons(pair)).toEqual({ FRAG_REASM_TIMEOUT: 1 });
    expect(kinds(answers(pair, [{ start: 24, end: 64 }], { identification: 5 }))).toEqual([REPLY]);
    pair.lab.run(60);
    expect(reasons(pair)).toEqual({ FRAG_REASM_TIMEOUT: 1 });
  });
});

describe("the distance between fragments (Linux ipfrag_max_dist)", () => {
  /** First fragments of so many other datagrams. */
  const others = (count: number, fields: Partial<PacketFields> = {}): Uint8Array[] =>
    Array.from(
      { length: count },
      (_, i) => fragments({ ...ECHO, identification: i, ...fields }, echoRequest(64), cut(24))[0]!,
    );
  const [first, last] = fragments(ECHO, echoRequest(64), cut(32, 64)) as [Uint8Array, Uint8Array];

  it("may be 63 of the same sender's other fragments", () => {
    const pair = build({ engine: { slotCount: 512 } });
    expect(kinds(errors(pair, first, ...others(63), last))).toEqual([REPLY]);
    expect(reasons(pair)).toEqual({});
  });

  it("may not be more: what has come is given up, and what comes starts a datagram anew", () => {
    const pair = build({ engine: { slotCount: 512 } });
    expect(errors(pair, first, ...others(64), last)).toEqual([]);
    expect(reasons(pair)).toEqual({ FRAG_TOO_FAR: 1 });
    expect(kinds(errors(pair, first))).toEqual([REPLY]);
  });

  it("counts fragments of this sender alone", () => {
    const pair = build({ engine: { slotCount: 512 } });
    expect(kinds(errors(pair, first, ...others(100, { source: "192.0.2.3" }), last))).toEqual([REPLY]);
    expect(pair.router.reassembly.failCount).toBe(0);
  });

  it("gives a datagram that starts anew its 30 s anew", () => {
    const pair = build({ engine: { slotCount: 512 } });
    sendToRouter(pair, first, ...others(64));
    pair.lab.run(20);
    sendToRouter(pair, last);
    pair.lab.run(20);
    expect(kinds(errors(pair, first))).toEqual([REPLY]);
  });
});

describe("memory", () => {
  const many = (count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, i) => fragments({ ...ECHO, identification: i }, echoRequest(64), cut(24))[0]!);

  it("for fragments that wait is half of the pool: more are dropped, until others have gone", () => {
    const pair = build({ engine: { slotCount: 64 } });
    sendToRouter(pair, ...many(40));
    expect(reasons(pair)).toEqual({ FRAG_NOMEM: 8 });
    expect([pair.router.reassembly.waitingCount, pair.lab.engine.pool.slotsInUse]).toEqual([32, 32]);
    pair.lab.run(31);
    expect(pair.router.reassembly.waitingCount).toBe(0);
    expect(kinds(answers(pair, cut(24, 64)))).toEqual([REPLY]);
  });

  it("is 4 MiB in a namespace, and a fragment more (Linux ipfrag_high_thresh)", () => {
    const pair = build({ engine: { slotCount: 512, frameCapacity: 32_000 } });
    const limit = Math.floor((4 * 1024 * 1024) / pair.lab.engine.pool.stride) + 1;
    expect(limit).toBeLessThan(256);
    sendToRouter(pair, ...many(limit));
    expect([reasons(pair), pair.router.reassembly.waitingCount]).toEqual([{}, limit]);
    sendToRouter(pair, ...many(limit + 20).slice(limit));
    expect(reasons(pair)).toEqual({ FRAG_NOMEM: 20 });
  });

  it("is given back by datagrams that are whole", () => {
    const pair = build({ engine: { slotCount: 64 } });
    for (let i = 0; i < 40; i++) expect(kinds(answers(pair, cut(24, 64)))).toEqual([REPLY]);
  });

  it("that is lacking when the last fragment comes costs the datagram", () => {
    const pair = build({ engine: { slotCount: 64, largeSlotCount: 1 } });
    const { pool } = pair.lab.engine;
    const ends = [1480, 2000];
    const request = echoRequest(2000);
    sendToRouter(pair, fragments(ECHO, request, cut(...ends))[0]!);
    const taken = pool.allocate(60_000);
    sendToRouter(pair, fragments(ECHO, request, cut(...ends))[1]!);
    expect(reasons(pair)).toEqual({ NOMEM: 2 });
    pool.release(taken);
    sendToRouter(pair, ...fragments(ECHO, request, cut(...ends)));
    expect(pair.router.reassembly).toMatchObject({ okCount: 1, failCount: 1 });
  });
});
