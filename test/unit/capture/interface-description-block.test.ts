import { describe, expect, it } from "vitest";
import type { BlockBuilder } from "../../../src/capture/block-builder.ts";
import { writeInterfaceDescription } from "../../../src/capture/interface-description-block.ts";
import type { InterfaceDescription } from "../../../src/capture/interface-description-block.ts";
import { LinkType } from "../../../src/capture/link-type.ts";
import { blockWords, expected } from "./block-words.ts";

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
