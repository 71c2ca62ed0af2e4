import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nestingAddress, routes, routeUpdates } from "../../src/arbitraries/index.ts";
import { type PrefixEntry, RouteTable } from "../../src/table/index.ts";

/** An update of a table: a value of 0 withdraws the prefix. */
type Update = PrefixEntry;

const anyAddress = nestingAddress();
const updates = routeUpdates();
const randomAddresses = fc.array(anyAddress, { maxLength: 20 });

function networkOf(address: number, length: number): number {
  return length === 0 ? 0 : ((address >>> (32 - length)) << (32 - length)) >>> 0;
}

/** Routes in one map for each prefix length. */
class RouteModel {
  readonly #byLength = Array.from({ length: 33 }, () => new Map<number, number>());

  get count(): number {
    return this.#byLength.reduce((sum, routes) => sum + routes.size, 0);
  }

  get({ address, length }: Update): number {
    return this.#byLength[length]!.get(address) ?? 0;
  }

  apply({ address, length, value: newValue }: Update): void {
    if (newValue === 0) this.#byLength[length]!.delete(address);
    else this.#byLength[length]!.set(address, newValue);
  }

  lookup(address: number): number {
    const lengths = Array.from({ length: 33 }, (_, index) => 32 - index);
    const longest = lengths.find((length) => this.#byLength[length]!.has(networkOf(address, length)));
    return longest === undefined ? 0 : this.#byLength[longest]!.get(networkOf(address, longest))!;
  }

  /** By address, then by length. */
  entries(): PrefixEntry[] {
    const entries = this.#byLength.flatMap((routes, length) =>
      [...routes].map(([address, routeValue]) => ({ address, length, value: routeValue })),
    );
    return entries.sort((a, b) => a.address - b.address || a.length - b.length);
  }
}

/** The longest prefix by looking at all: of those that contain an address, the last in order is the longest. */
function scan(entries: readonly PrefixEntry[], address: number): number {
  return entries.findLast((entry) => networkOf(address, entry.length) === entry.address)?.value ?? 0;
}

function apply(table: RouteTable, { address, length, value: newValue }: Update): void {
  if (newValue === 0) table.delete(address, length);
  else table.set(address, length, newValue);
}

/** What `lookup` answers for each address, and `lookupMany` for all at once. */
function answersOf(table: RouteTable, asked: readonly number[]): { one: number[]; many: number[] } {
  const values = new Int32Array(asked.length);
  table.lookupMany(Int32Array.from(asked), values, asked.length);
  return { one: asked.map((address) => table.lookup(address)), many: [...values] };
}

function bothAre(answers: number[]): { one: number[]; many: number[] } {
  return { one: answers, many: answers };
}

/** The first and last address of every prefix, and those just outside. */
function edgesOf(prefixes: readonly Update[]): number[] {
  return prefixes.flatMap(({ address, length }) => {
    const end = address + 2 ** (32 - length);
    return [address - 1, address, end - 1, end].map((edge) => edge >>> 0);
  });
}

describe("RouteTable", () => {
  it("equals a linear scan over its prefixes", () => {
    fc.assert(
      fc.property(updates, randomAddresses, (changes, random) => {
        const table = new RouteTable();
        const model = new RouteModel();
        for (const change of changes) {
          apply(table, change);
          model.apply(change);
        }
        const entries = model.entries();
        expect([...table.entries()]).toEqual(entries);
        expect(table.count).toBe(entries.length);
        const asked = [...edgesOf(changes), ...random];
        expect(answersOf(table, asked)).toEqual(bothAre(asked.map((address) => scan(entries, address))));
      }),
      { numRuns: 250 },
    );
  });

  it("is right after each update, also about what it withdrew", () => {
    fc.assert(
      fc.property(updates, randomAddresses, (changes, random) => {
        const table = new RouteTable();
        const model = new RouteModel();
        for (const change of changes) {
          const before = model.get(change);
          expect(table.get(change.address, change.length)).toBe(before);
          if (change.value === 0) expect(table.delete(change.address, change.length)).toBe(before !== 0);
          else table.set(change.address, change.length, change.value);
          model.apply(change);
          expect(table.get(change.address, change.length)).toBe(change.value);
          expect(table.count).toBe(model.count);
          const asked = [...edgesOf([change]), ...random];
          expect(answersOf(table, asked)).toEqual(bothAre(asked.map((address) => model.lookup(address))));
        }
      }),
    );
  });

  it("equals its model as it becomes large, and when it is", () => {
    // The 65,536 /24s of 64.0.0.0/8 less a few, so that the updates carry the table over the threshold.
    const background = Array.from({ length: 65_536 - 10 }, (_, index) => ({
      address: 0x4000_0000 + index * 0x100,
      length: 24,
      value: 7,
    }));
    const enough = Array.from({ length: 40 }, (_, index) => ({ address: 0x0af4_0100 + index, length: 32, value: 9 }));
    // 4,096 updates complete the direct table of a large one: some tables are asked before, some after.
    const pause = fc
      .constantFrom(0, 5, 2000, 4096)
      .map((length) => Array.from({ length }, () => ({ address: 0x4000_0000, length: 24, value: 7 })));
    fc.assert(
      fc.property(updates, updates, pause, pause, randomAddresses, (first, later, pause1, pause2, random) => {
        const table = new RouteTable();
        const model = new RouteModel();
        for (const change of [...background, ...first, ...enough, ...pause1, ...later, ...pause2]) {
          apply(table, change);
          model.apply(change);
        }
        expect(table.bytes).toBeGreaterThan(2 ** 24);
        expect(table.count).toBe(model.count);
        const asked = [...edgesOf([...first, ...enough, ...later]), ...random];
        expect(answersOf(table, asked)).toEqual(bothAre(asked.map((address) => model.lookup(address))));
      }),
      { numRuns: 10 },
    );
  });

  it("answers as a set of routes does", () => {
    fc.assert(
      fc.property(routes(), randomAddresses, (set, random) => {
        const table = new RouteTable();
        for (const { address, length, value } of set.entries) table.set(address, length, value);
        expect(table.count).toBe(set.entries.length);
        const asked = [...set.edges(), ...random];
        expect(answersOf(table, asked)).toEqual(bothAre(asked.map((address) => set.lookup(address))));
      }),
    );
  });
});
