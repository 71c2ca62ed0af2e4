import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksum } from "../../../src/bytes/checksum.ts";
import { ChecksumChange } from "../../../src/wire/checksum-change.ts";

/** Bytes whose checksum stands in the first two and covers all; odd lengths are filled up as checksums are. */
const covered = fc.uint8Array({ minLength: 12, maxLength: 40 }).map((bytes) => {
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0);
  view.setUint16(0, checksum(view, 0, bytes.length));
  return view;
});

/** The sum of the 16-bit words of a 32-bit number. */
function wordSum(value: number): number {
  return (value >>> 16) + (value & 0xffff);
}

describe("ChecksumChange", () => {
  it("keeps a right checksum right, at even and odd positions", () => {
    fc.assert(
      fc.property(covered, fc.nat(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (view, place, value) => {
        const position = 2 + (place % (view.byteLength - 5));
        const change = new ChecksumChange(null, 0, 0);
        change.add(position, wordSum(value) - wordSum(view.getUint32(position)));
        view.setUint32(position, value);
        change.apply(view);
        // All zeros but for the checksum have two right ones: 0 and 0xffff.
        expect([0, 0xffff]).toContain(checksum(view, 0, view.byteLength));
      }),
    );
  });

  it("is undone by the change back, right or wrong as it was", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xfffe }), fc.integer({ min: 1, max: 0xfffe }), (present, difference) => {
        const view = new DataView(new ArrayBuffer(2));
        view.setUint16(0, present);
        for (const change of [difference, -difference]) {
          const sum = new ChecksumChange(null, 0, 0);
          sum.add(2, change);
          sum.apply(view);
        }
        expect(view.getUint16(0)).toBe(present);
      }),
    );
  });

  it("leaves 0 where it says that there is none, and never makes it (RFC 768)", () => {
    const view = new DataView(new ArrayBuffer(2));
    const apply = (present: number, change: number): number => {
      view.setUint16(0, present);
      const sum = new ChecksumChange(null, 0, 0, true);
      sum.addAlone(change);
      sum.apply(view);
      return view.getUint16(0);
    };
    expect(apply(0, 5)).toBe(0);
    expect(apply(5, 5)).toBe(0xffff);
    expect(apply(6, 5)).toBe(1);
  });

  it("goes on to the checksums around it, its own change included", () => {
    // Bytes 4 to 7 are covered by the checksum at 2, all of it by that at 0.
    const view = new DataView(Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4).buffer);
    view.setUint16(2, checksum(view, 2, 8));
    view.setUint16(0, checksum(view, 0, 8));
    const outer = new ChecksumChange(null, 0, 0);
    const inner = new ChecksumChange(outer, 2, 2);
    inner.add(4, wordSum(0x05060708) - wordSum(0x01020304));
    view.setUint32(4, 0x05060708);
    inner.apply(view);
    outer.apply(view);
    expect([checksum(view, 2, 8), checksum(view, 0, 8)]).toEqual([0, 0]);
  });
});
