import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { block, INTERFACE, recordsOf, refusal, SECTION } from "./reading.ts";

/** Interface and drops, time, lengths, packet. */
const FIELDS = (interfaceAndDrops: string): string =>
  `${interfaceAndDrops} 00000000 40420f00 02000000 03000000 aabb0000`;

describe("the obsolete Packet Block (appendix A)", () => {
  it("is a packet with time, lengths, comments and flags", () => {
    const options = "01000300 616c6c00 02000400 02000000 00000000";
    expect(recordsOf(block("02000000", FIELDS("0000ffff") + options))).toEqual([
      {
        ...{ kind: "packet", interfaceId: 0, hasTime: true, seconds: 1, nanoseconds: 0, originalLength: 3 },
        ...{ bytes: Uint8Array.of(0xaa, 0xbb), flags: 2, direction: "out", comments: ["all"], options: [] },
      },
    ]);
  });

  it.each([
    ["0000 0000", []],
    ["0000 ffff", []],
    ["0000 0300", [{ code: 4, value: Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0) }]],
  ])("keeps a count of drops as the option that has replaced it: %s", (interfaceAndDrops, options) => {
    expect(recordsOf(block("02000000", FIELDS(interfaceAndDrops)))).toMatchObject([{ options }]);
  });

  it("has an interface id of 16 bits", () => {
    const capture = parseHex([SECTION, INTERFACE, block("02000000", FIELDS("01000000"))].join(""));
    expect(refusal(capture)[0]).toMatch(
      /^CaptureError: expected the id of an interface \(0 to 0 were described\), found 1,/,
    );
  });

  it("that is cut short is refused", () => {
    expect(refusal(parseHex([SECTION, INTERFACE, block("02000000", "00000000 00000000")].join("")))[0]).toBe(
      "CaptureError: expected an obsolete packet of 20 bytes at least, found 8, at byte 56",
    );
  });
});
