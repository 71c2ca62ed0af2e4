import { describe, expect, it } from "vitest";
import { BUFFER_LENGTH } from "../../../src/capture/output-buffer.ts";
import { PcapngWriter } from "../../../src/capture/pcapng-writer.ts";
import { MemorySink } from "../../../src/capture/sink.ts";
import { expected, words } from "./block-words.ts";

const FRAME = new Uint8Array(64).fill(0xab);

describe("PcapngWriter", () => {
  it("writes blocks in the order of the calls, and numbers interfaces from 0", () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink, { epochSeconds: 1 });
    const first = writer.addInterface({ name: "a" });
    writer.writePacket(first, 0, FRAME, 1, 4);
    writer.addNames([{ address: 1, names: ["b"] }]);
    const second = writer.addInterface({ name: "c" });
    writer.writeStatistics(second, 1, {});
    writer.flush();
    expect([first, second]).toEqual([0, 1]);
    expect(words(sink.bytes())).toEqual(
      expected(
        "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000",
        "01000000 28000000 01000000 00000400 02000100 61000000 09000100 09000000 00000000 28000000",
        "06000000 24000000 00000000 00000000 00ca9a3b 04000000 04000000 abababab 24000000",
        "04000000 1c000000 01000600 00000001 62000000 00000000 1c000000",
        "01000000 28000000 01000000 00000400 02000100 63000000 09000100 09000000 00000000 28000000",
        "05000000 18000000 01000000 00000000 01ca9a3b 18000000",
      ),
    );
  });

  it("gives the sink nothing before its buffer is full or flushed", () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink);
    writer.addInterface({ name: "a" });
    expect(sink.length).toBe(0);
    writer.flush();
    expect(sink.length).toBe(28 + 40);
    writer.flush();
    expect(sink.length).toBe(28 + 40);
  });

  it("goes through one buffer of 64 KiB, however many packets there are", () => {
    const buffers = new Set<ArrayBufferLike>();
    let longest = 0;
    let total = 0;
    const writer = new PcapngWriter({
      write(chunk) {
        buffers.add(chunk.buffer);
        longest = Math.max(longest, chunk.length);
        total += chunk.length;
      },
    });
    writer.addInterface({ name: "a" });
    const details = { direction: "out", packetId: 0, comment: "passed on" } as const;
    for (let count = 0; count < 20_000; count++) writer.writePacket(0, count, FRAME, 0, FRAME.length, details);
    writer.flush();
    expect(total).toBe(28 + 40 + 20_000 * (32 + 64 + 16 + 8 + 12 + 4));
    expect(buffers.size).toBe(1);
    expect(longest).toBeLessThanOrEqual(BUFFER_LENGTH);
  });

  it("writes a packet that is larger than the buffer", () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink);
    writer.addInterface({ name: "a" });
    const large = Uint8Array.from({ length: 200_000 }, (_, index) => index);
    writer.writePacket(0, 0, large, 0, large.length);
    writer.writePacket(0, 0, FRAME, 0, FRAME.length);
    writer.flush();
    const packets = sink.bytes().subarray(28 + 40);
    expect(packets.length).toBe(200_032 + 96);
    expect(Buffer.compare(packets.subarray(28, 200_028), large)).toBe(0);
  });

  const long = "→".repeat(40);
  it.each<[string, (writer: PcapngWriter) => void]>([
    ["a packet", (writer) => writer.writePacket(0, 0, FRAME, 0, 61, { direction: "in", packetId: 1, comment: long })],
    ["an interface", (writer) => writer.addInterface({ name: long, mac: 1, speed: 1, filter: long, hardware: long })],
    ["names", (writer) => writer.addNames([{ address: 1, names: [long, "a"] }])],
    ["statistics", (writer) => writer.writeStatistics(0, 0, { startTime: 0, received: 1, dropped: 2, delivered: 3 })],
  ])("writes %s whole, whatever room the buffer has left", (_name, write) => {
    const filler = new Uint8Array(BUFFER_LENGTH);
    const block = (fillerLength: number, flush: boolean): Uint8Array => {
      const sink = new MemorySink();
      const writer = new PcapngWriter(sink);
      writer.addInterface({ name: "a" });
      writer.writePacket(0, 0, filler, 0, fillerLength);
      if (flush) writer.flush();
      write(writer);
      writer.flush();
      return sink.bytes().subarray(28 + 40 + 32 + fillerLength);
    };
    const whole = Buffer.from(block(0, true)).toString("hex");
    for (let room = 0; room <= 800; room += 4) {
      const fillerLength = BUFFER_LENGTH - (28 + 40 + 32) - room;
      expect(Buffer.from(block(fillerLength, false)).toString("hex"), `${room} bytes left`).toBe(whole);
    }
  });

  it("cuts packets to the snap length of their interface", () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink);
    writer.addInterface({ name: "a", snapLength: 60 });
    writer.addInterface({ name: "b" });
    writer.flush();
    const start = sink.length;
    for (const id of [0, 1]) writer.writePacket(id, 0, FRAME, 0, 64);
    writer.flush();
    const packets = words(sink.bytes().subarray(start));
    expect(packets.slice(5, 7)).toEqual(expected("3c000000 40000000"));
    expect(packets.slice(23 + 5, 23 + 7)).toEqual(expected("40000000 40000000"));
  });

  describe("refuses", () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink);
    writer.addInterface({ name: "a" });
    writer.addInterface({ name: "b" });
    const packet = (id: number, time: number, length: number) => () => writer.writePacket(id, time, FRAME, 0, length);
    const epoch = (epochSeconds: number) => () => new PcapngWriter(sink, { epochSeconds });

    it.each<[string, string, () => void]>([
      ["an epoch with a fraction", "epochSeconds to be an integer from 0 to 4294967295, found 0.5", epoch(0.5)],
      ["an epoch after 2106", "epochSeconds to be an integer from 0 to 4294967295, found 4294967296", epoch(2 ** 32)],
      ["an unknown interface", "the id of an interface (0 to 1 were added), found 2", packet(2, 0, 1)],
      ["an interface id of -1", "the id of an interface (0 to 1 were added), found -1", packet(-1, 0, 1)],
      ["a negative time", "time to be nanoseconds from 0 to 2^53 - 1, found -1", packet(0, -1, 1)],
      ["a length beyond the bytes", "the length of a packet to be an integer from 0 to 64, found 65", packet(0, 0, 65)],
    ])("%s", (_name, message, call) => {
      expect(call).toThrow(new RangeError(`expected ${message}`));
    });

    it("a packet before any interface", () => {
      const message = "expected the id of an interface (none was added), found 0";
      expect(() => new PcapngWriter(sink).writePacket(0, 0, FRAME, 0, 1)).toThrow(new RangeError(message));
    });

    it("statistics of an unknown interface, or at no time", () => {
      expect(() => writer.writeStatistics(2, 0, {})).toThrow(/^expected the id of an interface/);
      expect(() => writer.writeStatistics(0, NaN, {})).toThrow(/^expected time/);
    });

    it("what has another type", () => {
      expect(() => new PcapngWriter(undefined as never)).toThrow(TypeError);
      expect(() => writer.writePacket(0, 0, [1] as never, 0, 1)).toThrow(TypeError);
      expect(() => writer.writePacket(0, "0" as never, FRAME, 0, 1)).toThrow(TypeError);
    });
  });

  it("writes nothing for a call that failed", () => {
    const sink = new MemorySink();
    const writer = new PcapngWriter(sink);
    writer.addInterface({ name: "a" });
    expect(() => writer.addInterface({ name: "b", filter: "x".repeat(70_000) })).toThrow(RangeError);
    expect(() => writer.writePacket(0, 0, FRAME, 0, 4, { comment: "x".repeat(70_000) })).toThrow(RangeError);
    expect(() => writer.writeStatistics(0, 0, { endTime: -1 })).toThrow(RangeError);
    expect(() =>
      writer.addNames([
        { address: 1, names: ["b"] },
        { address: 2, names: [] },
      ]),
    ).toThrow(RangeError);
    writer.flush();
    expect(sink.length).toBe(28 + 40);
    expect(writer.addInterface({ name: "b" })).toBe(1);
  });
});
