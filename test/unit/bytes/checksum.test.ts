import { describe, expect, it } from "vitest";
import { checksum, fold, sum, update, update32 } from "../../../src/bytes/checksum.ts";
import { parseHex } from "../../../src/bytes/hex.ts";

function viewOf(hex: string): DataView {
  return new DataView(parseHex(hex).buffer as ArrayBuffer);
}

describe("sum and fold", () => {
  it("gives the sum of RFC 1071 section 3", () => {
    const view = viewOf("0001 f203 f4f5 f6f7");
    expect(sum(view, 0, 8)).toBe(0x2ddf0);
    expect(fold(0x2ddf0)).toBe(0xddf2);
    expect(checksum(view, 0, 8)).toBe(0x220d);
  });

  it("sums no bytes to the initial sum", () => {
    expect(sum(viewOf("ffff"), 1, 1)).toBe(0);
    expect(sum(viewOf("ffff"), 1, 1, 0x12345)).toBe(0x12345);
  });

  it("starts at any offset and pads an odd last byte with a zero behind it (RFC 1071 section 4.1)", () => {
    expect(sum(viewOf("ff 12 34 56 ff"), 1, 4)).toBe(0x1234 + 0x5600);
    expect(sum(viewOf("ff 12 ff"), 1, 2)).toBe(0x1200);
    expect(sum(viewOf("ff 1234 5678 9abc de ff"), 1, 8)).toBe(0x1234 + 0x5678 + 0x9abc + 0xde00);
  });

  it("folds until no carry is left", () => {
    expect([0, 0xffff, 0x10000, 0x1ffff, 0xffff0000, 0xfffffffe, 0xffffffff].map(fold)).toEqual([
      0, 0xffff, 1, 1, 0xffff, 0xfffe, 0xffff,
    ]);
  });

  it("stays below 2^32 over the longest IPv4 packet, full of ones", () => {
    const view = new DataView(new Uint8Array(65_535).fill(0xff).buffer);
    expect(sum(view, 0, 65_535, 0xffff)).toBe(32_768 * 0xffff + 0xff00);
    expect(checksum(view, 0, 65_535)).toBe(~fold(0xff00) & 0xffff);
  });

  it("is zero over bytes that hold their own checksum", () => {
    expect(checksum(viewOf("0001 f203 f4f5 f6f7 220d"), 0, 10)).toBe(0);
  });
});

describe("update", () => {
  it("gives 0x0000 in the example of RFC 1624 section 4, where RFC 1141 gave 0xffff", () => {
    expect(update(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  it("leaves a checksum of 0x0000 and of 0xffff alone when nothing changes", () => {
    expect(update(0x0000, 0x1234, 0x1234)).toBe(0x0000);
    expect(update(0xffff, 0xffff, 0xffff)).toBe(0x0000); // both mean zero
  });

  it("gives 0x0000 for 0xffff where the last word that was not zero becomes zero", () => {
    const before = viewOf("0000 ffff 0000");
    expect(checksum(before, 0, 6)).toBe(0x0000);
    expect(update(0x0000, 0xffff, 0x0000)).toBe(0x0000);
    expect(checksum(viewOf("0000 0000 0000"), 0, 6)).toBe(0xffff);
  });
});

describe("update32", () => {
  it("takes signed and unsigned values alike", () => {
    const unsigned = update32(0x1234, 0xc0a80001, 0xffffffff);
    expect(update32(0x1234, 0xc0a80001 | 0, -1)).toBe(unsigned);
  });

  it("equals two updates by 16 bits", () => {
    expect(update32(0xabcd, 0x0af40105, 0xc0a801fe)).toBe(update(update(0xabcd, 0x0af4, 0xc0a8), 0x0105, 0x01fe));
  });
});
