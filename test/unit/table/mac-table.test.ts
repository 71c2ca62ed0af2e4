import { describe, expect, it } from "vitest";
import { MacTable } from "../../../src/table/mac-table.ts";

/** A table of the MAC addresses 02:42:0a:00:00:00 and up, each with its number as value. */
function tableOf(count: number): MacTable {
  const table = new MacTable();
  for (let number = 0; number < count; number++) table.insert(0x0242, 0x0a00_0000 + number, number, 0, 0);
  return table;
}

describe("MacTable", () => {
  it("finds what was inserted, and its fields", () => {
    const table = new MacTable();
    const slot = table.insert(0x0242, 0x8af4_0105, 7, 3, 1000);
    expect(table.find(0x0242, 0x8af4_0105)).toBe(slot);
    expect(table.count).toBe(1);
    expect(table.high(slot)).toBe(0x0242);
    expect(table.low(slot)).toBe(0x8af4_0105);
    expect(table.value(slot)).toBe(7);
    expect(table.flags(slot)).toBe(3);
    expect(table.updated(slot)).toBe(1000);
  });

  it("finds nothing in an empty table, not even the address of zeroes", () => {
    const table = new MacTable();
    expect(table.find(0, 0)).toBe(-1);
    const slot = table.insert(0, 0, 0, 0, 0);
    expect(table.find(0, 0)).toBe(slot);
    expect(table.find(0, 1)).toBe(-1);
    expect(table.find(1, 0)).toBe(-1);
  });

  it("takes the lower word signed or unsigned", () => {
    const table = new MacTable();
    const slot = table.insert(0x0242, 0x8af4_0105 | 0, 1, 0, 0);
    expect(table.find(0x0242, 0x8af4_0105)).toBe(slot);
    expect(table.find(0x0242, 0x8af4_0105 | 0)).toBe(slot);
    expect(table.low(slot)).toBe(0x8af4_0105);
  });

  it("keeps equal addresses in different VLANs apart (bits 16 to 27 of the upper word)", () => {
    const table = new MacTable();
    table.insert(0x0242, 1, 10, 0, 0);
    table.insert((4095 << 16) | 0x0242, 1, 20, 0, 0);
    expect(table.value(table.find(0x0242, 1))).toBe(10);
    const tagged = table.find((4095 << 16) | 0x0242, 1);
    expect(table.value(tagged)).toBe(20);
    expect(table.high(tagged)).toBe((4095 << 16) | 0x0242);
    expect(table.find((1 << 16) | 0x0242, 1)).toBe(-1);
  });

  it("changes value, flags and time each without the others, over their whole range", () => {
    const table = new MacTable();
    const slot = table.insert(0x0242, 1, 2 ** 24 - 1, 0xff, -(2 ** 31));
    table.touch(slot, 2 ** 31 - 1);
    expect([table.value(slot), table.flags(slot), table.updated(slot)]).toEqual([2 ** 24 - 1, 0xff, 2 ** 31 - 1]);
    table.setFlags(slot, 0x80);
    expect([table.value(slot), table.flags(slot), table.updated(slot)]).toEqual([2 ** 24 - 1, 0x80, 2 ** 31 - 1]);
    table.setValue(slot, 0x80_0001);
    expect([table.value(slot), table.flags(slot), table.updated(slot)]).toEqual([0x80_0001, 0x80, 2 ** 31 - 1]);
    expect([table.high(slot), table.low(slot)]).toEqual([0x0242, 1]);
  });

  it("refuses one more than maximumCount, and takes another after a removal", () => {
    const table = new MacTable({ maximumCount: 3 });
    for (const low of [1, 2, 3]) expect(table.insert(0x0242, low, low, 0, 0)).not.toBe(-1);
    expect(table.insert(0x0242, 4, 4, 0, 0)).toBe(-1);
    expect(table.count).toBe(3);
    expect(table.find(0x0242, 4)).toBe(-1);
    table.removeAt(table.find(0x0242, 2));
    expect(table.insert(0x0242, 4, 4, 0, 0)).not.toBe(-1);
    expect([1, 2, 3, 4].map((low) => table.find(0x0242, low) !== -1)).toEqual([true, false, true, true]);
  });

  it.each([1, 2, 3, 31, 32, 33, 1000])("takes its bound of %i when that is its initial capacity too", (count) => {
    const table = new MacTable({ initialCapacity: count, maximumCount: count });
    for (let low = 0; low < count; low++) expect(table.insert(0x0242, low, low, 0, 0)).not.toBe(-1);
    expect(table.insert(0x0242, count, 0, 0, 0)).toBe(-1);
    for (let low = 0; low < count; low++) expect(table.value(table.find(0x0242, low))).toBe(low);
    expect(table.find(0x0242, count)).toBe(-1);
  });

  it("keeps every entry as it grows", () => {
    const table = tableOf(10_000);
    expect(table.count).toBe(10_000);
    for (let number = 0; number < 10_000; number++) {
      expect(table.value(table.find(0x0242, 0x0a00_0000 + number))).toBe(number);
    }
  });

  it("removes one entry and keeps the others", () => {
    const table = tableOf(1000);
    for (let number = 0; number < 1000; number += 2) table.removeAt(table.find(0x0242, 0x0a00_0000 + number));
    expect(table.count).toBe(500);
    for (let number = 0; number < 1000; number++) {
      const slot = table.find(0x0242, 0x0a00_0000 + number);
      expect(slot === -1 ? -1 : table.value(slot)).toBe(number % 2 === 0 ? -1 : number);
    }
  });

  it("visits every entry once", () => {
    const table = tableOf(100);
    const seen: number[] = [];
    table.forEach((slot) => seen.push(table.value(slot)));
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, number) => number));
  });

  it("asks removeIf's predicate once for each entry, and says how many it removed", () => {
    const table = tableOf(100);
    const seen: number[] = [];
    const removed = table.removeIf((slot) => {
      seen.push(table.value(slot));
      return table.value(slot) % 3 === 0;
    });
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, number) => number));
    expect(removed).toBe(34);
    expect(table.count).toBe(66);
    expect(table.removeIf(() => true)).toBe(66);
    expect(table.count).toBe(0);
    expect(table.removeIf(() => true)).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN])("rejects bounds that are no positive whole number: %d", (bound) => {
    const message = `expected a positive whole number, found ${bound}`;
    expect(() => new MacTable({ maximumCount: bound })).toThrow(new RangeError(`maximumCount: ${message}`));
    expect(() => new MacTable({ initialCapacity: bound })).toThrow(new RangeError(`initialCapacity: ${message}`));
  });
});
