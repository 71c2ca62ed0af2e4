import { describe, expect, it } from "vitest";
import { writeEnhancedPacket } from "../../../src/capture/enhanced-packet-block.ts";
import type { PacketDetails } from "../../../src/capture/enhanced-packet-block.ts";
import { blockWords, expected } from "./block-words.ts";

const BYTES = Uint8Array.of(0xff, 1, 2, 3, 4, 5, 6, 7, 0xff);

/** The block of `length` bytes from the second on. */
function packetWords(length: number, details: PacketDetails, snapLength = 100): string[] {
  return blockWords((block) => writeEnhancedPacket(block, 3, snapLength, 2 ** 32 + 5, BYTES, 1, length, details));
}

describe("Enhanced Packet Block", () => {
  it("has interface, time, lengths and the packet, padded with zeros", () => {
    expect(packetWords(7, {})).toEqual(
      expected(
        "06000000 28000000", // type, total length 40
        "03000000", // interface
        "01000000 05000000", // time, upper half first
        "07000000 07000000", // captured and original length
        "01020304 05060700",
        "28000000",
      ),
    );
  });

  it("has all options under their codes", () => {
    const details: PacketDetails = { originalLength: 60, direction: "in", packetId: 2 ** 40 + 1, comment: "to 😀" };
    expect(packetWords(4, details)).toEqual(
      expected(
        "06000000 48000000",
        "03000000 01000000 05000000 04000000 3c000000 01020304",
        "01000700 746f20f0 9f988000", // opt_comment
        "02000400 01000000", // epb_flags: inbound
        "05000800 01000000 00010000", // epb_packetid
        "00000000 48000000",
      ),
    );
  });

  it.each([
    ["in", "01000000"],
    ["out", "02000000"],
  ] as const)('has the direction "%s" in bits 0 and 1 of the flags (section 4.3.1)', (direction, flags) => {
    expect(packetWords(4, { direction }).slice(8, 10)).toEqual(expected("02000400", flags));
  });

  it.each([
    [0, "00000000 00000000"],
    [2 ** 32, "00000000 01000000"],
    [Number.MAX_SAFE_INTEGER, "ffffffff ffff1f00"],
  ])("has %i as a packet id of 64 bits", (packetId, id) => {
    expect(packetWords(4, { packetId }).slice(8, 11)).toEqual(expected("05000800", id));
  });

  it("has no option that is undefined", () => {
    const none = { originalLength: undefined, direction: undefined, packetId: undefined, comment: undefined };
    expect(packetWords(7, none)).toEqual(packetWords(7, {}));
  });

  it("has no more of a packet than the snap length, and its whole length", () => {
    expect(packetWords(7, {}, 5).slice(5, 9)).toEqual(expected("05000000 07000000 01020304 05000000"));
    expect(packetWords(7, { originalLength: 9 }, 5).slice(5, 7)).toEqual(expected("05000000 09000000"));
    expect(packetWords(7, {}, 7).slice(5, 7)).toEqual(expected("07000000 07000000"));
  });

  it("may be empty", () => {
    expect(packetWords(0, {}).slice(5)).toEqual(expected("00000000 00000000 20000000"));
  });

  it.each([
    [{ originalLength: 6 }, RangeError, /^expected originalLength to be an integer from 7/],
    [{ direction: "both" }, RangeError, /^expected the direction "in" or "out", found "both"/],
    [{ packetId: -1 }, RangeError, /^expected packetId/],
    [{ packetId: 2 ** 53 }, RangeError, /^expected packetId/],
    [{ packetId: 1n }, TypeError, /^expected packetId/],
    [{ comment: 5 }, TypeError, /^expected comment to be a string/],
    [{ comment: "é".repeat(32_768) }, RangeError, /^expected a text .* at most 65535 bytes, found 65536/],
  ])("refuses %o", (details, kind, message) => {
    expect(() => packetWords(7, details as unknown as PacketDetails)).toThrow(kind);
    expect(() => packetWords(7, details as unknown as PacketDetails)).toThrow(message);
  });
});
