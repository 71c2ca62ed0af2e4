import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CaptureFile, ethernetFrame, ipv4Packet, pcapFile, pcapngFile } from "../../../src/arbitraries/index.ts";
import { LinkType } from "../../../src/capture/index.ts";
import { smallestOf } from "./shrinking.ts";

/** Numbers of a file of one byte order. */
function reader({ bytes, contents }: CaptureFile): (offset: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return (offset) => view.getUint32(offset, contents.sections[0]!.byteOrder === "little");
}

describe("pcapFile", () => {
  it("has a header and its packets in its byte order, and nothing else", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(pcapFile(), (file) => {
        const { contents, bytes } = file;
        const uint32 = reader(file);
        const [own] = contents.interfaces;
        const isNano = own!.unitsPerSecond === 1e9;
        expect(uint32(0)).toBe(isNano ? 0xa1b23c4d : 0xa1b2c3d4);
        expect([uint32(16), uint32(20)]).toEqual([own!.snapLength, LinkType.ETHERNET]);
        let offset = 24;
        for (const packet of contents.packets) {
          const { seconds, nanoseconds, originalLength } = packet;
          expect([uint32(offset), uint32(offset + 4)]).toEqual([seconds, isNano ? nanoseconds : nanoseconds / 1000]);
          expect([uint32(offset + 8), uint32(offset + 12)]).toEqual([packet.bytes.length, originalLength]);
          expect(packet.bytes.length).toBe(Math.min(originalLength, own!.snapLength));
          expect(bytes.subarray(offset + 16, offset + 16 + packet.bytes.length)).toEqual(packet.bytes);
          offset += 16 + packet.bytes.length;
        }
        expect(offset).toBe(bytes.length);
        seen.add(`${contents.sections[0]!.byteOrder} ${isNano}`);
      }),
    );
    expect(seen.size).toBe(4);
  });

  it("takes what it is told", () => {
    const files = pcapFile({
      frames: ipv4Packet({ options: new Uint8Array(0) }).udp(),
      linkType: LinkType.RAW,
      byteOrder: "big",
      precision: "nanoseconds",
      snapLength: 24,
      maxPackets: 2,
    });
    for (const { bytes, contents } of fc.sample(files, 10)) {
      expect([...bytes.subarray(0, 4)]).toEqual([0xa1, 0xb2, 0x3c, 0x4d]);
      expect(bytes[23]).toBe(LinkType.RAW);
      expect(contents.packets.length).toBeLessThanOrEqual(2);
      for (const packet of contents.packets) expect(packet.bytes.length).toBe(24);
    }
  });
});

describe("pcapngFile", () => {
  it("has blocks whose lengths stand at both ends, in sections that are as long as they say", () => {
    const kinds = new Set<number>();
    fc.assert(
      fc.property(pcapngFile(), ({ bytes, contents }) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        let [isLittle, section, offset] = [true, -1, 0];
        let sectionEnd: number | undefined;
        while (offset < bytes.length) {
          const isHeader = view.getUint32(offset) === 0x0a0d0d0a;
          if (isHeader) {
            expect(offset).toBe(sectionEnd ?? offset);
            isLittle = contents.sections[++section]!.byteOrder === "little";
            expect(view.getUint32(offset + 8, isLittle)).toBe(0x1a2b3c4d);
          }
          const length = view.getUint32(offset + 4, isLittle);
          expect(length % 4).toBe(0);
          expect(view.getUint32(offset + length - 4, isLittle)).toBe(length);
          if (isHeader) {
            const stated = view.getBigInt64(offset + 16, isLittle);
            sectionEnd = stated < 0n ? undefined : offset + length + Number(stated);
          }
          kinds.add(view.getUint32(offset, isLittle));
          offset += length;
        }
        expect(offset).toBe(bytes.length);
        expect(section + 1).toBe(contents.sections.length);
      }),
    );
    expect([...kinds].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 0x0bad, 0x0a0d0d0a, 0x8000_0bad]);
  });

  it("tells packets whose interfaces are there, and times that a reader can hold", () => {
    fc.assert(
      fc.property(pcapngFile({ maxSections: 3 }), ({ contents }) => {
        for (const { interfaceId, nanoseconds, seconds, hasTime, bytes, originalLength } of contents.packets) {
          const own = contents.interfaces[interfaceId]!;
          expect(bytes.length).toBe(Math.min(originalLength, own.snapLength || originalLength));
          expect(nanoseconds).toBeLessThan(1e9);
          expect(Number.isSafeInteger(seconds)).toBe(true);
          if (!hasTime) expect([seconds, nanoseconds]).toEqual([0, 0]);
        }
      }),
    );
  });

  it("has the blocks alone that it is told to have", () => {
    const files = pcapngFile({ blocks: ["simple"], maxSections: 1, maxInterfaces: 1, frames: ethernetFrame().arp() });
    for (const { contents } of fc.sample(files, 20)) {
      expect(contents.otherCount).toBe(0);
      expect(contents.packets.filter(({ hasTime }) => hasTime)).toEqual([]);
    }
  });

  it("shrinks to one section with one interface and the packet at fault", () => {
    const found = smallestOf(pcapngFile({ maxSections: 3 }), ({ contents }) =>
      contents.packets.every(({ hasTime }) => !hasTime),
    );
    expect(found.length).toBe(1);
    expect(found[0]).toMatch(
      /^pcapng \(little endian\), 1 interfaces, 1 packets, 0 other blocks, \d+ bytes\n {2}\d+\.000000000 #0 IP 10\.0\.0\.1\.49152 > 10\.0\.0\.2\.49152: UDP, length 0$/,
    );
  });
});
