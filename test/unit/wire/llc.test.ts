import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../../src/bytes/hex.ts";
import { DropReason } from "../../../src/wire/drop-reason.ts";
import * as llc from "../../../src/wire/llc.ts";
import { SPANNING_TREE } from "./frames.ts";
import { checkEveryLength, placed, repeated } from "./placed.ts";

const UNNUMBERED = SPANNING_TREE.subarray(14, 17);
const INFORMATION = parseHex("fe fe 02 04");
const SNAP = parseHex("aa aa 03 00000c 2000");

describe("check", () => {
  it.each([
    ["3 bytes of unnumbered information", UNNUMBERED],
    ["4 bytes of information", INFORMATION],
    ["8 bytes with SNAP", SNAP],
  ])("wants %s", (_what, bytes) => {
    expect(checkEveryLength(llc.check, bytes)).toEqual(repeated(bytes.length, DropReason.HDR_TRUNC, DropReason.NONE));
  });
});

describe("getters", () => {
  it("read a spanning tree's header", () => {
    const { view, offset } = placed(UNNUMBERED);
    expect(llc.destination(view, offset)).toBe(llc.ServiceAccessPoint.SPANNING_TREE);
    expect(llc.source(view, offset)).toBe(llc.ServiceAccessPoint.SPANNING_TREE);
    expect(llc.control(view, offset)).toBe(3);
    expect(llc.isSnap(view, offset)).toBe(false);
  });

  it("read a control field of two bytes, the first of them the lower", () => {
    const { view, offset } = placed(INFORMATION);
    expect(llc.headerLength(view, offset)).toBe(4);
    expect(llc.control(view, offset)).toBe(0x0402);
  });

  it("read SNAP", () => {
    const { view, offset } = placed(SNAP);
    expect(llc.isSnap(view, offset)).toBe(true);
    expect(llc.organisation(view, offset)).toBe(0x00000c);
    expect(llc.protocol(view, offset)).toBe(0x2000);
  });

  it("find SNAP in unnumbered information alone", () => {
    const { view, offset } = placed(parseHex("aa aa 02 00 00 00 08 00"));
    expect(llc.isSnap(view, offset)).toBe(false);
    expect(llc.headerLength(view, offset)).toBe(4);
  });
});

describe("write", () => {
  it.each<[string, llc.LlcFields]>([
    ["424203", { destination: 0x42, source: 0x42 }],
    ["fefe0204", { destination: 0xfe, source: 0xfe, control: 0x0402 }],
    ["fefe0003", { destination: 0xfe, source: 0xfe, control: 0x0300 }],
    ["aaaa030000000800", { destination: 0xaa, source: 0xaa, protocol: 0x0800 }],
    ["aaaa0300000c2000", { destination: 0xaa, source: 0xaa, organisation: 0x0c, protocol: 0x2000 }],
  ])("gives %s", (hex, fields) => {
    const bytes = new Uint8Array(8).fill(0xff);
    const length = llc.write(new DataView(bytes.buffer), 0, fields);
    expect(formatHex(bytes.subarray(0, length))).toBe(hex);
    expect(bytes.subarray(length)).toEqual(new Uint8Array(8 - length).fill(0xff));
  });
});

describe("text", () => {
  it.each([
    ["424203", "LLC, dsap 0x42, ssap 0x42, ctrl 0x03"],
    ["aaaa030000000800", "SNAP, oui 0x000000, pid 0x0800"],
    ["aaaa0300", "[|llc]"],
    ["42", "[|llc]"],
  ])("of %s is %s", (hex, expected) => {
    const { view, offset, end } = placed(parseHex(hex));
    expect(llc.text(view, offset, end)).toBe(expected);
  });
});
