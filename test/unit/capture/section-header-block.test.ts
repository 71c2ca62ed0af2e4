import { describe, expect, it } from "vitest";
import { writeSectionHeader } from "../../../src/capture/section-header-block.ts";
import { blockWords, expected } from "./block-words.ts";
import { parseHex } from "../../../src/bytes/hex.ts";
import { block, readRecords, refusal } from "./reading.ts";

describe("Section Header Block", () => {
  it("says byte order, version 1.0, and that the length of the section is not known", () => {
    expect(blockWords((block) => writeSectionHeader(block, {}))).toEqual(
      expected(
        "0a0d0d0a 1c000000", // type, total length 28
        "4d3c2b1a", // byte-order magic
        "01000000", // version 1.0
        "ffffffff ffffffff", // section length -1
        "1c000000",
      ),
    );
  });

  it("names machine, operating system and program", () => {
    const section = { hardware: "x86", operatingSystem: "Linux", application: "podwire 1", comment: "é" };
    expect(blockWords((block) => writeSectionHeader(block, section))).toEqual(
      expected(
        "0a0d0d0a 4c000000",
        "4d3c2b1a 01000000 ffffffff ffffffff",
        "01000200 c3a90000", // opt_comment
        "02000300 78383600", // shb_hardware
        "03000500 4c696e75 78000000", // shb_os
        "04000900 706f6477 69726520 31000000", // shb_userappl
        "00000000 4c000000",
      ),
    );
  });

  it.each(["hardware", "operatingSystem", "application", "comment"])("refuses a number for %s", (field) => {
    expect(() => blockWords((block) => writeSectionHeader(block, { [field]: 5 }))).toThrow(
      new TypeError(`expected ${field} to be a string, found number 5`),
    );
  });
});

describe("a Section Header Block that is read", () => {
  it("has all that it tells; further comments are kept among the options", () => {
    const body =
      "4d3c2b1a 01000000 ffffffff ffffffff" +
      "01000100 61000000 02000200 48570000 03000200 4f530000 04000300 61707000 01000100 62000000" +
      "63000200 01020000 00000000";
    expect(readRecords(parseHex(block("0a0d0d0a", body)))).toEqual([
      {
        ...{ kind: "section", format: "pcapng", byteOrder: "little" },
        ...{ hardware: "HW", operatingSystem: "OS", application: "app", comment: "a" },
        options: [
          { code: 1, value: Uint8Array.of(0x62) },
          { code: 99, value: Uint8Array.of(1, 2) },
        ],
      },
    ]);
  });

  it.each([
    ["0100 0000", "none"],
    // Some programs have written 1.2, which is the same (section 4.1).
    ["0100 0200", "none"],
    ["0100 0100", "CaptureError: expected pcapng version 1.0, found 1.1, at byte 12"],
    ["0200 0000", "CaptureError: expected pcapng version 1.0, found 2.0, at byte 12"],
  ])("has a version that is known: %s", (version, message) => {
    expect(refusal(parseHex(block("0a0d0d0a", `4d3c2b1a ${version} ffffffff ffffffff`)))[0]).toBe(message);
  });

  it("of less than 16 bytes is refused", () => {
    expect(refusal(parseHex(block("0a0d0d0a", "4d3c2b1a 01000000")))[0]).toBe(
      "CaptureError: expected a section header of 16 bytes at least, found 8, at byte 8",
    );
  });
});
