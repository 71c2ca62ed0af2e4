import { describe, expect, it } from "vitest";
import { AsciiWriter } from "../../../src/bytes/ascii-writer.ts";

/** What a writer has written. */
function written(write: (out: AsciiWriter) => void): string {
  const out = new AsciiWriter();
  write(out);
  return Buffer.from(out.take()).toString("latin1");
}

describe("an ASCII writer", () => {
  it.each([0, 9, 10, 99, 100, 999, 1000, 65535, 123456789, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])("writes %d", (value) => {
    expect(written((out) => out.decimal(value))).toBe(String(value));
  });

  it("writes the last digits of a number", () => {
    expect(written((out) => out.paddedDecimal(42, 9))).toBe("000000042");
    expect(written((out) => out.paddedDecimal(999_999_999, 9))).toBe("999999999");
    expect(written((out) => out.paddedDecimal(1234, 2))).toBe("34");
  });

  it.each([
    [0, 2, "0x00"],
    [0xbeef, 4, "0xbeef"],
    [0xffffffff, 8, "0xffffffff"],
    [0x12345, 4, "0x2345"],
  ])("writes %d with %d hexadecimal digits", (value, digits, text) => {
    expect(written((out) => out.hexadecimal(value, digits))).toBe(text);
  });

  it("writes addresses, with nothing behind the last digit", () => {
    const view = new DataView(Uint8Array.of(9, 10, 0, 244, 1, 255, 0xff).buffer);
    expect(written((out) => out.ipv4(view, 1))).toBe("10.0.244.1");
    expect(written((out) => out.mac(view, 1))).toBe("0a:00:f4:01:ff:ff");
  });

  it("writes text and characters, one after another", () => {
    const text = written((out) => {
      out.text("ip");
      out.character(0x3a);
      out.ipv4(new DataView(new ArrayBuffer(4)), 0);
      out.character(0x09, 3);
      out.decimal(7);
    });
    expect(text).toBe("ip:0.0.0.0\t\t\t7");
  });

  it("writes characters of others", () => {
    expect(written((out) => out.bytes(Uint8Array.from(Buffer.from("abcdef")), 2, 5))).toBe("cde");
  });

  it("gives what was written since the last time", () => {
    const out = new AsciiWriter();
    out.text("one");
    expect(out.length).toBe(3);
    out.take();
    expect(out.length).toBe(0);
    out.text("2");
    expect(out.take()).toEqual(Uint8Array.of(0x32));
  });

  it("grows when more is reserved than there is, and keeps what it has", () => {
    const out = new AsciiWriter();
    out.text("kept");
    out.reserve(1 << 20);
    out.text("x".repeat(1 << 20));
    const bytes = out.take();
    expect(bytes.length).toBe(4 + (1 << 20));
    expect(Buffer.from(bytes.subarray(0, 5)).toString("latin1")).toBe("keptx");
    expect(bytes.at(-1)).toBe(0x78);
  });
});
