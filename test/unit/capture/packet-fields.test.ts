import { describe, expect, it } from "vitest";
import { capturedLength, copyPacket, PacketFields } from "../../../src/capture/packet-fields.ts";

const CHUNK = Uint8Array.from({ length: 2_000 }, (_, index) => index);
const VIEW = new DataView(CHUNK.buffer);

describe("PacketFields", () => {
  it("has its bytes as a window on the chunk, the same one until it is placed anew", () => {
    const packet = new PacketFields();
    packet.place(CHUNK, VIEW, 3, 4);
    expect([...packet.bytes]).toEqual([3, 4, 5, 6]);
    expect(packet.bytes).toBe(packet.bytes);
    expect(packet.bytes.buffer).toBe(CHUNK.buffer);
    packet.place(CHUNK, VIEW, 9, 1);
    expect([...packet.bytes]).toEqual([9]);
  });

  it("gives its bytes to copies of itself", () => {
    const packet = new PacketFields();
    packet.place(CHUNK, VIEW, 3, 2);
    expect({ ...packet }).toMatchObject({ kind: "packet", bytes: Uint8Array.of(3, 4) });
  });

  it("knows where the chunk begins in its buffer", () => {
    const packet = new PacketFields();
    packet.place(CHUNK.subarray(10, 20), new DataView(CHUNK.buffer, 10, 10), 2, 3);
    expect([...packet.bytes]).toEqual([12, 13, 14]);
  });

  it.each([0, 1, 3, 4, 159, 160, 161, 164, 1_500])("of %i bytes is copied as one that others have made", (length) => {
    const packet = new PacketFields();
    packet.place(CHUNK, VIEW, 5, length);
    const made = { ...packet };
    for (const record of [packet, made]) {
      const target = new Uint8Array(length + 20);
      copyPacket(record, target, new DataView(target.buffer), 7);
      expect(capturedLength(record)).toBe(length);
      const bytes = CHUNK.subarray(5, 5 + length);
      expect([...target]).toEqual([...new Uint8Array(7), ...bytes, ...new Uint8Array(13)]);
    }
  });
});
