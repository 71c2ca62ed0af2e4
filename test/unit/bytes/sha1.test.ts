import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { formatHex } from "../../../src/bytes/hex.ts";
import { sha1 } from "../../../src/bytes/sha1.ts";

it("is FIPS 180's own example", () => {
  expect(formatHex(sha1(new TextEncoder().encode("abc")))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
});

it("is what Node computes, at every length around the ends of blocks", () => {
  for (let length = 0; length <= 130; length++) {
    const message = Uint8Array.from({ length }, (_, index) => index);
    expect(formatHex(sha1(message))).toBe(createHash("sha1").update(message).digest("hex"));
  }
});

it("is what Node computes of any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      expect(formatHex(sha1(message))).toBe(createHash("sha1").update(message).digest("hex"));
    }),
  );
});
