import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashPair } from "../../src/bytes/hash.ts";
import { MacTable } from "../../src/table/index.ts";

interface Key {
  readonly high: number;
  readonly low: number;
}

interface Entry extends Key {
  readonly value: number;
  readonly flags: number;
  readonly updated: number;
}

type Operation =
  | { readonly kind: "insert" | "update"; readonly entry: Entry }
  | { readonly kind: "remove"; readonly key: Key }
  | { readonly kind: "touch"; readonly key: Key; readonly now: number }
  | { readonly kind: "removeIf"; readonly divisor: number };

/** MAC addresses in three VLANs; signed and unsigned lower words. */
const ordinaryKeys: Key[] = Array.from({ length: 90 }, (_, index) => ({
  high: ((index % 3) << 16) | 0x0242,
  low: 0x7fff_fff0 + Math.floor(index / 3),
}));

/** Addresses whose probing starts in the last eighth of any table: runs that go on at its first slot. */
const collidingKeys: Key[] = Array.from({ length: 1000 }, (_, low) => ({ high: 0x0242, low })).filter(
  ({ high, low }) => hashPair(high | (1 << 31), low) >>> 29 === 7,
);

const key = fc.constantFrom(...ordinaryKeys, ...collidingKeys.slice(0, 60));
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const entry: fc.Arbitrary<Entry> = fc
  .record({ key, value: fc.nat(2 ** 24 - 1), flags: fc.nat(0xff), updated: int32 })
  .map(({ key: { high, low }, ...rest }) => ({ high, low, ...rest }));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("insert" as const), entry }), weight: 8 },
  { arbitrary: fc.record({ kind: fc.constant("update" as const), entry }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("remove" as const), key }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant("touch" as const), key, now: int32 }), weight: 2 },
  {
    arbitrary: fc.record({ kind: fc.constant("removeIf" as const), divisor: fc.integer({ min: 2, max: 5 }) }),
    weight: 1,
  },
);
const operations = fc.array(operation, { maxLength: 200, size: "max" });

function textOf({ high, low }: Key): string {
  return `${high} ${low}`;
}

/** What the table holds at a slot. */
function entryAt(table: MacTable, slot: number): Entry {
  return {
    high: table.high(slot),
    low: table.low(slot),
    value: table.value(slot),
    flags: table.flags(slot),
    updated: table.updated(slot),
  };
}

/** Applies an operation to the table and to the model, and compares what the table answers. */
function apply(table: MacTable, model: Map<string, Entry>, change: Operation): void {
  if (change.kind === "removeIf") {
    const doomed = [...model].filter(([, { value }]) => value % change.divisor === 0);
    for (const [text] of doomed) model.delete(text);
    expect(table.removeIf((slot) => table.value(slot) % change.divisor === 0)).toBe(doomed.length);
    return;
  }
  const { high, low } = "key" in change ? change.key : change.entry;
  const text = textOf({ high, low });
  const slot = table.find(high, low);
  const present = model.get(text);
  expect(slot !== -1).toBe(present !== undefined);
  if (change.kind === "insert" && present === undefined) {
    const { value, flags, updated } = change.entry;
    const inserted = table.insert(high, low, value, flags, updated);
    const isFull = model.size === table.maximumCount;
    expect(inserted === -1).toBe(isFull);
    if (isFull) return;
    expect(entryAt(table, inserted)).toEqual(change.entry);
    model.set(text, change.entry);
  } else if (change.kind === "update" && present !== undefined) {
    table.setValue(slot, change.entry.value);
    table.setFlags(slot, change.entry.flags);
    model.set(text, { ...change.entry, updated: present.updated });
  } else if (change.kind === "touch" && present !== undefined) {
    table.touch(slot, change.now);
    model.set(text, { ...present, updated: change.now });
  } else if (change.kind === "remove" && present !== undefined) {
    table.removeAt(slot);
    model.delete(text);
  }
}

function expectEqual(table: MacTable, model: ReadonlyMap<string, Entry>): void {
  const held = new Map<string, Entry>();
  table.forEach((slot) => held.set(textOf(entryAt(table, slot)), entryAt(table, slot)));
  expect(held).toEqual(model);
  expect(table.count).toBe(model.size);
  for (const { high, low } of [...ordinaryKeys, ...collidingKeys]) {
    const slot = table.find(high, low | 0);
    expect(slot === -1 ? undefined : entryAt(table, slot)).toEqual(model.get(textOf({ high, low })));
  }
}

describe("MacTable", () => {
  it("equals a map, through growth and at its bound", () => {
    const bounds = fc.record({
      maximumCount: fc.constantFrom(1, 2, 20, 1000),
      initialCapacity: fc.constantFrom(1, 16, 200),
    });
    fc.assert(
      fc.property(bounds, operations, (options, changes) => {
        const table = new MacTable(options);
        const model = new Map<string, Entry>();
        for (const change of changes) apply(table, model, change);
        expectEqual(table, model);
      }),
      { numRuns: 150 },
    );
  });

  it("visits every entry once in removeIf, also where removals shift others", () => {
    const someKeys = fc.uniqueArray(key, { selector: textOf, maxLength: 60, size: "max" });
    fc.assert(
      fc.property(someKeys, fc.func(fc.boolean()), (keys, isDoomed) => {
        const table = new MacTable();
        for (const { high, low } of keys) table.insert(high, low, 1, 0, 0);
        const visited: string[] = [];
        table.removeIf((slot) => {
          const text = textOf(entryAt(table, slot));
          visited.push(text);
          return isDoomed(text);
        });
        expect(visited.sort()).toEqual(keys.map(textOf).sort());
        for (const { high, low } of keys) expect(table.find(high, low) === -1).toBe(isDoomed(textOf({ high, low })));
      }),
    );
  });

  it("ages as a bridge does: a frame refreshes its source, silence removes it, also when the clock wraps", () => {
    const ageingTime = 300_000;
    const frame = fc.record({ source: fc.constantFrom(...ordinaryKeys.slice(0, 12)), pause: fc.nat(400_000) });
    fc.assert(
      // The clock starts before, at and after the point where 32-bit milliseconds wrap.
      fc.property(fc.integer({ min: 2 ** 31 - 3_000_000, max: 2 ** 31 + 10 }), fc.array(frame), (start, frames) => {
        const table = new MacTable();
        const lastHeard = new Map<string, number>();
        let time = start;
        for (const { source, pause } of frames) {
          time += pause;
          const now = time | 0;
          const expected = [...lastHeard].filter(([, heard]) => time - heard >= ageingTime);
          for (const [text] of expected) lastHeard.delete(text);
          expect(table.removeIf((slot) => ((now - table.updated(slot)) | 0) >= ageingTime)).toBe(expected.length);

          const slot = table.find(source.high, source.low);
          if (slot === -1) table.insert(source.high, source.low, 1, 0, now);
          else table.touch(slot, now);
          lastHeard.set(textOf(source), time);

          const held = new Set<string>();
          table.forEach((present) => held.add(textOf(entryAt(table, present))));
          expect(held).toEqual(new Set(lastHeard.keys()));
        }
      }),
    );
  });
});
