import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksum, fold, sum, update, update32 } from "../../src/bytes/checksum.ts";

const bytes = fc.uint8Array({ maxLength: 100 });
const word = fc.integer({ min: 0, max: 0xffff });

/** RFC 1071 as its text has it: one word at a time, each carry brought back at once. */
function definition(data: Uint8Array, initial = 0): number {
  let total = initial;
  for (let index = 0; index < data.length; index += 2) {
    total += data[index]! * 256 + (data[index + 1] ?? 0);
    if (total > 0xffff) total -= 0xffff;
  }
  return 0xffff - total;
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

describe("checksum", () => {
  it("is what RFC 1071 defines", () => {
    fc.assert(
      fc.property(bytes, word, (data, initial) => {
        expect(checksum(viewOf(data), 0, data.length, initial)).toBe(definition(data, initial));
      }),
    );
  });

  it("does not depend on bytes outside, nor on where the bytes stand", () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (before, data, behind) => {
        const all = Uint8Array.from([...before, ...data, ...behind]);
        const found = checksum(viewOf(all), before.length, before.length + data.length);
        expect(found).toBe(definition(data));
      }),
    );
  });

  it("may be summed in parts of even length", () => {
    fc.assert(
      fc.property(bytes, fc.nat(50), (data, words) => {
        const middle = Math.min(2 * words, data.length - (data.length % 2));
        const first = sum(viewOf(data), 0, middle);
        expect(fold(sum(viewOf(data), middle, data.length, first))).toBe(fold(sum(viewOf(data), 0, data.length)));
      }),
    );
  });
});

describe("update", () => {
  /** At least two words, the first of which is not zero and stays: no header is all zeroes. */
  const words = fc.tuple(
    fc.integer({ min: 1, max: 0xffff }),
    fc.array(fc.oneof(word, fc.constantFrom(0, 0xffff)), { minLength: 2, maxLength: 10 }),
  );
  const extremeWord = fc.oneof(word, fc.constantFrom(0, 0xffff));

  function viewOfWords(first: number, others: readonly number[]): DataView {
    const view = new DataView(new ArrayBuffer(2 + 2 * others.length));
    [first, ...others].forEach((value, index) => view.setUint16(2 * index, value));
    return view;
  }

  it("equals the full computation after any word changed", () => {
    fc.assert(
      fc.property(words, fc.nat(), extremeWord, ([first, others], choice, newWord) => {
        const view = viewOfWords(first, others);
        const offset = 2 + 2 * (choice % others.length);
        const updated = update(checksum(view, 0, view.byteLength), view.getUint16(offset), newWord);
        view.setUint16(offset, newWord);
        expect(updated).toBe(checksum(view, 0, view.byteLength));
      }),
      { numRuns: 1000 },
    );
  });

  it("equals the full computation after any two words changed", () => {
    const value = fc.tuple(extremeWord, extremeWord).map(([upper, lower]) => upper * 0x10000 + lower);
    fc.assert(
      fc.property(words, fc.nat(), value, ([first, others], choice, newValue) => {
        const view = viewOfWords(first, others);
        const offset = 2 + 2 * (choice % (others.length - 1));
        const updated = update32(checksum(view, 0, view.byteLength), view.getUint32(offset), newValue);
        view.setUint32(offset, newValue);
        expect(updated).toBe(checksum(view, 0, view.byteLength));
      }),
      { numRuns: 1000 },
    );
  });
});
