import { describe, expect, it } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import { CaptureReader } from "../../../src/capture/capture-reader.ts";
import { block, INTERFACE, readRecords, refusal, SECTION } from "./reading.ts";

const PCAP_HEADER = "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000";
const PCAP_PACKET = "01000000 02000000 03000000 04000000 aabbcc";
const PACKET_BLOCK = block("06000000", "00000000 00000000 05000000 02000000 02000000 aabb0000");

describe("CaptureReader", () => {
  it("gives a record as soon as its last byte is there", () => {
    const counts: number[] = [];
    let count = 0;
    const reader = new CaptureReader(() => count++);
    const capture = parseHex(PCAP_HEADER + PCAP_PACKET);
    for (const byte of capture) {
      reader.push(Uint8Array.of(byte));
      counts.push(count);
    }
    reader.end();
    // The file header is section and interface.
    expect(counts.lastIndexOf(0)).toBe(22);
    expect(counts.lastIndexOf(2)).toBe(capture.length - 2);
    expect(counts.at(-1)).toBe(3);
  });

  it("takes empty chunks anywhere", () => {
    let count = 0;
    const reader = new CaptureReader(() => count++);
    const capture = parseHex(SECTION + INTERFACE + PACKET_BLOCK);
    const nothing = new Uint8Array(0);
    for (const [start, end] of [
      [0, 3],
      [3, 40],
      [40, capture.length],
    ]) {
      reader.push(nothing);
      reader.push(capture.subarray(start, end));
    }
    reader.push(nothing);
    reader.end();
    expect(count).toBe(3);
  });

  it("gives windows on the chunk itself where it can", () => {
    const capture = parseHex(PCAP_HEADER + PCAP_PACKET);
    const buffers: ArrayBufferLike[] = [];
    const reader = new CaptureReader((record) => record.kind === "packet" && buffers.push(record.bytes.buffer));
    reader.push(capture);
    reader.push(parseHex(PCAP_PACKET).subarray(0, 5));
    reader.push(parseHex(PCAP_PACKET).subarray(5));
    expect(buffers.map((buffer) => buffer === capture.buffer)).toEqual([true, false]);
  });

  it("fills one object for all packets, and leaves nothing of the one before in it", () => {
    const seen = new Set<object>();
    const flags = block("06000000", "00000000 0000000000000000 00000000 00000000 02000400 01000000 00000000");
    const comments: (string | undefined)[] = [];
    const reader = new CaptureReader((record) => {
      if (record.kind !== "packet") return;
      seen.add(record);
      comments.push(record.direction);
    });
    reader.push(parseHex([SECTION, INTERFACE, flags, PACKET_BLOCK, flags].join("")));
    expect(seen.size).toBe(1);
    expect(comments).toEqual(["in", undefined, "in"]);
  });

  it.each([
    ["nothing", "", "expected a pcap or pcapng capture, found an empty file, at byte 0", 0],
    ["three bytes", "d4c3b2", "expected a capture of 4 bytes, found the end of the file after 3, at byte 0", 0],
    [
      "a file header that is cut",
      PCAP_HEADER.slice(0, -2),
      "expected a file header of 24 bytes, found the end of the file after 23, at byte 0",
      0,
    ],
    [
      "a packet header that is cut",
      `${PCAP_HEADER} 01000000`,
      "expected a packet of 16 bytes, found the end of the file after 4, at byte 24",
      2,
    ],
    [
      "a packet that is cut",
      PCAP_HEADER + PCAP_PACKET.slice(0, -2),
      "expected a packet of 19 bytes, found the end of the file after 18, at byte 24",
      2,
    ],
    [
      "a block header that is cut",
      `${SECTION} 06000000`,
      "expected a block of 8 bytes, found the end of the file after 4, at byte 28",
      1,
    ],
    [
      "a block that is cut",
      SECTION + INTERFACE + PACKET_BLOCK.slice(0, -2),
      "expected a block of 36 bytes, found the end of the file after 35, at byte 48",
      2,
    ],
  ])("refuses %s at its end, after what came before", (_name, hex, message, count) => {
    expect(refusal(parseHex(hex))).toEqual([`CaptureError: ${message}`, count]);
  });

  it("throws the same again once it has thrown", () => {
    const reader = new CaptureReader(() => {});
    expect(() => reader.push(parseHex("00112233"))).toThrow("found a file that begins with 00112233, at byte 0");
    expect(() => reader.push(parseHex(PCAP_HEADER))).toThrow("found a file that begins with 00112233, at byte 0");
    expect(() => reader.end()).toThrow("found a file that begins with 00112233, at byte 0");
  });

  it("lets through what the visitor throws", () => {
    const reader = new CaptureReader(() => {
      throw new Error("enough");
    });
    expect(() => reader.push(parseHex(PCAP_HEADER))).toThrow(new Error("enough"));
    expect(() => reader.end()).toThrow(new Error("enough"));
  });

  it("refuses what is no Uint8Array, and a visitor that is no function", () => {
    expect(() => new CaptureReader(undefined as never)).toThrow(new TypeError("expected a function, found undefined"));
    const reader = new CaptureReader(() => {});
    expect(() => reader.push("d4c3b2a1" as never)).toThrow(TypeError);
  });

  it("keeps of a length that lies no more than has come", () => {
    const before = process.memoryUsage().arrayBuffers;
    const reader = new CaptureReader(() => {}, { maxPacketLength: 2 ** 31 });
    reader.push(parseHex(`${PCAP_HEADER} 00000000 00000000 ffffff7f ffffff7f`));
    for (let count = 0; count < 10; count++) reader.push(new Uint8Array(1_000));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200_000);
  });

  it("has limits that can be others", () => {
    const capture = parseHex(PCAP_HEADER + PCAP_PACKET);
    expect(refusal(capture, { maxPacketLength: 2 })[0]).toBe(
      "CaptureError: expected a packet of at most 2 bytes, found 3, at byte 32",
    );
    expect(readRecords(capture, { maxPacketLength: 3 })).toHaveLength(3);
    const blocks = parseHex(SECTION + INTERFACE);
    expect(refusal(blocks, { maxBlockLength: 24 })[0]).toBe(
      "CaptureError: expected a block's length from 16 to 24, a multiple of 4, found 28, at byte 4",
    );
    expect(refusal(parseHex(SECTION + INTERFACE + INTERFACE), { maxInterfaces: 1 })[0]).toBe(
      "CaptureError: expected at most 1 interfaces in a section, found one more, at byte 56",
    );
  });
});
