import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FLOW_KEY_WORDS, FLOW_RECORD_WORDS, FlowTable } from "../../../src/table/index.ts";

type Key = [number, number, number, number];

/** Few enough that keys differ in one word only, and meet again. */
const word = fc.constantFrom(0, 1, 2, -1, 0x0a000001, -(2 ** 31), 2 ** 31 - 1);
const key: fc.Arbitrary<Key> = fc.tuple(word, word, word, word);

describe("a flow table", () => {
  it("finds each record by its whole key, and no other", () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { selector: String, maxLength: 200 }), key, (keys, other) => {
        const table = new FlowTable();
        const offsets = keys.map((own) => table.insert(...own));
        expect(keys.map((own) => table.find(...own))).toEqual(offsets);
        expect(new Set(offsets).size).toBe(keys.length);
        if (!keys.some((own) => String(own) === String(other))) expect(table.find(...other)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it("has the key first in a record, and zeroes behind it, whatever was there before", () => {
    const table = new FlowTable();
    const at = table.insert(1, 2, 3, 4);
    table.words.fill(7, at + FLOW_KEY_WORDS, at + FLOW_RECORD_WORDS);
    table.clear();
    expect(table.find(1, 2, 3, 4)).toBe(0);
    const again = table.insert(5, 6, 7, 8);
    expect([...table.words.subarray(again, again + FLOW_RECORD_WORDS)]).toEqual([
      ...[5, 6, 7, 8],
      ...new Array<number>(FLOW_RECORD_WORDS - FLOW_KEY_WORDS).fill(0),
    ]);
  });

  it("is full after 16,384 records, of which each is still found", () => {
    const table = new FlowTable();
    let count = 0;
    for (; !table.isFull; count++) table.insert(1, count, count * 0x10001, ~count);
    expect(count).toBe(16_384);
    const offsets: number[] = [];
    table.forEach((at) => offsets.push(at));
    expect(offsets).toHaveLength(count);
    for (let i = 0; i < count; i++) expect(table.find(1, i, i * 0x10001, ~i)).toBe(offsets[i]);
  });
});
