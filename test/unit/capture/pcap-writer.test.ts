import { describe, expect, it } from "vitest";
import { LinkType } from "../../../src/capture/link-type.ts";
import { BUFFER_LENGTH } from "../../../src/capture/output-buffer.ts";
import { PcapWriter } from "../../../src/capture/pcap-writer.ts";
import type { PcapOptions } from "../../../src/capture/pcap-writer.ts";
import { MemorySink } from "../../../src/capture/sink.ts";
import { expected, words } from "./block-words.ts";

const BYTES = Uint8Array.of(0xff, 1, 2, 3, 4, 5, 6, 7, 8, 0xff);

/** The words that the calls of `use` write, after the file header. */
function recordWords(options: PcapOptions, use: (writer: PcapWriter) => void): string[] {
  const sink = new MemorySink();
  const writer = new PcapWriter(sink, options);
  use(writer);
  writer.flush();
  return words(sink.bytes()).slice(6);
}

/** Seconds and units of a time. */
function timeWords(options: PcapOptions, time: number): string[] {
  return recordWords(options, (writer) => writer.writePacket(time, BYTES, 0, 0)).slice(0, 2);
}

describe("the file header", () => {
  it.each([
    ["microseconds", "d4c3b2a1"],
    ["nanoseconds", "4d3cb2a1"],
  ] as const)("tells %s by its magic number", (precision, magic) => {
    const sink = new MemorySink();
    new PcapWriter(sink, { precision }).flush();
    expect(words(sink.bytes())).toEqual(
      expected(
        magic,
        "02000400", // version 2.4
        "00000000 00000000", // reserved
        "00000400", // snap length 262,144
        "01000000", // Ethernet
      ),
    );
  });

  it("has snap length and link type", () => {
    const sink = new MemorySink();
    new PcapWriter(sink, { precision: "microseconds", snapLength: 96, linkType: LinkType.RAW }).flush();
    expect(words(sink.bytes()).slice(4)).toEqual(expected("60000000 65000000"));
  });
});

describe("a record", () => {
  it("has time, lengths and the packet, without padding", () => {
    const records = recordWords({ precision: "nanoseconds" }, (writer) => {
      writer.writePacket(3_000_000_007, BYTES, 1, 3);
      writer.writePacket(0, BYTES, 1, 1, 60);
    });
    expect(records).toEqual(
      expected(
        "03000000 07000000 03000000 03000000",
        "010203", // and at once the next record
        "00000000 00000000 01000000 3c000000 01",
      )
        .join("")
        .match(/.{1,8}/g),
    );
  });

  it("has no more of a packet than the snap length, and its whole length", () => {
    const records = recordWords({ precision: "nanoseconds", snapLength: 4 }, (writer) => {
      writer.writePacket(0, BYTES, 1, 8);
    });
    expect(records.slice(2)).toEqual(expected("04000000 08000000 01020304"));
  });

  it.each([
    [0, "00000000 00000000"],
    [999_999_999, "00000000 ffc99a3b"],
    [1_000_000_000, "01000000 00000000"],
    [4_294_967_296, "04000000 00d89411"],
    [8_388_608 * 1e9 - 1, "ffff7f00 ffc99a3b"],
    [Number.MAX_SAFE_INTEGER, "5f708900 ff092f0f"],
    [1.99, "00000000 01000000"],
    [999_999_999.99, "00000000 ffc99a3b"],
  ])("has %d ns exactly", (time, hex) => {
    expect(timeWords({ precision: "nanoseconds" }, time)).toEqual(expected(hex));
  });

  it("has microseconds cut, not rounded", () => {
    expect(timeWords({ precision: "microseconds" }, 1_999_999_999)).toEqual(expected("01000000 3f420f00"));
  });

  it("counts seconds from the epoch, up to the last of 32 bits", () => {
    const options = { precision: "nanoseconds", epochSeconds: 2 ** 32 - 2 } as const;
    expect(timeWords(options, 1_000_000_001)).toEqual(expected("ffffffff 01000000"));
    expect(() => timeWords(options, 2_000_000_000)).toThrow(
      new RangeError("expected the Unix time of a packet to be an integer from 0 to 4294967295, found 4294967296"),
    );
  });
});

describe("PcapWriter", () => {
  it("goes through one buffer of 64 KiB, however many packets there are", () => {
    const buffers = new Set<ArrayBufferLike>();
    const lengths: number[] = [];
    const sink = { write: (chunk: Uint8Array) => void (buffers.add(chunk.buffer), lengths.push(chunk.length)) };
    const writer = new PcapWriter(sink, { precision: "nanoseconds" });
    for (let count = 0; count < 20_000; count++) writer.writePacket(count, BYTES, 0, 10);
    writer.flush();
    expect(lengths.reduce((sum, length) => sum + length)).toBe(24 + 20_000 * 26);
    expect(buffers.size).toBe(1);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(BUFFER_LENGTH);
  });

  it("writes a packet that is larger than the buffer", () => {
    const large = Uint8Array.from({ length: 200_000 }, (_, index) => index);
    const records = recordWords({ precision: "nanoseconds" }, (writer) => writer.writePacket(0, large, 0, 200_000));
    expect(records.slice(4)).toEqual(words(large));
  });

  describe("refuses", () => {
    const sink = new MemorySink();
    const writer = new PcapWriter(sink, { precision: "nanoseconds" });
    const make = (options: object) => () => new PcapWriter(sink, { precision: "nanoseconds", ...options });

    it.each<[string, string, () => void]>([
      ["an unknown precision", 'the precision "microseconds" or "nanoseconds", found "s"', make({ precision: "s" })],
      ["a negative epoch", "epochSeconds to be an integer from 0 to 4294967295, found -1", make({ epochSeconds: -1 })],
      ["a snap length of 0", "snapLength to be an integer from 1 to 4294967295, found 0", make({ snapLength: 0 })],
      ["a link type of 17 bits", "linkType to be an integer from 0 to 65535, found 65536", make({ linkType: 65_536 })],
    ])("%s", (_name, message, call) => {
      expect(call).toThrow(new RangeError(`expected ${message}`));
    });

    it("packets whose time or lengths cannot be", () => {
      expect(() => writer.writePacket(-1, BYTES, 0, 1)).toThrow(/^expected time .* found -1$/);
      expect(() => writer.writePacket(0, BYTES, 5, 6)).toThrow(/^expected the length of a packet .* found 6$/);
      expect(() => writer.writePacket(0, BYTES, 0, 5, 4)).toThrow(/^expected originalLength .* from 5 .* found 4$/);
    });

    it("what has another type", () => {
      expect(() => new PcapWriter({} as never, { precision: "nanoseconds" })).toThrow(TypeError);
      expect(make({ linkType: "ethernet" })).toThrow(TypeError);
      expect(() => writer.writePacket(0, [1] as never, 0, 1)).toThrow(TypeError);
    });
  });
});
