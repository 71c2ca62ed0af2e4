import fc from "fast-check";
import { expect, it } from "vitest";
import { PolicyRanges } from "../../../src/kubernetes/policy-ranges.ts";
import { type Ipv4Prefix, prefixContains, prefixMask } from "../../../src/wire/index.ts";

const RUN_COUNT = 300;

/** Addresses of which many lie in one range. */
const address = fc.oneof(
  fc.nat(31).map((low) => (0x0a000000 + low) >>> 0),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

const prefix: fc.Arbitrary<Ipv4Prefix> = fc
  .tuple(address, fc.constantFrom(0, 1, 8, 24, 27, 28, 29, 30, 31, 32))
  .map(([start, length]) => ({ address: (start & prefixMask(length)) >>> 0, length }));

const ranges = fc.record({ cidr: prefix, except: fc.array(prefix, { maxLength: 3 }) });

it("has an address in the sets whose range holds it and none of whose exceptions does", () => {
  fc.assert(
    fc.property(fc.array(ranges, { maxLength: 6 }), fc.array(address, { maxLength: 8 }), (list, others) => {
      const sets = list.map((set, number) => ({ ...set, number }));
      const found = new PolicyRanges(sets);
      const asked = [...others, ...list.flatMap(({ cidr, except }) => [cidr, ...except].map((one) => one.address))];
      for (const one of asked) {
        const holds = (range: Ipv4Prefix): boolean => prefixContains(range, one);
        const expected = sets.filter(({ cidr, except }) => holds(cidr) && !except.some(holds));
        expect(found.setsAt(found.placeOf(one)).sort()).toEqual(expected.map(({ number }) => number));
      }
    }),
    { numRuns: RUN_COUNT },
  );
});

it("takes exceptions side by side for one place", () => {
  const cidr = { address: 0x0a000000, length: 8 };
  const except = Array.from({ length: 256 }, (_, index) => ({ address: cidr.address + 512 * index, length: 24 }));
  const found = new PolicyRanges([{ cidr, except, number: 0 }]);
  expect(new Set(found.prefixes.map(({ place }) => place)).size).toBe(2);
});
