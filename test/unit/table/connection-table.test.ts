import { describe, expect, it } from "vitest";
import { CONNECTION_WORDS, ConnectionTable, ConnectionWord } from "../../../src/table/index.ts";

const { EXPIRY, STATE } = ConnectionWord;

/** Adds a connection by its number that lives until `expiry`. */
function add(table: ConnectionTable, number: number, now: number, expiry: number): number {
  const at = table.insert(number, number + 1, number << 16, 6, now);
  if (at !== 0) table.words[at + EXPIRY] = expiry;
  return at;
}

function has(table: ConnectionTable, number: number): boolean {
  return table.find(number, number + 1, number << 16, 6) !== 0;
}

describe("the table of connections", () => {
  it("finds what was put in, and nothing else, through growth", () => {
    const table = new ConnectionTable({ seed: 7 });
    for (let number = 1; number <= 5000; number++) {
      const at = add(table, number, 0, 1000);
      table.words[at + STATE] = number;
    }
    expect(table.count).toBe(5000);
    for (let number = 1; number <= 5000; number++)
      expect(table.words[table.find(number, number + 1, number << 16, 6) + STATE]).toBe(number);
    expect([has(table, 5001), table.find(1, 2, 1 << 16, 17), table.find(2, 1, 1 << 16, 6)]).toEqual([false, 0, 0]);
  });

  it("forgets what is removed, and uses its place again", () => {
    const table = new ConnectionTable();
    const [first, second] = [add(table, 1, 0, 1000), add(table, 2, 0, 1000)];
    table.remove(first);
    expect([has(table, 1), has(table, 2), table.count]).toEqual([false, true, 1]);
    expect(add(table, 3, 0, 1000)).toBe(first);
    expect(table.words.slice(first + STATE, first + CONNECTION_WORDS)).toEqual(
      new Int32Array(CONNECTION_WORDS - STATE),
    );
    expect([has(table, 3), table.find(2, 3, 2 << 16, 6)]).toEqual([true, second]);
  });

  it("takes none at its bound, and keeps those that are there", () => {
    const table = new ConnectionTable({ limit: 3 });
    for (const number of [1, 2, 3]) expect(add(table, number, 0, 1000)).not.toBe(0);
    expect([add(table, 4, 10, 1000), table.count]).toEqual([0, 3]);
    expect([1, 2, 3, 4].map((number) => has(table, number))).toEqual([true, true, true, false]);
  });

  it("makes room at its bound when the time of some is up", () => {
    const table = new ConnectionTable({ limit: 3 });
    add(table, 1, 0, 1000);
    add(table, 2, 0, 500);
    add(table, 3, 0, 1000);
    expect(add(table, 4, 499, 2000)).toBe(0);
    expect(add(table, 4, 600, 2000)).not.toBe(0);
    expect([1, 2, 3, 4].map((number) => has(table, number))).toEqual([true, false, true, true]);
  });

  it.each([0.01, 1, 24, 25, 30, 49])("makes room whichever is old, %d days after it last found none", (days) => {
    const numbers = Array.from({ length: 10 }, (_, i) => i + 1);
    const now = (days * 86_400_000) | 0;
    for (const old of numbers) {
      const table = new ConnectionTable({ limit: numbers.length });
      for (const number of numbers) add(table, number, 0, 1000);
      expect(add(table, 11, 0, 1000)).toBe(0);
      table.forEach((at) => (table.words[at + EXPIRY] = (now + (table.words[at] === old ? -1 : 1000)) | 0));
      expect([add(table, 11, now, now + 1000) !== 0, has(table, old), table.count]).toEqual([true, false, 10]);
    }
  });

  it("tells ages across the wrap of the clock", () => {
    const table = new ConnectionTable();
    const now = 0x7fffffff;
    const at = add(table, 1, now, (now + 100) | 0);
    expect([table.isOld(at, now), table.isOld(at, (now + 99) | 0), table.isOld(at, (now + 100) | 0)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("sweeps out what is old, and clears", () => {
    const table = new ConnectionTable();
    for (let number = 1; number <= 10; number++) add(table, number, 0, number * 10);
    expect([table.sweep(50), table.count]).toEqual([5, 5]);
    const seen: number[] = [];
    table.forEach((at) => seen.push(table.words[at]!));
    expect(seen.sort((a, b) => a - b)).toEqual([6, 7, 8, 9, 10]);
    table.clear();
    expect([table.count, has(table, 6)]).toEqual([0, false]);
    expect(add(table, 6, 0, 100)).toBe(CONNECTION_WORDS);
  });

  it.each([0, -1, 1.5, 2 ** 24 + 1])("refuses a limit of %d", (limit) => {
    expect(() => new ConnectionTable({ limit })).toThrow(
      new RangeError(`expected a limit of 1 to 16777216 connections, found ${limit}`),
    );
  });
});
