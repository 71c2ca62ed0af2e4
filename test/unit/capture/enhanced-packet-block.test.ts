import { describe, expect, it } from "vitest";
import { writeEnhancedPacket } from "../../../src/capture/enhanced-packet-block.ts";
import type { PacketDetails } from "../../../src/capture/enhanced-packet-block.ts";
import { blockWords, expected } from "./block-words.ts";
import { parseHex } from "../../../src/bytes/hex.ts";
import { block, INTERFACE, recordsOf, refusal, SECTION } from "./reading.ts";

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

  it.each([
    ["pass", "00000000"],
    ["drop", "02000000"],
  ] as const)('has the verdict "%s" as a TC program would: TC_ACT_OK, TC_ACT_SHOT', (verdict, action) => {
    const words = packetWords(4, { verdict });
    const value = `01${action.slice(0, 6)} 00000000 00000000`;
    expect(words.slice(8, 12)).toEqual(expected("07000900", value));
  });

  it("refuses another verdict", () => {
    const wrong = { verdict: "reject" } as unknown as PacketDetails;
    expect(() => packetWords(4, wrong)).toThrow(
      new RangeError('expected the verdict "pass" or "drop", found "reject"'),
    );
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

describe("an Enhanced Packet Block that is read", () => {
  /** Interface 0, 1 s, captured and original length, and what follows. */
  const body = (captured: string, rest: string): string => `00000000 00000000 40420f00 ${captured} 3c000000 ${rest}`;

  it("is a packet with its time, its bytes without the padding, and its options", () => {
    const options =
      "01000300 6f6e6500 01000300 74776f00" + // two comments
      "02000400 05000001" + // flags: inbound, unicast, an error of the link layer
      "05000800 01000000 00010000" + // packet id
      "04000800 07000000 00000000 00000000"; // drop count, kept as it is
    expect(recordsOf(block("06000000", body("03000000", `aabbcc00 ${options}`)))).toEqual([
      {
        ...{ kind: "packet", interfaceId: 0, hasTime: true, seconds: 1, nanoseconds: 0 },
        ...{ bytes: Uint8Array.of(0xaa, 0xbb, 0xcc), originalLength: 60 },
        ...{ flags: 0x0100_0005, direction: "in", packetId: 2 ** 40 + 1, comments: ["one", "two"] },
        options: [{ code: 4, value: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) }],
      },
    ]);
  });

  it.each([
    ["00000000", undefined],
    ["01000000", "in"],
    ["02000000", "out"],
    ["03000000", undefined],
  ])("with the flags %s has the direction %s (section 4.3.1)", (flags, direction) => {
    const [packet] = recordsOf(block("06000000", body("00000000", `02000400 ${flags}`)));
    expect(packet).toMatchObject({ direction, flags: Number.parseInt(flags.slice(0, 2), 16) });
  });

  it("has times in the units of its interface, and its offset", () => {
    const nanoseconds = block("01000000", "01000000 00000000 09000100 09000000 0e000800 0100000000000000");
    const packet = block("06000000", "01000000 00000000 ffc99a3b 00000000 00000000");
    expect(recordsOf(nanoseconds, packet)[1]).toMatchObject({ interfaceId: 1, seconds: 1, nanoseconds: 999_999_999 });
  });

  it.each([
    ["fields that are cut", "00000000", "an enhanced packet of 20 bytes at least, found 4", 56],
    [
      "more bytes than the block",
      body("05000000", "aabbccdd"),
      "a packet of 5 bytes, found a block with room for 4",
      68,
    ],
    ["more bytes than are allowed", body("01000400", ""), "a packet of at most 262144 bytes, found 262145", 68],
    [
      "an option that is cut",
      body("00000000", "0500ffff"),
      "the 65535 bytes of option 5, found 0 to the end of its block",
      76,
    ],
  ])("with %s is refused", (_name, hex, message, position) => {
    expect(refusal(parseHex([SECTION, INTERFACE, block("06000000", hex)].join("")))).toEqual([
      `CaptureError: expected ${message}, at byte ${position}`,
      2,
    ]);
  });

  it("at a time beyond 2^53 seconds is refused", () => {
    const seconds = block("01000000", "01000000 00000000 09000100 00000000");
    const packet = block("06000000", "00000000 00002000 00000000 00000000 00000000");
    expect(refusal(parseHex([SECTION, seconds, packet].join("")))[0]).toBe(
      "CaptureError: expected a time of less than 2^53 seconds, found 9007199254740992, at byte 68",
    );
  });
});
