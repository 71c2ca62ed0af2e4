/** Datagrams cut anywhere, their fragments in any order and some of them twice, are what they were; overlaps are nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DropReason, EtherType, Protocol } from "../../src/wire/index.ts";
import { fragments, type Piece } from "../conformance/fragments.ts";
import { frame, readPacket, udpPacket } from "../conformance/frames.ts";
import { createHostPair, dropsBy } from "../unit/datapath/host-pair.ts";
import { expectBalance, expectRest } from "./books.ts";

const FIELDS = { source: "10.0.0.1", destination: "10.0.0.2", protocol: Protocol.UDP };
const PORT = 9;
const HEADER_LENGTH = 8;
/** A fragment holds no more: its frame fits into a slot that is not large. */
const LONGEST_PIECE = 1_480;

interface Datagram {
  /** Of the UDP datagram, header included. */
  readonly payload: Uint8Array;
  readonly pieces: readonly Piece[];
}

/** A datagram of up to `longest` bytes in up to `count` pieces or so. */
function datagram(longest: number, count: number): fc.Arbitrary<Datagram> {
  return fc
    .tuple(
      fc.integer({ min: 0, max: longest - HEADER_LENGTH }),
      fc.nat(255),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 9 }),
    )
    .map(([length, first, steps]) => {
      const content = Uint8Array.from({ length }, (_, index) => (first + index * 7 + (index >> 8)) & 0xff);
      const { payload } = readPacket(udpPacket({ ...FIELDS, payload: content }, 5, PORT));
      const step = 8 * Math.ceil(payload.length / count / 8);
      const pieces: Piece[] = [];
      for (let start = 0; start < payload.length;) {
        const length = Math.min(step * steps[pieces.length % steps.length]!, LONGEST_PIECE);
        const end = Math.min(start + length, payload.length);
        pieces.push({ start, end });
        start = end;
      }
      return { payload, pieces };
    });
}

/** The list in any order. */
function shuffled<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  return fc
    .shuffledSubarray([...list.keys()], { minLength: list.length })
    .map((order) => order.map((index) => list[index]!));
}

/** Sends fragments to a host, and returns what its socket received and what it dropped until all is at rest. */
function receive(packets: readonly Uint8Array[], slotCount = 256): { received: Uint8Array[]; drops: object } {
  const { engine, b, aEnd, bEnd } = createHostPair({ slotCount });
  const received: Uint8Array[] = [];
  b.openUdp({ port: PORT, onMessage: ({ payload }) => received.push(payload.slice()) });
  for (const bytes of packets) {
    aEnd.transmit(frame(bEnd.mac, aEnd.mac, EtherType.IPV4, bytes));
    engine.run(engine.now + 1_000);
  }
  expectBalance(engine);
  engine.run();
  expectRest(engine);
  expect(b.namespace.reassembly.waitingCount).toBe(0);
  return { received, drops: dropsBy(bEnd) };
}

function contentOf({ payload }: Datagram): Uint8Array {
  return payload.subarray(HEADER_LENGTH);
}

describe("fragments", () => {
  it("in any order, some of them again before the last comes, are the datagram", () => {
    const plan = datagram(3_000, 24).chain((whole) =>
      fc.tuple(fc.constant(whole), shuffled(whole.pieces), fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 8 })),
    );
    fc.assert(
      fc.property(plan, ([whole, order, repeats]) => {
        const pieces = [...order];
        // A piece that has come before, anywhere behind it but not behind the last.
        const twice = pieces.length > 1 ? repeats : [];
        for (const [which, where] of twice) {
          const at = 1 + (where % (pieces.length - 1));
          pieces.splice(at, 0, pieces[which % at]!);
        }
        const isWhole = whole.pieces.length === 1;
        const { received, drops } = receive(fragments({ ...FIELDS, identification: 1 }, whole.payload, pieces));
        expect(received).toEqual([contentOf(whole)]);
        expect(drops).toEqual(isWhole || twice.length === 0 ? {} : { [DropReason.DUP_FRAG]: twice.length });
      }),
      { numRuns: 80 },
    );
  });

  it("of several datagrams, mixed, are each its own", () => {
    const plan = fc.array(datagram(2_000, 12), { minLength: 2, maxLength: 4 }).chain((wholes) => {
      const all = wholes.flatMap((whole, identification) =>
        fragments({ ...FIELDS, identification }, whole.payload, whole.pieces),
      );
      return fc.tuple(fc.constant(wholes), shuffled(all));
    });
    fc.assert(
      fc.property(plan, ([wholes, packets]) => {
        fc.pre(packets.length < 60); // or they lie too far from each other
        const { received, drops } = receive(packets);
        const texts = (list: Uint8Array[]): string[] => list.map((bytes) => Buffer.from(bytes).toString("hex")).sort();
        expect(texts(received)).toEqual(texts(wholes.map(contentOf)));
        expect(drops).toEqual({});
      }),
      { numRuns: 40 },
    );
  });

  it("of the longest datagrams are put together as well", () => {
    fc.assert(
      fc.property(
        datagram(65_515, 60).chain((whole) => fc.tuple(fc.constant(whole), shuffled(whole.pieces))),
        ([whole, order]) => {
          const packets = fragments({ ...FIELDS, identification: 1 }, whole.payload, order);
          expect(receive(packets, 512).received.map((bytes) => Buffer.compare(bytes, contentOf(whole)))).toEqual([0]);
        },
      ),
      { numRuns: 10 },
    );
  });

  it("that overlap are nothing, wherever among the others the one comes that makes them", () => {
    const overlapping = datagram(1_500, 16)
      .filter(({ pieces }) => pieces.length > 1)
      .chain((whole) =>
        fc.record({
          whole: fc.constant(whole),
          order: shuffled(whole.pieces),
          start: fc.nat(whole.payload.length >> 3).map((eights) => 8 * eights),
          length: fc.integer({ min: 1, max: 30 }).map((eights) => 8 * eights),
          where: fc.nat(whole.pieces.length - 1),
        }),
      );
    fc.assert(
      fc.property(overlapping, ({ whole, order, start, length, where: at }) => {
        const end = Math.min(start + length, whole.payload.length & ~7);
        const extra: Piece = { start, end, moreFragments: true };
        const isTouched = (piece: Piece): boolean => piece.start < end && piece.end > start;
        const isPart = (a: Piece, b: Piece): boolean => a.start >= b.start && a.end <= b.end;
        const isOverlap = (piece: Piece): boolean => isTouched(piece) && !isPart(piece, extra) && !isPart(extra, piece);
        fc.pre(end > start && order.some(isOverlap));
        fc.pre(order.slice(at).some(isTouched)); // or it brings nothing new
        const pieces = [...order.slice(0, at), extra, ...order.slice(at)];
        const { received, drops } = receive(fragments({ ...FIELDS, identification: 1 }, whole.payload, pieces));
        expect(received).toEqual([]);
        expect(drops).toHaveProperty(String(DropReason.FRAG_OVERLAP));
      }),
      { numRuns: 80 },
    );
  });
});
