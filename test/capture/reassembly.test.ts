/**
 * The kernel as the judge of reassembly: the same fragments go to a host here and to a network namespace of the
 * kernel's, in scenarios by name and a few hundred drawn at random, and both answer the same, count the same and, when
 * the time is over, send the same errors.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { IcmpRateLimit } from "../../src/datapath/icmp-rate-limit.ts";
import { IcmpType, Protocol } from "../../src/wire/index.ts";
import { cut, echoRequest, fragments, type Piece } from "../conformance/fragments.ts";
import { counting, icmp, type PacketFields, readPacket, udpPacket } from "../conformance/frames.ts";
import { describeWith } from "../tools/requirements.ts";
import { askKernel, askPodwire, FIELDS, kernel, type Outcome, type Scenario } from "./kernel-lab.ts";

/** Seconds that the kernel is told to wait for fragments, in place of 30, and how long scenarios may take together. */
const LIFETIME = 3;

let lastIdentification = 0;

/** A scenario of one datagram with an identification of its own. */
function datagram(pieces: readonly Piece[], payload = echoRequest(64), fields: Partial<PacketFields> = {}): Scenario {
  return fragments({ ...FIELDS, identification: ++lastIdentification, ...fields }, payload, pieces);
}

const withService = (...values: number[]): Piece[] =>
  cut(24, 48, 64).map((piece, i) => ({ ...piece, fields: { typeOfService: values[i]! } }));

const udp = readPacket(udpPacket({ ...FIELDS, payload: counting(56) }, 5, 9)).payload;
const long = echoRequest(5_008);
const withFlags = (...flags: boolean[]): Piece[] =>
  cut(40, 64).map((piece, i) => ({ ...piece, fields: { dontFragment: flags[i]! } }));

function named(): Record<string, Scenario> {
  const far = datagram(cut(32, 64));
  const others = Array.from({ length: 64 }, () => datagram(cut(24))[0]!);
  const near = datagram(cut(32, 64));
  return {
    "in order": datagram(cut(24, 48, 64)),
    "in reverse": datagram(cut(24, 48, 64).reverse()),
    "in fragments itself": datagram(cut(1480, 2960, 4440, 5008), long),
    "a duplicate": datagram([...cut(24, 48), ...cut(24), { start: 48, end: 64 }]),
    "a duplicate of two in order": datagram([...cut(24, 48), { start: 0, end: 48 }, { start: 48, end: 64 }]),
    "a duplicate of two out of order": datagram([
      ...cut(24, 48).reverse(),
      { start: 0, end: 48 },
      { start: 48, end: 64 },
    ]),
    "a duplicate with other bytes": datagram([
      ...cut(24),
      { start: 0, end: 24, bytes: new Uint8Array(24) },
      { start: 24, end: 64 },
    ]),
    "an overlap behind": datagram([...cut(24), { start: 16, end: 64 }, { start: 24, end: 64 }]),
    "an overlap before": datagram([
      { start: 24, end: 64 },
      { start: 0, end: 32 },
      { start: 0, end: 24 },
    ]),
    "an overlap all around": datagram([
      { start: 8, end: 16 },
      { start: 0, end: 24 },
      { start: 24, end: 64 },
    ]),
    "one behind the end": datagram([
      { start: 24, end: 64 },
      { start: 64, end: 72, bytes: counting(8), moreFragments: true },
      ...cut(24),
    ]),
    "two ends": datagram([{ start: 24, end: 56, moreFragments: false }, { start: 24, end: 64 }, ...cut(24)]),
    "an end too early": datagram([{ start: 48, end: 56 }, { start: 24, end: 48, moreFragments: false }, ...cut(24)]),
    "no payload": datagram([...cut(24), { start: 24, end: 24 }, { start: 24, end: 64 }]),
    "seven bytes": datagram([
      { start: 0, end: 7 },
      { start: 24, end: 64 },
    ]),
    "31 bytes for 24": datagram([
      { start: 0, end: 31 },
      { start: 24, end: 64 },
    ]),
    "the end as a duplicate": datagram([
      ...cut(24, 64).map((piece) => ({ ...piece, moreFragments: true })),
      { start: 24, end: 64 },
    ]),
    "the first in vain": datagram(cut(24)),
    "the last in vain": datagram([{ start: 24, end: 64 }]),
    "an ICMP error in vain": datagram(cut(8), icmp(IcmpType.DESTINATION_UNREACHABLE, 1, 0, counting(24))),
    "to a port without a socket": datagram(cut(40, 64), udp, { protocol: Protocol.UDP }),
    ...Object.fromEntries(
      [
        [true, false],
        [false, true],
        [true, true],
      ].map((flags) => [`don't fragment ${flags}`, datagram(withFlags(...flags), udp, { protocol: Protocol.UDP })]),
    ),
    "to a protocol that nobody speaks": datagram(cut(24, 48), counting(48), { protocol: 253 }),
    "with options": datagram(
      [
        { start: 0, end: 24, fields: { options: Uint8Array.of(1, 1, 1, 1) } },
        { start: 24, end: 64, fields: { options: Uint8Array.of(1, 0, 0, 0) } },
      ],
      udp,
      { protocol: Protocol.UDP },
    ),
    "with options in the second alone": datagram(
      [...cut(24), { start: 24, end: 64, fields: { options: Uint8Array.of(1, 1, 1, 0) } }],
      udp,
      { protocol: Protocol.UDP },
    ),
    "64 others between": [far[0]!, ...others, far[1]!],
    "63 others between": [near[0]!, ...others.slice(1), near[1]!],
    ...Object.fromEntries(
      [
        [2, 3, 2],
        [1, 3, 2],
        [3, 3, 3],
        [2, 1, 2],
        [1, 2, 1],
        [0, 3, 0],
        [0, 2, 0],
        [2, 2, 0],
        [0, 0, 0],
      ].map((values) => [`ECN ${values}`, datagram(withService(...values))]),
    ),
  };
}

/** Pieces of an echo request of 64 bytes that fit together or not. */
const randomPieces = fc.array(
  fc
    .record({ from: fc.nat(8), length: fc.integer({ min: 0, max: 4 }), isLast: fc.boolean(), odd: fc.nat(40) })
    .map(({ from, length, isLast, odd }) => {
      const end = Math.min(8 * (from + length) + (odd === 40 ? 3 : 0), 64);
      const start = Math.min(8 * from, end);
      return { start, end, moreFragments: end < 64 || !isLast ? odd !== 39 : false };
    }),
  { minLength: 2, maxLength: 9 },
);

/** A request in four pieces, in any order, with one more among them at most. */
const nearlyWhole = fc
  .record({
    order: fc.shuffledSubarray(cut(16, 24, 48, 64), { minLength: 4 }),
    extra: fc.oneof(
      fc.constant([]),
      fc.constantFrom(...cut(16, 24, 48, 64)).map((piece) => [piece]),
      randomPieces,
    ),
    where: fc.nat(4),
  })
  .map(({ order, extra, where }) => [...order.slice(0, where), ...extra.slice(0, 1), ...order.slice(where)]);

function random(count: number): Record<string, Scenario> {
  const lists: readonly Piece[][] = fc.sample(fc.oneof(randomPieces, nearlyWhole), {
    seed: 20_260_101,
    numRuns: count,
  });
  return Object.fromEntries(
    lists.map((pieces, index) => [
      `${index}: ${pieces.map(({ start, end, moreFragments = end < 64 }) => `${start}-${end}${moreFragments ? "+" : ""}`).join(" ")}`,
      datagram(pieces),
    ]),
  );
}

describeWith(kernel(), "the kernel", () => {
  const scenarios = { ...named(), ...random(300) };
  let there: Outcome[];
  let here: Outcome[];
  beforeAll(() => {
    vi.spyOn(IcmpRateLimit.prototype, "allows").mockReturnValue(true);
    there = askKernel(Object.values(scenarios), LIFETIME, LIFETIME + 0.7);
    here = askPodwire(Object.values(scenarios));
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  it("has taken, refused and given up enough to be asked", () => {
    const [requests, successes, failures, timeouts] = there.at(-1)!.counts as [number, number, number, number];
    expect([requests > 1_000, successes > 100, failures > 100, timeouts > 80]).toEqual([true, true, true, true]);
  });

  it("answers each scenario as a host here does, and counts the same", () => {
    const shown = (outcomes: readonly Outcome[]): unknown[] =>
      Object.keys(scenarios).map((name, index) => ({ name, ...outcomes[index]! }));
    expect(shown(here)).toEqual(shown(there));
  });

  it("gives up as many datagrams for their age, and tells their senders the same", () => {
    expect(here.at(-1)!.counts).toEqual(there.at(-1)!.counts);
    expect(here.at(-1)!.answers.toSorted()).toEqual(there.at(-1)!.answers.toSorted());
  });
});
