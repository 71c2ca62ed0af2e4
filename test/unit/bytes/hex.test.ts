import { describe, expect, it } from "vitest";
import { formatHex, hexDump, parseHex } from "../../../src/bytes/hex.ts";
import { UDP_DATAGRAM } from "../wire/frames.ts";

describe("formatHex", () => {
  it("gives two lower-case digits a byte", () => {
    expect(formatHex(Uint8Array.of(0x0a, 0x58, 0xff))).toBe("0a58ff");
    expect(formatHex(new Uint8Array(0))).toBe("");
  });

  it("puts the separator between bytes", () => {
    expect(formatHex(Uint8Array.of(0x0a, 0x58, 0xff), ":")).toBe("0a:58:ff");
  });
});

describe("parseHex", () => {
  it("takes both cases and white space anywhere", () => {
    expect(parseHex(" 0A5\n8 fF\t")).toEqual(Uint8Array.of(0x0a, 0x58, 0xff));
  });

  it("names another character and its place", () => {
    expect(() => parseHex("0a:58")).toThrow(new RangeError('expected hexadecimal digits, found ":" at position 2'));
  });

  it("refuses half a byte", () => {
    expect(() => parseHex("0a5")).toThrow(new RangeError("expected two hexadecimal digits a byte, found 3 digits"));
  });

  it("refuses what is no text", () => {
    expect(() => parseHex(12 as unknown as string)).toThrow(new TypeError("expected hexadecimal text, found number"));
  });
});

describe("hexDump", () => {
  it("prints what `tcpdump -X` prints", () => {
    expect(hexDump(UDP_DATAGRAM.subarray(14))).toBe(
      [
        "0x0000:  4500 0021 f613 4000 4011 2bc4 0af4 0105  E..!..@.@.+.....",
        "0x0010:  0af4 0208 9d9d 270f 000d de60 6865 6c6c  ......'....`hell",
        "0x0020:  6f                                       o",
      ].join("\n"),
    );
  });

  it("prints a dot for space and whatever is not printable", () => {
    expect(hexDump(Uint8Array.of(0x1f, 0x20, 0x21, 0x7e, 0x7f, 0xff))).toMatch(/ {2}\.\.!~\.\.$/);
  });

  it("prints nothing for no bytes", () => {
    expect(hexDump(new Uint8Array(0))).toBe("");
  });
});
