import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/bytes/hex.ts";
import type { CaptureRecord, InterfaceRecord, PacketRecord } from "../../../src/capture/capture-record.ts";
import { PcapRecordWriter } from "../../../src/capture/pcap-record-writer.ts";
import { MemorySink } from "../../../src/capture/sink.ts";
import { readRecords } from "./reading.ts";

const NONE = { comments: [], options: [] };
const SECTION: CaptureRecord = { kind: "section", format: "pcapng", byteOrder: "big", options: [] };
const INTERFACE: InterfaceRecord = {
  ...{ kind: "interface", id: 0, linkType: 1, snapLength: 96, unitsPerSecond: 1e6, offsetSeconds: 0, ...NONE },
};
const PACKET: PacketRecord = {
  ...{ kind: "packet", interfaceId: 0, hasTime: true, seconds: 1, nanoseconds: 2_345 },
  ...{ bytes: Uint8Array.of(0xaa), originalLength: 60, ...NONE },
};

function write(...records: readonly CaptureRecord[]): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapRecordWriter(sink);
  for (const record of records) writer.write(record);
  writer.flush();
  return sink.bytes();
}

describe("PcapRecordWriter", () => {
  it("writes a file header and packets, little endian", () => {
    expect(formatHex(write(SECTION, INTERFACE, PACKET))).toBe(
      "d4c3b2a10200040000000000000000000000040001000000" + "0100000002000000010000003c000000aa",
    );
  });

  it.each([
    [[1e6], 1e6, 2_000],
    [[1_024, 1], 1e6, 2_000],
    [[1e6, 1e9], 1e9, 2_345],
    [[1e12], 1e9, 2_345],
  ])("of interfaces in 1/%j s counts in 1/%f s", (units, unitsPerSecond, nanoseconds) => {
    const interfaces = units.map((unit, id) => ({ ...INTERFACE, id, unitsPerSecond: unit }));
    const [, source, packet] = readRecords(write(SECTION, ...interfaces, PACKET));
    expect(source).toMatchObject({ unitsPerSecond });
    expect(packet).toMatchObject({ seconds: 1, nanoseconds });
  });

  it("has the link type of the first packet's interface, and the longest snap length", () => {
    const raw = { ...INTERFACE, id: 1, linkType: 101, snapLength: 0, fcsLength: 4 };
    const [, source] = readRecords(write(SECTION, INTERFACE, raw, { ...PACKET, interfaceId: 1 }));
    expect(source).toMatchObject({ linkType: 101, snapLength: 262_144, fcsLength: 4 });
  });

  it("has room for the packets of interfaces and sections that follow", () => {
    const capture = write(SECTION, INTERFACE, PACKET, SECTION, { ...INTERFACE, id: 1, snapLength: 65_535 });
    expect(readRecords(capture)[1]).toMatchObject({ snapLength: 262_144 });
    const longer = write(SECTION, { ...INTERFACE, snapLength: 300_000 }, PACKET);
    expect(readRecords(longer)[1]).toMatchObject({ snapLength: 300_000 });
    // In classic pcap none follows.
    const classic = write({ ...SECTION, format: "pcap" } as CaptureRecord, INTERFACE, PACKET);
    expect(readRecords(classic)[1]).toMatchObject({ snapLength: 96 });
  });

  it("counts times that a later interface has finer", () => {
    const writer = new PcapRecordWriter(new MemorySink());
    const later = { ...INTERFACE, id: 1, unitsPerSecond: 1e9 };
    const whole = { ...PACKET, nanoseconds: 2_000 };
    for (const record of [SECTION, INTERFACE, whole, later, { ...PACKET, interfaceId: 1 }, whole]) writer.write(record);
    expect(writer.cutTimes).toBe(1);
  });

  it("takes packets of several interfaces and sections with one link type", () => {
    const capture = write(SECTION, INTERFACE, PACKET, SECTION, { ...INTERFACE, id: 1 }, { ...PACKET, interfaceId: 1 });
    expect(readRecords(capture).map(({ kind }) => kind)).toEqual(["section", "interface", "packet", "packet"]);
  });

  it("refuses packets with another link type than the first, not interfaces that have none", () => {
    const raw = { ...INTERFACE, id: 1, linkType: 101 };
    expect(readRecords(write(SECTION, INTERFACE, raw, PACKET))).toHaveLength(3);
    expect(() => write(SECTION, INTERFACE, raw, PACKET, { ...PACKET, interfaceId: 1 })).toThrow(
      new RangeError("expected packets of the link type ETHERNET alone, as classic pcap has one, found RAW"),
    );
  });

  it("writes a file header without packets, and without anything", () => {
    expect(readRecords(write(SECTION, { ...INTERFACE, linkType: 113 }))[1]).toMatchObject({ linkType: 113 });
    expect(readRecords(write())[1]).toMatchObject({ linkType: 1, unitsPerSecond: 1e6 });
  });

  it("counts what it leaves out", () => {
    const writer = new PcapRecordWriter(new MemorySink());
    const names: CaptureRecord = { kind: "names", entries: [], others: [], ...NONE };
    const other: CaptureRecord = { kind: "other", blockType: 1, bytes: new Uint8Array(0) };
    for (const record of [SECTION, INTERFACE, names, { ...PACKET, comments: ["a", "b"] }, other]) writer.write(record);
    expect([writer.leftOutCount, writer.leftOutComments]).toEqual([2, 2]);
  });

  it.each([
    ["before 1970", { seconds: -1 }, "the Unix time of a packet to be an integer from 0 to 4294967295, found -1"],
    ["after 2106", { seconds: 2 ** 32 }, "the Unix time of a packet to be"],
    [
      "of an interface that is not known",
      { interfaceId: 1 },
      "the id of an interface (0 to 0 are in the section), found 1",
    ],
    ["with an original length of more than 32 bits", { originalLength: 2 ** 32 }, "originalLength to be"],
  ])("refuses a packet %s", (_name, fields, message) => {
    expect(() => write(SECTION, INTERFACE, { ...PACKET, ...fields })).toThrow(RangeError);
    expect(() => write(SECTION, INTERFACE, { ...PACKET, ...fields })).toThrow(`expected ${message}`);
  });
});
