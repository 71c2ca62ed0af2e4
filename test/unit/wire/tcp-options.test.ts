import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { optionsText } from "../../../src/wire/tcp-options.ts";
import { placed } from "./placed.ts";

function text(hex: string): string {
  const { view, offset, end } = placed(parseHex(hex));
  return optionsText(view, offset, end);
}

describe("optionsText", () => {
  it.each([
    ["", ""],
    ["02 04 05b4", "mss 1460"],
    ["03 03 07", "wscale 7"],
    ["04 02", "sackOK"],
    ["05 0a 00000001 00000002", "sack 1 {1:2}"],
    ["05 12 00000001 00000002 ffffffff 00000000", "sack 2 {1:2}{4294967295:0}"],
    ["05 04 0000", "sack invalid"],
    ["08 0a ffffffff 00000001", "TS val 4294967295 ecr 1"],
    ["22 02", "unknown-34"],
    ["fd 04 e2d4", "unknown-253 0xe2d4"],
    ["01 01 00", "nop,nop,eol"],
  ])("prints %j", (hex, expected) => {
    expect(text(hex)).toBe(expected);
  });

  it("stops at the end of the list", () => {
    expect(text("01 00 02 04 05b4")).toBe("nop,eol");
  });

  it.each([
    ["a length of 0", "01 02 00 05b4"],
    ["a length of 1", "01 fd 01 0000"],
    ["a length beyond the end", "01 02 04 05"],
    ["no length", "01 02"],
    ["another length than the kind has", "01 02 03 05 01"],
  ])("stops at an option with %s", (_what, hex) => {
    expect(text(hex)).toBe("nop,[bad opt]");
  });
});
