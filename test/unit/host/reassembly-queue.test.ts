import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReassemblyQueue } from "../../../src/host/reassembly-queue.ts";

describe("the reassembly queue", () => {
  it("gives back every byte once and in order, whatever comes when, over the end of the numbers too", () => {
    const piece = fc.record({ at: fc.nat(60), length: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 30 }), fc.nat(100), (pieces, before) => {
        const base = (2 ** 32 - before) >>> 0;
        const queue = new ReassemblyQueue();
        const known = new Set<number>();
        for (const { at, length } of pieces) {
          queue.add(
            (base + at) >>> 0,
            Uint8Array.from({ length }, (_, i) => at + i),
          );
          for (let i = 0; i < length; i++) known.add(at + i);
          expect(queue.length).toBe(known.size);
        }
        const first = Math.min(...known);
        let end = first;
        while (known.has(end)) end++;
        const taken = queue.take((base + first) >>> 0).flatMap((bytes) => [...bytes]);
        expect(taken).toEqual(Array.from({ length: end - first }, (_, i) => first + i));
        expect([queue.length, queue.isEmpty]).toEqual([known.size - taken.length, known.size === taken.length]);
      }),
    );
  });

  it("keeps the byte that came first", () => {
    const queue = new ReassemblyQueue();
    queue.add(10, Uint8Array.of(1, 1));
    queue.add(8, Uint8Array.of(2, 2, 2, 2, 2, 2));
    expect(queue.take(8).flatMap((bytes) => [...bytes])).toEqual([2, 2, 1, 1, 2, 2]);
  });

  it("cuts off what is known already", () => {
    const queue = new ReassemblyQueue();
    queue.add(10, Uint8Array.of(1, 2, 3));
    queue.add(20, Uint8Array.of(9));
    expect(queue.take(12)).toEqual([Uint8Array.of(3)]);
    expect([queue.take(30), queue.isEmpty]).toEqual([[], true]);
  });

  it("holds 1024 pieces at most", () => {
    const queue = new ReassemblyQueue();
    for (let i = 0; i < 1024; i++) expect(queue.add(2 * i, Uint8Array.of(0))).toBe(true);
    expect(queue.add(5000, Uint8Array.of(0))).toBe(false);
    expect(queue.length).toBe(1024);
    queue.clear();
    expect(queue.add(5000, Uint8Array.of(0))).toBe(true);
  });
});
