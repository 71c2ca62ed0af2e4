import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import type { InterfaceRecord, PacketRecord } from "../../../src/capture/capture-record.ts";
import { readRecords, refusal } from "./reading.ts";

const NONE = { comments: [], options: [] };

/** A little-endian file header: magic, version, snap length 0x1000, link type field. */
function header(magic = "d4c3b2a1", version = "0200 0400", linkType = "01000000"): string {
  return `${magic} ${version} 00000000 00000000 00100000 ${linkType}`;
}

/** Of a file with one packet. */
function onlyPacket(hex: string): PacketRecord {
  return readRecords(parseHex(hex))[2] as PacketRecord;
}

function onlyInterface(hex: string): InterfaceRecord {
  return readRecords(parseHex(hex))[1] as InterfaceRecord;
}

describe("a classic pcap capture", () => {
  it("is a section, an interface and packets", () => {
    const capture = `${header()} 01000000 02000000 03000000 3c000000 aabbcc`;
    expect(readRecords(parseHex(capture))).toEqual([
      { kind: "section", format: "pcap", byteOrder: "little", options: [] },
      { kind: "interface", id: 0, linkType: 1, snapLength: 4_096, unitsPerSecond: 1e6, offsetSeconds: 0, ...NONE },
      {
        ...{ kind: "packet", interfaceId: 0, hasTime: true, seconds: 1, nanoseconds: 2_000 },
        ...{ bytes: Uint8Array.of(0xaa, 0xbb, 0xcc), originalLength: 60, ...NONE },
      },
    ]);
  });

  it.each([
    ["microseconds, little endian", "d4c3b2a1 0200 0400", "07000000 ff000000 01000000 02000000", 255_000],
    ["microseconds, big endian", "a1b2c3d4 0002 0004", "00000007 000000ff 00000001 00000002", 255_000],
    ["nanoseconds, little endian", "4d3cb2a1 0200 0400", "07000000 ff000000 01000000 02000000", 255],
    ["nanoseconds, big endian", "a1b23c4d 0002 0004", "00000007 000000ff 00000001 00000002", 255],
  ])("in %s", (_name, beginning, packetHeader, nanoseconds) => {
    const big = beginning.startsWith("a1");
    const linkType = big ? "00000071" : "71000000";
    const found = readRecords(parseHex(`${beginning} 00000000 00000000 00000000 ${linkType} ${packetHeader} ab`));
    expect(found[0]).toMatchObject({ byteOrder: big ? "big" : "little" });
    expect(found[1]).toMatchObject({ linkType: 113, snapLength: 0, unitsPerSecond: nanoseconds === 255 ? 1e9 : 1e6 });
    expect(found[2]).toMatchObject({ seconds: 7, nanoseconds, originalLength: 2, bytes: Uint8Array.of(0xab) });
  });

  it("of the modified kind has eight bytes more before each packet", () => {
    const more = "01000000 0800 04 00";
    const packet = onlyPacket(`${header("34cdb2a1")} 01000000 02000000 01000000 01000000 ${more} ab`);
    expect(packet).toMatchObject({ seconds: 1, nanoseconds: 2_000, bytes: Uint8Array.of(0xab) });
  });

  it.each([
    ["01000000", 1, undefined],
    ["01000024", 1, 4],
    ["65000014", 101, 2],
    // Without the bit that says so, the length says nothing.
    ["e5000030", 229, undefined],
    ["7f00ff03", 127, undefined],
  ])("has in the link type %s the bits of the frame check sequence beside it", (field, linkType, fcsLength) => {
    expect(onlyInterface(header(undefined, undefined, field))).toMatchObject({ linkType, fcsLength });
  });

  it("carries microseconds of a second and more over", () => {
    const packet = onlyPacket(`${header()} 01000000 ffffffff 00000000 00000000`);
    expect(packet).toMatchObject({ seconds: 1 + 4_294, nanoseconds: 967_295_000 });
  });

  it("has times until 2106", () => {
    expect(onlyPacket(`${header()} ffffffff 3f420f00 00000000 00000000`)).toMatchObject({
      seconds: 0xffff_ffff,
      nanoseconds: 999_999_000,
    });
  });

  it.each([
    ["2.4", "0200 0400", "02000000 01000000", 2, 1],
    ["2.2", "0200 0200", "03000000 02000000", 2, 3],
    ["2.3, the right way round", "0200 0300", "02000000 03000000", 2, 3],
    ["2.3, swapped", "0200 0300", "03000000 02000000", 2, 3],
  ])("of version %s has lengths in its order", (_name, version, lengths, captured, original) => {
    const packet = onlyPacket(`${header(undefined, version)} 00000000 00000000 ${lengths} aabb`);
    expect([packet.bytes.length, packet.originalLength]).toEqual([captured, original]);
  });

  it("may be longer than the snap length, and than the original length, as broken ones are", () => {
    const packet = onlyPacket(`${header().replace("00100000", "01000000")} 00000000 00000000 02000000 00000000 aabb`);
    expect([packet.bytes.length, packet.originalLength]).toEqual([2, 0]);
  });

  it("of another major version is refused", () => {
    expect(refusal(parseHex(header(undefined, "0100 0400")))[0]).toBe(
      "CaptureError: expected pcap version 2.4, found 1.4, at byte 4",
    );
  });

  it("with a packet of more bytes than are allowed is refused", () => {
    expect(refusal(parseHex(`${header()} 00000000 00000000 01000400 01000400`))).toEqual([
      "CaptureError: expected a packet of at most 262144 bytes, found 262145, at byte 32",
      2,
    ]);
  });
});
