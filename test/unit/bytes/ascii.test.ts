import { describe, expect, it } from "vitest";
import {
  writeDecimal,
  writeDigits,
  writeHexadecimal,
  writeIpv4Text,
  writeMacText,
  writeText,
} from "../../../src/bytes/ascii.ts";

const START = 3;

/** What `write` writes from `START` on, up to the position that it returns. */
function written(write: (bytes: Uint8Array, at: number) => number): string {
  const bytes = new Uint8Array(64);
  const end = write(bytes, START);
  return Buffer.from(bytes.subarray(START, end)).toString("latin1");
}

describe("text as bytes", () => {
  it.each([
    ...[0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 65535, 99_999, 100_000, 123456789],
    ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  ])("writes %d", (value) => {
    expect(written((bytes, at) => writeDecimal(bytes, at, value))).toBe(String(value));
  });

  it.each([
    [42, 9, "000000042"],
    [999_999_999, 9, "999999999"],
    [1234, 2, "34"],
  ])("writes the last digits of %d", (value, count, text) => {
    expect(written((bytes, at) => writeDigits(bytes, at, value, count))).toBe(text);
  });

  it.each([
    [0, 2, "0x00"],
    [0xbeef, 4, "0xbeef"],
    [0xffffffff, 8, "0xffffffff"],
    [0x12345, 4, "0x2345"],
  ])("writes %d with %d hexadecimal digits", (value, digits, text) => {
    expect(written((bytes, at) => writeHexadecimal(bytes, at, value, digits))).toBe(text);
  });

  it("writes addresses, with nothing behind the last digit", () => {
    const view = new DataView(Uint8Array.of(9, 10, 0, 244, 1, 255, 0xff).buffer);
    expect(written((bytes, at) => writeIpv4Text(bytes, at, view, 1))).toBe("10.0.244.1");
    expect(written((bytes, at) => writeMacText(bytes, at, view, 1))).toBe("0a:00:f4:01:ff:ff");
  });

  it("writes one behind another", () => {
    expect(written((bytes, at) => writeDecimal(bytes, writeText(bytes, at, "ip:"), 7))).toBe("ip:7");
  });
});
