import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FrameMemory, MemorySink, PcapngWriter } from "../../../src/capture/index.ts";

/** Frames one after another, as far apart as `gap` says; the last one ends where the memory does. */
function memoryOf(frames: readonly Uint8Array[], gap: number, ids: readonly number[]): FrameMemory {
  const start: number[] = [];
  let end = 0;
  for (const frame of frames) {
    start.push(end + gap);
    end += gap + frame.length;
  }
  const bytes = new Uint8Array(end).fill(0xff);
  frames.forEach((frame, i) => bytes.set(frame, start[i]!));
  return {
    bytes,
    view: new DataView(bytes.buffer),
    start: Int32Array.from(start),
    length: Int32Array.from(frames, (frame) => frame.length),
    id: Float64Array.from(frames, (_, i) => ids[i % ids.length]!),
  };
}

/** A capture of two interfaces, of which the second cuts frames. */
function captureBy(epochSeconds: number, write: (writer: PcapngWriter) => void): Uint8Array {
  const sink = new MemorySink();
  const writer = new PcapngWriter(sink, { epochSeconds });
  writer.addInterface({ name: "eth0" });
  writer.addInterface({ name: "eth1", snapLength: 61 });
  write(writer);
  writer.flush();
  return sink.bytes();
}

describe("a vector of frames", () => {
  it("makes the bytes that its frames make one by one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }),
        fc.nat(5),
        fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 5 }),
        fc.nat(1),
        fc.constantFrom("in" as const, "out" as const),
        fc.nat(2 ** 53 - 1),
        fc.nat(2 ** 32 - 1),
        (frames, gap, ids, interfaceId, direction, time, epochSeconds) => {
          const memory = memoryOf(frames, gap, ids);
          const handles = Int32Array.from(frames.keys()).reverse();
          const fast = captureBy(epochSeconds, (writer) =>
            writer.writeFrames(interfaceId, time, direction, memory, handles, 0, handles.length),
          );
          const slow = captureBy(epochSeconds, (writer) => {
            for (const handle of handles) {
              const { bytes, start, length, id } = memory;
              const details = { direction, packetId: id[handle]! };
              writer.writePacket(interfaceId, time, bytes, start[handle]!, length[handle]!, details);
            }
          });
          expect(Buffer.compare(fast, slow)).toBe(0);
        },
      ),
    );
  });

  it("may be longer than the buffer, as may one of its frames", () => {
    const frames = [...new Array<number>(2000).fill(60), 200_000, 7].map((length, i) => new Uint8Array(length).fill(i));
    const memory = memoryOf(frames, 2, [1]);
    const handles = Int32Array.from(frames.keys());
    const fast = captureBy(0, (writer) => writer.writeFrames(0, 1, "in", memory, handles, 0, handles.length));
    const slow = captureBy(0, (writer) => {
      for (const frame of frames) writer.writePacket(0, 1, frame, 0, frame.length, { direction: "in", packetId: 1 });
    });
    expect(Buffer.compare(fast, slow)).toBe(0);
  });

  it("is refused for an interface that is not there, a wrong direction or a wrong time", () => {
    const memory = memoryOf([], 0, [1]);
    captureBy(0, (writer) => {
      const write = (id: number, time: number, direction: string) => () =>
        writer.writeFrames(id, time, direction as "in", memory, new Int32Array(0), 0, 0);
      expect(write(2, 0, "in")).toThrow(RangeError);
      expect(write(0, -1, "in")).toThrow(RangeError);
      expect(write(0, 0, "up")).toThrow(RangeError);
      expect(write(0, 0, "in")).not.toThrow();
    });
  });
});
