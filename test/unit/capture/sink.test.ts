import { describe, expect, it } from "vitest";
import { MemorySink } from "../../../src/capture/sink.ts";

describe("MemorySink", () => {
  it("keeps all chunks in order", () => {
    const sink = new MemorySink();
    sink.write(Uint8Array.of(1, 2));
    sink.write(Uint8Array.of());
    sink.write(Uint8Array.of(3));
    expect(sink.bytes()).toEqual(Uint8Array.of(1, 2, 3));
    expect(sink.length).toBe(3);
  });

  it("copies a chunk, for its buffer is filled again", () => {
    const sink = new MemorySink();
    for (const chunk of [new Uint8Array(2), Buffer.alloc(2)]) {
      chunk.fill(1);
      sink.write(chunk);
      chunk.fill(9);
    }
    expect(sink.bytes()).toEqual(Uint8Array.of(1, 1, 1, 1));
  });

  it("gives bytes out that nobody else holds", () => {
    const sink = new MemorySink();
    sink.write(Uint8Array.of(1));
    sink.bytes().fill(9);
    expect(sink.bytes()).toEqual(Uint8Array.of(1));
  });
});
