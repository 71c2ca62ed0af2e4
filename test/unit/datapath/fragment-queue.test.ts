import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FragmentQueue, Insertion } from "../../../src/datapath/fragment-queue.ts";

const { TAKEN, DUPLICATE, OVERLAP } = Insertion;

/** What becomes of fragments from and up to these positions, one after the other. */
function inserted(...fragments: readonly [start: number, end: number][]): Insertion[] {
  const queue = new FragmentQueue();
  return fragments.map(([start, end]) => queue.insert(start, end));
}

describe("insert", () => {
  it("takes what is new, in any order", () => {
    expect(inserted([0, 8], [8, 16], [32, 40], [24, 32], [16, 24])).toEqual([TAKEN, TAKEN, TAKEN, TAKEN, TAKEN]);
  });

  it("knows a duplicate within what came in order, and not across what did not", () => {
    expect(inserted([0, 8], [8, 16], [0, 16], [4, 12])).toEqual([TAKEN, TAKEN, DUPLICATE, DUPLICATE]);
    expect(inserted([8, 16], [0, 8], [0, 8], [8, 16], [0, 16])).toEqual([TAKEN, TAKEN, DUPLICATE, DUPLICATE, OVERLAP]);
  });

  it("finds every overlap", () => {
    expect(inserted([8, 16], [0, 9])).toEqual([TAKEN, OVERLAP]);
    expect(inserted([8, 16], [15, 24])).toEqual([TAKEN, OVERLAP]);
    expect(inserted([8, 16], [0, 24])).toEqual([TAKEN, OVERLAP]);
    expect(inserted([0, 8], [16, 24], [7, 9])).toEqual([TAKEN, TAKEN, OVERLAP]);
    expect(inserted([0, 8], [16, 24], [15, 17])).toEqual([TAKEN, TAKEN, OVERLAP]);
  });

  it("says of any bytes whether all, some or none are there", () => {
    const piece = fc
      .tuple(fc.nat(60), fc.integer({ min: 1, max: 12 }))
      .map(([start, length]) => [start, start + length]);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const queue = new FragmentQueue();
        const present = new Set<number>();
        for (const [start, end] of pieces as [number, number][]) {
          const bytes = Array.from({ length: end - start }, (_, index) => start + index);
          const known = bytes.filter((byte) => present.has(byte)).length;
          const insertion = queue.insert(start, end);
          if (known === 0) expect(insertion).toBe(TAKEN);
          else if (known < bytes.length) expect(insertion).toBe(OVERLAP);
          else expect(insertion).not.toBe(TAKEN);
          if (insertion === TAKEN) for (const byte of bytes) present.add(byte);
        }
      }),
    );
  });
});

describe("noteEnd", () => {
  it("believes one end, behind which nothing is and before which everything ends", () => {
    const queue = new FragmentQueue();
    expect([queue.noteEnd(16, false), queue.noteEnd(8, false), queue.payloadLength]).toEqual([true, true, 16]);
    expect([queue.noteEnd(8, true), queue.isEndKnown]).toEqual([false, false]);
    expect([queue.noteEnd(20, true), queue.isEndKnown, queue.payloadLength]).toEqual([true, true, 20]);
    expect([queue.noteEnd(20, true), queue.noteEnd(24, true), queue.noteEnd(24, false)]).toEqual([true, false, false]);
  });
});

it("is empty again once it is cleared", () => {
  const queue = new FragmentQueue();
  queue.insert(0, 8);
  queue.noteEnd(8, true);
  queue.clear();
  expect([queue.insert(0, 16), queue.payloadLength, queue.isEndKnown, queue.isComplete]).toEqual([
    TAKEN,
    0,
    false,
    false,
  ]);
});
