import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arp, describeFrame, ethernet, icmpv4, ipv4, llc, tcp, udp, vlan, vxlan } from "../../src/wire/index.ts";
import * as frames from "../unit/wire/frames.ts";

/** Any bytes, and frames that once were sound: some bytes changed, and cut short somewhere. */
const anyFrame = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .tuple(
      fc.constantFrom(...Object.values(frames)),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
      fc.option(fc.nat(200), { nil: Infinity }),
    )
    .map(([frame, changes, length]) => {
      const bytes = Uint8Array.from(frame);
      for (const [index, value] of changes) bytes[index % bytes.length] = value;
      return bytes.subarray(0, Math.min(length, bytes.length));
    }),
);

type Look<Result> = (view: DataView, offset: number, end: number) => Result;

/** The result of a function over bytes between poison, once for each of two poisons. */
function betweenPoisons<Result>(bytes: Uint8Array, look: Look<Result>): Result[] {
  return [0x00, 0xff].map((poison) => {
    const buffer = new Uint8Array(bytes.length + 200).fill(poison);
    buffer.set(bytes, 100);
    return look(new DataView(buffer.buffer), 100, 100 + bytes.length);
  });
}

describe("describeFrame", () => {
  it("tells any bytes in one line, never throws, and does not depend on bytes beyond the end", () => {
    fc.assert(
      fc.property(anyFrame, (bytes) => {
        const [first, second] = betweenPoisons(bytes, (view, offset, end) => describeFrame(view, offset, end));
        expect(second).toBe(first);
        expect(first).toMatch(/^[\x20-\x7e]+$/);
        const exact = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        expect(describeFrame(exact, 0, bytes.length)).toBe(first);
      }),
      { numRuns: 3000 },
    );
  });
});

const CODECS = { arp, ethernet, icmpv4, ipv4, llc, tcp, udp, vlan, vxlan };

describe.each(Object.entries(CODECS))("%s", (_name, { check, text }) => {
  it("check and text take any bytes, and do not depend on bytes beyond the end", () => {
    const start = fc.constantFrom(0, 12, 14, 34, 42);
    fc.assert(
      fc.property(anyFrame, start, (frame, index) => {
        const bytes = frame.subarray(Math.min(index, frame.length));
        const [checked, checkedAgain] = betweenPoisons(bytes, check);
        expect(checkedAgain).toBe(checked);
        const [told, toldAgain] = betweenPoisons(bytes, (view, offset, end) => text(view, offset, end));
        expect(toldAgain).toBe(told);
      }),
      { numRuns: 500 },
    );
  });
});
