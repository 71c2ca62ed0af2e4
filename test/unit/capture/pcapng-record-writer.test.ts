import { describe, expect, it } from "vitest";
import type {
  CaptureRecord,
  InterfaceRecord,
  PacketRecord,
  SectionRecord,
} from "../../../src/capture/capture-record.ts";
import { PcapngRecordWriter } from "../../../src/capture/pcapng-record-writer.ts";
import { MemorySink } from "../../../src/capture/sink.ts";
import { expected, words } from "./block-words.ts";
import { readRecords } from "./reading.ts";

const NONE = { comments: [], options: [] };
const SECTION: SectionRecord = { kind: "section", format: "pcapng", byteOrder: "little", options: [] };
const INTERFACE: InterfaceRecord = {
  ...{ kind: "interface", id: 0, linkType: 1, snapLength: 0, unitsPerSecond: 1e6, offsetSeconds: 0, ...NONE },
};
const PACKET: PacketRecord = {
  ...{ kind: "packet", interfaceId: 0, hasTime: true, seconds: 1, nanoseconds: 2_000 },
  ...{ bytes: Uint8Array.of(0xaa, 0xbb), originalLength: 60, ...NONE },
};

function write(...records: readonly CaptureRecord[]): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapngRecordWriter(sink);
  for (const record of records) writer.write(record);
  writer.flush();
  return sink.bytes();
}

describe("PcapngRecordWriter", () => {
  it("writes little endian", () => {
    expect(words(write(SECTION, INTERFACE, PACKET))).toEqual(
      expected(
        "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000",
        "01000000 14000000 01000000 00000000 14000000",
        "06000000 24000000 00000000 00000000 42420f00 02000000 3c000000 aabb0000 24000000",
      ),
    );
  });

  it("writes big endian, options included", () => {
    const source: InterfaceRecord = { ...INTERFACE, speed: 1, unitsPerSecond: 1e9, offsetSeconds: -1, mac: 1 };
    const packet: PacketRecord = { ...PACKET, seconds: 0, nanoseconds: 1, direction: "out", packetId: 2 ** 32 };
    expect(words(write({ ...SECTION, byteOrder: "big" }, source, packet))).toEqual(
      expected(
        "0a0d0d0a 0000001c 1a2b3c4d 00010000 ffffffff ffffffff 0000001c",
        "00000001 00000044 00010000 00000000",
        "00060006 00000000 00010000 00080008 00000000 00000001 00090001 09000000",
        "000e0008 ffffffff ffffffff 00000000 00000044",
        "00000006 0000003c 00000000 00000000 3b9aca01 00000002 0000003c aabb0000",
        "00020004 00000002 00050008 00000001 00000000 00000000 0000003c",
      ),
    );
  });

  it("makes a little-endian section of classic pcap", () => {
    const [section] = readRecords(write({ ...SECTION, format: "pcap", byteOrder: "big" }));
    expect(section).toMatchObject({ format: "pcapng", byteOrder: "little" });
  });

  it("counts interfaces on from section to section, and in the file anew", () => {
    const second = { ...INTERFACE, id: 1 };
    const capture = write(SECTION, INTERFACE, PACKET, SECTION, second, { ...PACKET, interfaceId: 1 });
    expect(words(capture).slice(-9)[2]).toBe("00000000");
    expect(readRecords(capture)).toMatchObject([{}, { id: 0 }, { interfaceId: 0 }, {}, { id: 1 }, { interfaceId: 1 }]);
  });

  it("puts the direction of a record into its flags", () => {
    const packet = { ...PACKET, flags: 0x0100_0002, direction: "in" } as const;
    expect(readRecords(write(SECTION, INTERFACE, packet))[2]).toMatchObject({ flags: 0x0100_0001, direction: "in" });
  });

  it("writes a packet without a time at the beginning of time, where no Simple Packet Block has room for it", () => {
    const source = { ...INTERFACE, offsetSeconds: 5 };
    const packet = { ...PACKET, hasTime: false, seconds: 0, nanoseconds: 0, comments: ["when?"] };
    expect(readRecords(write(SECTION, source, packet))[2]).toMatchObject({ hasTime: true, seconds: 5, nanoseconds: 0 });
  });

  it.each<[string, readonly CaptureRecord[], string]>([
    ["anything before a section", [INTERFACE], "a section before anything else, found a record of kind interface"],
    ["an interface out of order", [SECTION, { ...INTERFACE, id: 1 }], "the interface 0, found 1"],
    ["a packet before its interface", [SECTION, PACKET], "the id of an interface (none is in the section), found 0"],
    [
      "a packet of a section before",
      [SECTION, INTERFACE, SECTION, { ...INTERFACE, id: 1 }, PACKET],
      "the id of an interface (1 to 1 are in the section), found 0",
    ],
    ["a link type of more than 16 bits", [SECTION, { ...INTERFACE, linkType: 65_536 }], "linkType to be"],
    ["units that no option tells", [SECTION, { ...INTERFACE, unitsPerSecond: 60 }], "units a second to be a power"],
    [
      "an original length of more than 32 bits",
      [SECTION, INTERFACE, { ...PACKET, originalLength: -1 }],
      "originalLength",
    ],
    ["a time before 1970", [SECTION, INTERFACE, { ...PACKET, seconds: -1 }], "a time that 64 bits hold, found -1 s"],
    [
      "a block of no whole words",
      [SECTION, { kind: "other", blockType: 9, bytes: new Uint8Array(3) }],
      "a block of whole words, found 3 bytes",
    ],
  ])("refuses %s", (_name, records, message) => {
    expect(() => write(...records)).toThrow(RangeError);
    expect(() => write(...records)).toThrow(`expected ${message}`);
  });

  it("leaves out a record that it refuses", () => {
    const sink = new MemorySink();
    const writer = new PcapngRecordWriter(sink);
    writer.write(SECTION);
    writer.write(INTERFACE);
    expect(() => writer.write({ ...PACKET, comments: ["c".repeat(65_536)] })).toThrow(RangeError);
    writer.write(PACKET);
    writer.flush();
    expect(sink.bytes()).toEqual(write(SECTION, INTERFACE, PACKET));
  });
});
