import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import type { PacketRecord } from "../../../src/capture/capture-record.ts";
import { isSimplePacket, writeSimplePacket } from "../../../src/capture/simple-packet-block.ts";
import { blockWords, expected } from "./block-words.ts";
import { block, recordsOf, refusal, SECTION } from "./reading.ts";

const PACKET: PacketRecord = {
  ...{ kind: "packet", interfaceId: 0, hasTime: false, seconds: 0, nanoseconds: 0 },
  ...{ bytes: Uint8Array.of(1, 2, 3, 4, 5), originalLength: 5, comments: [], options: [] },
};

/** An interface that keeps so many bytes of a packet. */
const snapped = (snapLength: string): string => block("01000000", `01000000 ${snapLength}`);

describe("Simple Packet Block (section 4.4)", () => {
  it("is a packet of the first interface without a time", () => {
    expect(recordsOf(block("03000000", "05000000 01020304 05000000"))).toEqual([PACKET]);
  });

  it("has as much of the packet as the first interface keeps", () => {
    const capture = [SECTION, snapped("03000000"), snapped("01000000"), block("03000000", "05000000 01020300")].join(
      "",
    );
    expect(refusal(parseHex(capture))).toEqual(["none", 4]);
    expect(recordsOf(block("03000000", "04000000 01020304"))).toMatchObject([{ bytes: Uint8Array.of(1, 2, 3, 4) }]);
  });

  it("that is too short for its packet is refused", () => {
    const capture = [SECTION, snapped("00000000"), block("03000000", "05000000 01020304")].join("");
    expect(refusal(parseHex(capture))).toEqual([
      "CaptureError: expected a packet of 5 bytes, found a block with room for 4, at byte 56",
      2,
    ]);
    expect(refusal(parseHex([SECTION, snapped("00000000"), block("03000000", "")].join("")))[0]).toBe(
      "CaptureError: expected a simple packet of 4 bytes at least, found 0, at byte 56",
    );
  });

  it("is written as it was read", () => {
    expect(blockWords((builder) => writeSimplePacket(builder, PACKET))).toEqual(
      expected("03000000 18000000 05000000 01020304 05000000 18000000"),
    );
  });

  it.each<[string, Partial<PacketRecord>, number, boolean]>([
    ["a packet alone", {}, 0, true],
    ["one as long as the interface keeps", { originalLength: 60 }, 5, true],
    ["one that is cut otherwise", { originalLength: 60 }, 0, false],
    ["one longer than the interface keeps", {}, 4, false],
    ["a time", { hasTime: true }, 0, false],
    ["flags", { flags: 0 }, 0, false],
    ["a direction", { direction: "in" }, 0, false],
    ["a packet id", { packetId: 0 }, 0, false],
    ["a comment", { comments: ["c"] }, 0, false],
    ["an option", { options: [{ code: 99, value: new Uint8Array(0) }] }, 0, false],
  ])("has room for %s", (_name, fields, snapLength, expectedAnswer) => {
    expect(isSimplePacket({ ...PACKET, ...fields }, snapLength)).toBe(expectedAnswer);
  });
});
