/** Random filters over random frames, compared with an evaluator that knows nothing but the frame's bytes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileFilter, FilterError } from "../../src/wire/index.ts";
import * as samples from "../unit/wire/frames.ts";
import { placed } from "../unit/wire/placed.ts";
import { filterChain, filterText, judge } from "./filter-expressions.ts";

const change = fc.record({ position: fc.nat(80), value: fc.constantFrom(0, 1, 6, 8, 17, 0x45, 0x46, 0x81, 0xff) });

/** A frame that Linux sent, some of its bytes changed or its end cut off. */
const frame = fc
  .tuple(
    fc.constantFrom(...Object.values(samples)),
    fc.array(change, { maxLength: 2 }),
    fc.option(fc.nat(90), { nil: undefined, freq: 4 }),
  )
  .map(([sample, changes, length]) => {
    const bytes = sample.slice(0, length);
    for (const { position, value } of changes) if (position < bytes.length) bytes[position] = value;
    return bytes;
  });

describe("a filter", () => {
  it("selects what its words say, read one by one", () => {
    fc.assert(
      fc.property(filterChain, fc.array(frame, { minLength: 1, maxLength: 12 }), (root, frames) => {
        const filter = compileFilter(filterText(root));
        for (const bytes of frames) {
          const { view, offset, end } = placed(bytes, 0x11);
          expect(filter(view, offset, end), Buffer.from(bytes).toString("hex")).toBe(judge(root, bytes));
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it("never reads behind the end: what stands there changes nothing", () => {
    fc.assert(
      fc.property(filterChain, frame, (root, bytes) => {
        const filter = compileFilter(filterText(root));
        const answers = [0x00, 0x08, 0x45, 0xff].map((poison) => {
          const { view, offset, end } = placed(bytes, poison);
          return filter(view, offset, end);
        });
        expect(new Set(answers).size).toBe(1);
        const { buffer, byteOffset, length } = bytes.slice();
        expect(filter(new DataView(buffer, byteOffset, length), 0, length)).toBe(answers[0]);
      }),
      { numRuns: 500 },
    );
  });

  it("is compiled or refused with a FilterError that points into it, whatever the text", () => {
    const word = fc.constantFrom(
      ..."host net port src dst and or not ( ) ! / vlan vxlan tcp ip ether 10 10.0.0.1".split(" "),
    );
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.array(word).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(text, (expression) => {
        try {
          compileFilter(expression);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
          const { position, message } = error as FilterError;
          expect(position).toBeLessThanOrEqual(expression.length);
          expect(message).toMatch(/^expected .*, found .*\n.*\n *\^$/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
