import { describe, expect, it } from "vitest";
import { writeSectionHeader } from "../../../src/capture/section-header-block.ts";
import { blockWords, expected } from "./block-words.ts";

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
