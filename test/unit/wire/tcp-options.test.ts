import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { buildOptions, options, optionsText, readOption, type TcpOption } from "../../../src/wire/tcp-options.ts";
import { placed } from "./placed.ts";

function read(hex: string): TcpOption[] {
  const { view, offset, end } = placed(parseHex(hex));
  return options(view, offset, end).map((place) => readOption(view, place));
}

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

/** Bytes, padding included, and what they say. */
const OPTIONS: [what: string, hex: string, TcpOption[]][] = [
  ["nothing", "", []],
  ["a maximum segment size (RFC 9293 section 3.2)", "020405b4", [{ name: "maximumSegmentSize", size: 1460 }]],
  ["a window scale (RFC 7323 section 2.2)", "01030307", [{ name: "nop" }, { name: "windowScale", shift: 7 }]],
  ["SACK permitted (RFC 2018 section 2)", "04020000", [{ name: "sackPermitted" }]],
  [
    "SACK (RFC 2018 section 3)",
    "01010512" + "00000001" + "00000002" + "ffffffff" + "00000000",
    [
      { name: "nop" },
      { name: "nop" },
      {
        name: "sack",
        blocks: [
          { left: 1, right: 2 },
          { left: 0xffffffff, right: 0 },
        ],
      },
    ],
  ],
  [
    "timestamps (RFC 7323 section 3.2)",
    "0101080a" + "ffffffff" + "00000001",
    [{ name: "nop" }, { name: "nop" }, { name: "timestamps", value: 0xffffffff, echoReply: 1 }],
  ],
  ["what has no name here", "fd04e2d4", [{ name: "unknown", kind: 253, content: parseHex("e2d4") }]],
  ["a SACK of half a block", "0506000000010000", [{ name: "unknown", kind: 5, content: parseHex("00000001") }]],
];

describe.each(OPTIONS)("%s", (_what, hex, list) => {
  it("is read", () => expect(read(hex)).toEqual(list));

  it("is built", () => expect(formatHex(buildOptions(list))).toBe(hex));
});

describe("options", () => {
  it("stop before END and before what is malformed", () => {
    expect(read("01 00 04 02")).toEqual([{ name: "nop" }]);
    expect(read("01 02 03 05 01")).toEqual([{ name: "nop" }]);
    expect(read("01 02")).toEqual([{ name: "nop" }]);
  });

  it("know where each stands", () => {
    const { view, offset, end } = placed(parseHex("01 020405b4 0402"));
    expect(options(view, offset, end)).toEqual([
      { kind: 1, offset, length: 1 },
      { kind: 2, offset: offset + 1, length: 4 },
      { kind: 4, offset: offset + 5, length: 2 },
    ]);
  });
});

describe("buildOptions", () => {
  it("takes 40 bytes and no more (RFC 9293 section 3.1: 15 words of header)", () => {
    const unknown = (length: number): TcpOption[] => [{ name: "unknown", kind: 253, content: new Uint8Array(length) }];
    expect(buildOptions(unknown(38))).toHaveLength(40);
    expect(() => buildOptions(unknown(39))).toThrow(
      new RangeError("expected TCP options of at most 40 bytes, found 41 bytes"),
    );
  });
});
