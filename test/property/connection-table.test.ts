/** The table of connections against a Map. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionTable, ConnectionWord } from "../../src/table/index.ts";

const step = fc.record({
  action: fc.constantFrom("insert", "insert", "insert", "remove", "sweep"),
  key: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom(6, 17)),
  life: fc.integer({ min: 1, max: 500 }),
  pause: fc.nat(120),
});

describe("the table of connections", () => {
  it("has what a Map has, within its bound", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
        const table = new ConnectionTable({ limit, seed: limit });
        const expected = new Map<string, number>();
        let now = -100;
        for (const { action, key, life, pause } of steps) {
          now += pause;
          const at = table.find(...key);
          if (action === "insert" && at === 0) {
            const made = table.insert(...key, now);
            if (made !== 0) table.words[made + ConnectionWord.EXPIRY] = now + life;
            // Old ones may be forgotten at any time, and are refused for at most as long as a full table is not swept.
            const alive = [...expected.values()].filter((expiry) => expiry > now - 100).length;
            if (made === 0) expect(alive).toBeGreaterThanOrEqual(limit);
            else expected.set(key.join(), now + life);
          } else if (action === "remove" && at !== 0) {
            table.remove(at);
            expected.delete(key.join());
          } else if (action === "sweep") {
            table.sweep(now);
          }
          expect(table.count).toBeLessThanOrEqual(limit);
          for (const [text, expiry] of expected) {
            const found = table.find(...(text.split(",").map(Number) as [number, number, number, number]));
            if (expiry > now) expect(table.words[found + ConnectionWord.EXPIRY]).toBe(expiry);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
