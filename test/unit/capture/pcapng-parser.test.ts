import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { block, INTERFACE, readRecords, recordsOf, refusal, SECTION } from "./reading.ts";

const BIG_SECTION = block("0a0d0d0a", "1a2b3c4d 0001 0000 ffffffffffffffff", false);
const BIG_INTERFACE = block("00000001", "0065 0000 00000060", false);

describe("blocks", () => {
  it("have the byte order of their section, section by section", () => {
    const packet = block("00000006", "00000000 00000000 000f4240 00000001 00000002 ab000000", false);
    const capture = [SECTION, INTERFACE, BIG_SECTION, BIG_INTERFACE, packet, SECTION].join(" ");
    expect(readRecords(parseHex(capture))).toMatchObject([
      { kind: "section", byteOrder: "little" },
      { kind: "interface", id: 0, linkType: 1, snapLength: 0 },
      { kind: "section", byteOrder: "big" },
      { kind: "interface", id: 1, linkType: 101, snapLength: 96 },
      { kind: "packet", interfaceId: 1, seconds: 1, originalLength: 2, bytes: Uint8Array.of(0xab) },
      { kind: "section", byteOrder: "little" },
    ]);
  });

  it("of other types are kept as they are (section 3.1)", () => {
    expect(recordsOf(block("ad0b0000", "32000000 01020304"), block("01000080", ""))).toEqual([
      { kind: "other", blockType: 0xbad, bytes: Uint8Array.of(0x32, 0, 0, 0, 1, 2, 3, 4) },
      { kind: "other", blockType: 0x8000_0001, bytes: new Uint8Array(0) },
    ]);
  });

  it.each([
    ["below 12", `${SECTION} 06000000 0b000000`, "a block's length from 12 to 16777216, a multiple of 4, found 11", 32],
    [
      "of no whole words",
      `${SECTION} 06000000 0e000000`,
      "a block's length from 12 to 16777216, a multiple of 4, found 14",
      32,
    ],
    [
      "of 16 MiB and more",
      `${SECTION} 06000000 04000001`,
      "a block's length from 12 to 16777216, a multiple of 4, found 16777220",
      32,
    ],
    [
      "that is not the same at the end",
      `${SECTION} 0a000000 10000000 00000000 14000000`,
      "the block's length 16 again, found 20",
      40,
    ],
    [
      "below 16 in a section header",
      "0a0d0d0a 0c000000 4d3c2b1a 0c000000",
      "a block's length from 16 to 16777216, a multiple of 4, found 12",
      4,
    ],
  ])("with a length %s are refused", (_name, hex, message, position) => {
    expect(refusal(parseHex(hex))[0]).toBe(`CaptureError: expected ${message}, at byte ${position}`);
  });

  it("tell where they lack a byte order", () => {
    expect(refusal(parseHex("0a0d0d0a 1c000000 4d3c2b1b 01000000"))[0]).toBe(
      "CaptureError: expected the byte-order magic 1a2b3c4d or 4d3c2b1a, found 4d3c2b1b, at byte 8",
    );
  });

  it("that refer to an interface come behind it, in the same section", () => {
    const packet = block("06000000", "00000000 00000000 00000000 00000000 00000000");
    expect(refusal(parseHex(`${SECTION} ${packet}`))[0]).toBe(
      "CaptureError: expected the id of an interface (none was described), found 0, at byte 36",
    );
    expect(refusal(parseHex([SECTION, INTERFACE, SECTION, packet].join("")))[0]).toBe(
      "CaptureError: expected the id of an interface (none was described), found 0, at byte 84",
    );
    const statistics = block("05000000", "02000000 00000000 00000000");
    expect(refusal(parseHex([SECTION, INTERFACE, INTERFACE, statistics].join("")))[0]).toBe(
      "CaptureError: expected the id of an interface (0 to 1 were described), found 2, at byte 76",
    );
  });
});

describe("options", () => {
  it("are ended by their end, or by the block's (section 3.5)", () => {
    const ended = block("01000000", "01000000 00000000 02000200 6c6f0000 00000000");
    const open = block("01000000", "01000000 00000000 02000200 6c6f0000");
    expect(recordsOf(ended, open)).toMatchObject([{ name: "lo" }, { name: "lo" }]);
  });

  it("behind their end are not looked at", () => {
    expect(recordsOf(block("01000000", "01000000 00000000 00000000 0200ffff"))).toMatchObject([{ kind: "interface" }]);
  });

  it.each([
    ["01000000 00000000 02000500 65746830", "the 5 bytes of option 2, found 4 to the end of its block", 64],
    ["01000000 00000000 0200ffff", "the 65535 bytes of option 2, found 0 to the end of its block", 64],
  ])("that reach beyond the block are refused: %s", (body, message, position) => {
    expect(refusal(parseHex([SECTION, INTERFACE, block("01000000", body)].join("")))[0]).toBe(
      `CaptureError: expected ${message}, at byte ${position}`,
    );
  });

  it("end at 65,536 of one block, whatever its length", () => {
    const body = `01000000 00000000 ${"63000000".repeat(65_537)}`;
    expect(refusal(parseHex([SECTION, block("01000000", body)].join("")))[0]).toMatch(
      /^CaptureError: expected at most 65536 options or names in a block, found more, at byte \d+$/,
    );
  });

  it("of text end at U+0000, and count as left out when they are empty", () => {
    const interfaces = [
      block("01000000", "01000000 00000000 02000400 6c6f0078"),
      block("01000000", "01000000 00000000 02000000"),
      block("01000000", "01000000 00000000 02000100 00000000"),
    ];
    const names = recordsOf(...interfaces).map((record) => record.kind === "interface" && record.name);
    expect(names).toEqual(["lo", undefined, undefined]);
  });

  it("of text that is no UTF-8 have U+FFFD in its place, and keep a byte order mark", () => {
    const interfaces = [
      block("01000000", "01000000 00000000 02000200 c3280000"),
      block("01000000", "01000000 00000000 02000400 efbbbf61"),
    ];
    expect(recordsOf(...interfaces)).toMatchObject([{ name: "\ufffd(" }, { name: "\ufeffa" }]);
  });

  it("with another length than theirs are kept as bytes", () => {
    const body = "01000000 00000000 06000400 01020304 09000200 09090000 08000400 01000000";
    const [record] = recordsOf(block("01000000", body));
    expect(record).toMatchObject({
      mac: undefined,
      speed: undefined,
      unitsPerSecond: 1e6,
      options: [
        { code: 6, value: Uint8Array.of(1, 2, 3, 4) },
        { code: 9, value: Uint8Array.of(9, 9) },
        { code: 8, value: Uint8Array.of(1, 0, 0, 0) },
      ],
    });
  });

  it("of 64 bits beyond 2^53 - 1 are kept as bytes", () => {
    const packet = (id: string): string =>
      block("06000000", `00000000 00000000 00000000 00000000 00000000 05000800 ${id}`);
    expect(recordsOf(packet("ffffffffffff1f00"), packet("0000000000002000"))).toMatchObject([
      { packetId: Number.MAX_SAFE_INTEGER, options: [] },
      { packetId: undefined, options: [{ code: 5, value: Uint8Array.of(0, 0, 0, 0, 0, 0, 0x20, 0) }] },
    ]);
  });
});
