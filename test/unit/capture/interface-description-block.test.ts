import { describe, expect, it } from "vitest";
import type { BlockBuilder } from "../../../src/capture/block-builder.ts";
import { writeInterfaceDescription } from "../../../src/capture/interface-description-block.ts";
import type { InterfaceDescription } from "../../../src/capture/interface-description-block.ts";
import { LinkType } from "../../../src/capture/link-type.ts";
import { blockWords, expected } from "./block-words.ts";
import { parseHex } from "../../../src/bytes/hex.ts";
import { block, recordsOf, refusal, SECTION } from "./reading.ts";

const writing =
  (description: InterfaceDescription) =>
  (block: BlockBuilder): void =>
    writeInterfaceDescription(block, description);

describe("Interface Description Block", () => {
  it("says by default Ethernet, 262,144 bytes of a packet, and nanoseconds", () => {
    expect(blockWords(writing({ name: "eth0" }))).toEqual(
      expected(
        "01000000 28000000", // type, total length 40
        "01000000", // link type 1, reserved
        "00000400", // snap length
        "02000400 65746830", // if_name
        "09000100 09000000", // if_tsresol: 10^-9
        "00000000 28000000",
      ),
    );
  });

  it("has all options under their codes", () => {
    const description: InterfaceDescription = {
      name: "tunl0",
      description: "IP-in-IP",
      mac: 0x0a58_0af4_0105,
      speed: 10_000_000_000,
      snapLength: 96,
      filter: "icmp",
      hardware: "veth",
      linkType: LinkType.RAW,
    };
    expect(blockWords(writing(description))).toEqual(
      expected(
        "01000000 64000000",
        "65000000 60000000",
        "02000500 74756e6c 30000000", // if_name
        "03000800 49502d69 6e2d4950", // if_description
        "06000600 0a580af4 01050000", // if_MACaddr
        "08000800 00e40b54 02000000", // if_speed
        "09000100 09000000", // if_tsresol
        "0b000500 0069636d 70000000", // if_filter: kind 0, then the text
        "0f000400 76657468", // if_hardware
        "00000000 64000000",
      ),
    );
  });

  it.each([
    [{ name: "" }, RangeError, /^expected the name of an interface to be a string, not empty/],
    [{ name: 5 }, TypeError, /^expected the name of an interface to be a string/],
    [{ name: "a", description: 5 }, TypeError, /^expected description/],
    [{ name: "a", mac: 2 ** 48 }, RangeError, /^expected mac to be an integer from 0 to 281474976710655/],
    [{ name: "a", mac: "0a:58:0a:f4:01:05" }, TypeError, /^expected mac/],
    [{ name: "a", speed: -1 }, RangeError, /^expected speed/],
    [{ name: "a", snapLength: 0 }, RangeError, /^expected snapLength to be an integer from 1/],
    [{ name: "a", filter: 5 }, TypeError, /^expected filter/],
    [{ name: "a", hardware: 5 }, TypeError, /^expected hardware/],
    [{ name: "a", linkType: 65_536 }, RangeError, /^expected linkType to be an integer from 0 to 65535/],
  ])("refuses %j", (description, kind, message) => {
    const write = writing(description as unknown as InterfaceDescription);
    expect(() => blockWords(write)).toThrow(kind);
    expect(() => blockWords(write)).toThrow(message);
  });
});

describe("an Interface Description Block that is read", () => {
  it("has all that it tells", () => {
    const body =
      "71000000 60000000" + // LINUX_SLL, 96 bytes
      "01000100 63000000 02000400 65746830 03000200 6e6f0000 06000600 0a580af4 01050000" +
      "08000800 00e40b54 02000000 09000100 09000000 0b000400 00617270 0c000500 4c696e75 78000000" +
      "0d000100 04000000 0e000800 ffffffff ffffffff 0f000200 48570000" +
      "04000800 0a000001 ffffff00 00000000"; // an IPv4 address and its mask, kept as they are
    expect(recordsOf(block("01000000", body))).toEqual([
      {
        ...{ kind: "interface", id: 1, linkType: 113, snapLength: 96, name: "eth0", description: "no" },
        ...{ mac: 0x0a58_0af4_0105, speed: 10_000_000_000, filter: "arp", operatingSystem: "Linux", hardware: "HW" },
        ...{ fcsLength: 4, unitsPerSecond: 1e9, offsetSeconds: -1, comments: ["c"] },
        options: [{ code: 4, value: parseHex("0a000001 ffffff00") }],
      },
    ]);
  });

  it("counts in microseconds unless it tells otherwise (section 4.2, if_tsresol)", () => {
    expect(recordsOf(block("01000000", "01000000 00000000"))).toMatchObject([{ unitsPerSecond: 1e6 }]);
    expect(recordsOf(block("01000000", "01000000 00000000 09000100 8a000000"))).toMatchObject([
      { unitsPerSecond: 1_024 },
    ]);
  });

  it("keeps a filter that is no text as it is", () => {
    expect(recordsOf(block("01000000", "01000000 00000000 0b000300 01aabb00"))).toMatchObject([
      { filter: undefined, options: [{ code: 11, value: Uint8Array.of(1, 0xaa, 0xbb) }] },
    ]);
  });

  it("with a time offset beyond 2^53 seconds is refused", () => {
    const body = "01000000 00000000 0e000800 00000000 00000080";
    expect(refusal(parseHex(SECTION + block("01000000", body)))[0]).toBe(
      "CaptureError: expected a time offset of less than 2^53 seconds, found -9223372036854775808, at byte 48",
    );
  });

  it("of less than 8 bytes is refused", () => {
    expect(refusal(parseHex(SECTION + block("01000000", "01000000")))[0]).toBe(
      "CaptureError: expected an interface description of 8 bytes at least, found 4, at byte 36",
    );
  });
});
