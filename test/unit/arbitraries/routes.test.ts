import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RouteSet, routes, routeUpdates } from "../../../src/arbitraries/index.ts";
import { parseIpv4, parsePrefix, prefixContains } from "../../../src/wire/index.ts";
import { smallest } from "./shrinking.ts";

function entry(text: string, value: number): { address: number; length: number; value: number } {
  return { ...parsePrefix(text), value };
}

describe("RouteSet", () => {
  const set = new RouteSet([
    entry("10.0.0.0/8", 1),
    entry("0.0.0.0/0", 2),
    entry("10.244.1.0/24", 3),
    entry("10.244.1.7/32", 4),
  ]);

  it("finds the longest prefix", () => {
    const found = ["10.1.1.1", "11.0.0.0", "10.244.1.6", "10.244.1.7"].map((text) => set.lookup(parseIpv4(text)));
    expect(found).toEqual([1, 2, 3, 4]);
    expect(new RouteSet([]).lookup(1)).toBe(0);
  });

  it("knows the edges of its prefixes", () => {
    expect(new RouteSet([entry("10.0.0.0/8", 1)]).edges()).toEqual(
      ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"].map(parseIpv4),
    );
    expect(new RouteSet([entry("0.0.0.0/0", 1)]).edges()).toEqual([0xffff_ffff, 0, 0xffff_ffff, 0]);
  });

  it("prints its routes", () => {
    expect(String(set)).toBe("10.0.0.0/8 -> 1, 0.0.0.0/0 -> 2, 10.244.1.0/24 -> 3, 10.244.1.7/32 -> 4");
    expect(String(new RouteSet([]))).toBe("no routes");
  });
});

describe("routes", () => {
  it("have no prefix twice, no host bits, and mostly lie in others", () => {
    const sets = fc.sample(routes({ minLength: 20 }), { numRuns: 50, seed: 1 });
    for (const { entries } of sets) {
      expect(new Set(entries.map(({ address, length }) => `${address}/${length}`)).size).toBe(entries.length);
      for (const own of entries) expect(prefixContains(own, own.address)).toBe(true);
    }
    const nested = sets.flatMap(({ entries }) =>
      entries.filter((own) => entries.some((other) => other.length < own.length && prefixContains(other, own.address))),
    );
    const count = sets.reduce((sum, { entries }) => sum + entries.length, 0);
    expect(nested.length / count).toBeGreaterThan(0.5);
  });

  it("lead where they are told, and are as many", () => {
    for (const { entries } of fc.sample(routes({ value: 7, minLength: 3, maxLength: 3 }), 10))
      expect(entries.map(({ value }) => value)).toEqual([7, 7, 7]);
  });

  it("shrink to the route at fault", () => {
    const found = smallest(routes(), ({ entries }) => entries.every(({ length }) => length < 20));
    expect(found).toMatch(/^\d+\.0\.0\.0\/20 -> \d+$/);
  });
});

describe("routeUpdates", () => {
  it("replace and withdraw what was added, and withdraw what is not there", () => {
    let [replaced, withdrawn] = [0, 0];
    fc.assert(
      fc.property(routeUpdates(), (updates) => {
        const present = new Set<string>();
        for (const { address, length, value } of updates) {
          const prefix = `${address}/${length}`;
          if (value > 0 && present.has(prefix)) replaced++;
          if (value === 0 && present.delete(prefix)) withdrawn++;
          if (value > 0) present.add(prefix);
        }
      }),
    );
    expect(replaced).toBeGreaterThan(100);
    expect(withdrawn).toBeGreaterThan(100);
  });
});
