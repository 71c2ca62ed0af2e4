import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import { checkOptions, hasSourceRoute, options, optionsText, OptionType } from "../../../src/wire/ipv4-options.ts";
import { ECHO_REQUEST, RECORD_ROUTE } from "./frames.ts";
import { placed, type Placed } from "./placed.ts";

/** A header with these options, padded with END to a multiple of 4. */
function withOptions(hex: string): Placed {
  const bytes = parseHex(hex);
  const header = new Uint8Array(20 + Math.ceil(bytes.length / 4) * 4);
  header[0] = 0x40 | (header.length / 4);
  header.set(bytes, 20);
  return placed(header);
}

const RECORD = "07 07 04 00000000";
const LOOSE = "83 07 04 0a000001";
const STRICT = "89 07 08 0a000001";
const ALERT = "94 04 0000";

/** Options whose length byte is missing, too small or too large. */
const MALFORMED = ["07 00", "07 01", "07 09 04 00000000", "01 01 01 07", "94 04 0000 83 03 04 89"];

describe("options", () => {
  it("are none in a header of 20 bytes", () => {
    const { view, offset } = placed(ECHO_REQUEST.subarray(14));
    expect(options(view, offset)).toEqual([]);
    expect(checkOptions(view, offset)).toBe(DropReason.NONE);
    expect(hasSourceRoute(view, offset)).toBe(false);
    expect(optionsText(view, offset)).toBe("");
  });

  it("are listed with type, place and length, up to END", () => {
    const { view, offset } = withOptions(`01 ${ALERT} ${RECORD} 00 ${LOOSE}`);
    expect(options(view, offset)).toEqual([
      { type: OptionType.NOP, offset: offset + 20, length: 1 },
      { type: OptionType.ROUTER_ALERT, offset: offset + 21, length: 4 },
      { type: OptionType.RECORD_ROUTE, offset: offset + 25, length: 7 },
    ]);
  });

  it("may fill the header without END", () => {
    const { view, offset } = withOptions(ALERT);
    expect(options(view, offset)).toEqual([{ type: OptionType.ROUTER_ALERT, offset: offset + 20, length: 4 }]);
    expect(checkOptions(view, offset)).toBe(DropReason.NONE);
  });

  it("are listed up to the first malformed one", () => {
    const { view, offset } = withOptions(`01 07 28 00`);
    expect(options(view, offset)).toEqual([{ type: OptionType.NOP, offset: offset + 20, length: 1 }]);
  });
});

describe("an option of length 2", () => {
  it("is the shortest with a length", () => {
    const { view, offset } = withOptions("de 02 94 04 0000");
    expect(options(view, offset).map(({ length }) => length)).toEqual([2, 4]);
    expect(checkOptions(view, offset)).toBe(DropReason.NONE);
  });
});

describe("what stands behind the header", () => {
  it.each([OptionType.LOOSE_SOURCE_ROUTE, OptionType.END, 7])("is no option: %d", (poison) => {
    const header = Uint8Array.from([0x46, ...new Uint8Array(19), 148, 4, 0, 0]);
    const { view, offset } = placed(header, poison);
    expect(options(view, offset)).toHaveLength(1);
    expect(checkOptions(view, offset)).toBe(DropReason.NONE);
    expect(hasSourceRoute(view, offset)).toBe(false);
    expect(optionsText(view, offset)).toBe("RA");
  });
});

describe("checkOptions", () => {
  it.each(MALFORMED)("refuses %s", (hex) => {
    const { view, offset } = withOptions(hex);
    expect(checkOptions(view, offset)).toBe(DropReason.IP_OPTIONS);
  });

  it("does not look behind END", () => {
    const { view, offset } = withOptions("00 07 00 00");
    expect(checkOptions(view, offset)).toBe(DropReason.NONE);
  });

  it("takes what Linux sends", () => {
    const { view, offset } = placed(RECORD_ROUTE.subarray(14));
    expect(checkOptions(view, offset)).toBe(DropReason.NONE);
  });
});

describe("hasSourceRoute", () => {
  it.each([LOOSE, STRICT, `01 ${ALERT} ${LOOSE}`])("finds %s", (hex) => {
    const { view, offset } = withOptions(hex);
    expect(hasSourceRoute(view, offset)).toBe(true);
  });

  it.each([RECORD, ALERT, `00 ${LOOSE}`, "07 00 00 00 83 03 04 00"])("finds none in %s", (hex) => {
    const { view, offset } = withOptions(hex);
    expect(hasSourceRoute(view, offset)).toBe(false);
  });
});

describe("optionsText", () => {
  it.each([
    [ALERT, "RA"],
    [`01 ${RECORD}`, "NOP,RR 0.0.0.0"],
    [`${LOOSE} 00`, "LSRR 10.0.0.1,EOL"],
    [`${STRICT} 01`, "SSRR 10.0.0.1,,NOP"],
    ["44 04 05 00", "timestamp"],
    ["82 04 00 00", "security"],
    ["de 04 00 00", "unknown 222"],
    ["01 07 28 00", "NOP,RR [bad length]"],
    ["01 01 01 07", "NOP,NOP,NOP,RR [bad length]"],
  ])("prints %s as tcpdump does", (hex, expected) => {
    const { view, offset } = withOptions(hex);
    expect(optionsText(view, offset)).toBe(expected);
  });
});
