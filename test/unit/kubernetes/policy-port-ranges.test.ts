import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PortRanges } from "../../../src/kubernetes/policy-port-ranges.ts";

const LAST = 40;
const paint = fc.record({ from: fc.nat(LAST), count: fc.nat(12), value: fc.integer({ min: 1, max: 4 }) });

describe("ranges of ports", () => {
  it("have the value that each port was given first", () => {
    fc.assert(
      fc.property(fc.array(paint, { maxLength: 12 }), fc.array(paint, { maxLength: 6 }), (first, second) => {
        const ranges = new PortRanges(LAST);
        const expected = new Array<number>(LAST + 1).fill(0);
        const apply = (paints: typeof first): void => {
          for (const { from, count, value } of paints) {
            const to = Math.min(LAST, from + count);
            ranges.paint(from, to, value);
            for (let port = from; port <= to; port++) expected[port] ||= value;
          }
        };
        apply(first);
        ranges.clear(2);
        expected.forEach((value, port) => value === 2 && (expected[port] = 0));
        apply(second);
        ranges.paint(0, LAST, 9);
        const list = ranges.list();
        const found = expected.map((_, port) => list.findLast((range) => range.first <= port)!.value);
        expect(found).toEqual(expected.map((value) => (value === 0 ? 9 : value)));
        expect(list.every(({ value }, i) => i === 0 || list[i - 1]!.value !== value)).toBe(true);
      }),
    );
  });

  it("are whole when all were given at once, and no more when some are taken away", () => {
    const ranges = new PortRanges(LAST);
    ranges.paint(3, LAST, 1);
    expect(ranges.isWhole).toBe(false);
    ranges.paint(0, LAST, 7);
    expect([ranges.isWhole, ranges.list()]).toEqual([
      true,
      [
        { first: 0, last: 2, value: 7 },
        { first: 3, last: LAST, value: 1 },
      ],
    ]);
    ranges.clear(7);
    expect(ranges.isWhole).toBe(false);
    ranges.paint(1, 1, 2);
    ranges.paint(0, LAST, 1);
    expect(ranges.list().map(({ first, value }) => [first, value])).toEqual([
      [0, 1],
      [1, 2],
      [2, 1],
    ]);
  });
});
