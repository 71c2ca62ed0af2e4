import { describe, expect, it } from "vitest";
import { CRC32C_START, crc32cAdd, crc32cValue } from "../../../src/bytes/crc32c.ts";

function crc(bytes: Uint8Array): number {
  return crc32cValue(crc32cAdd(CRC32C_START, new DataView(bytes.buffer), 0, bytes.length));
}

describe("CRC32c", () => {
  it("has the check value of its catalogue, and of RFC 3720 appendix B.4's examples", () => {
    expect(crc(new TextEncoder().encode("123456789"))).toBe(0xe306_9283);
    expect(crc(new Uint8Array(32))).toBe(0x8a91_36aa);
    expect(crc(new Uint8Array(32).fill(0xff))).toBe(0x62a8_ab43);
    expect(crc(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd_794e);
    expect(crc(Uint8Array.from({ length: 32 }, (_, index) => 31 - index))).toBe(0x113f_db5c);
  });

  it("can be taken in parts", () => {
    const view = new DataView(new TextEncoder().encode("123456789").buffer);
    expect(crc32cValue(crc32cAdd(crc32cAdd(CRC32C_START, view, 0, 4), view, 4, 9))).toBe(0xe306_9283);
  });
});
