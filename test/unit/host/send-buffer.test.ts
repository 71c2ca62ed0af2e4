import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SendBuffer } from "../../../src/host/send-buffer.ts";

describe("the send buffer", () => {
  it("is a queue of bytes that takes no more than its capacity", () => {
    const step = fc.oneof(fc.record({ append: fc.nat(9000) }), fc.record({ discard: fc.nat(9000) }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.array(step, { maxLength: 30 }), (capacity, steps) => {
        const buffer = new SendBuffer(capacity);
        let [first, end] = [0, 0];
        for (const action of steps) {
          if ("append" in action) {
            const start = end;
            const taken = buffer.append(Uint8Array.from({ length: action.append }, (_, i) => (start + i) % 251));
            expect(taken).toBe(Math.min(action.append, capacity - (end - first)));
            end += taken;
          } else {
            const count = Math.min(action.discard, end - first);
            buffer.discard(count);
            first += count;
          }
          expect([buffer.length, buffer.free]).toEqual([end - first, capacity - (end - first)]);
          const offset = Math.floor((end - first) / 3);
          const copy = new Uint8Array(end - first - offset + 2);
          buffer.copy(offset, end - first - offset, copy, 1);
          const expected = copy.map((_, i) => (i === 0 || i === copy.length - 1 ? 0 : (first + offset + i - 1) % 251));
          expect(Buffer.compare(copy, expected)).toBe(0);
        }
      }),
    );
  });
});
