import { describe, expect, it } from "vitest";
import { BUFFER_LENGTH, OutputBuffer } from "../../../src/capture/output-buffer.ts";
import type { ByteSink } from "../../../src/capture/sink.ts";

/** Remembers where chunks came from, not what was in them. */
class CountingSink implements ByteSink {
  readonly lengths: number[] = [];
  readonly buffers: Set<ArrayBufferLike> = new Set();

  write(chunk: Uint8Array): void {
    this.lengths.push(chunk.length);
    this.buffers.add(chunk.buffer);
  }
}

function writeStretch(output: OutputBuffer, length: number): void {
  output.commit(output.reserve(length) + length);
}

describe("OutputBuffer", () => {
  it("gathers stretches until one does not fit", () => {
    const sink = new CountingSink();
    const output = new OutputBuffer(sink);
    writeStretch(output, BUFFER_LENGTH - 1);
    writeStretch(output, 1);
    expect(sink.lengths).toEqual([]);
    writeStretch(output, 1);
    expect(sink.lengths).toEqual([BUFFER_LENGTH]);
  });

  it("keeps one buffer however much goes through it", () => {
    const sink = new CountingSink();
    const output = new OutputBuffer(sink);
    for (let count = 0; count < 10_000; count++) writeStretch(output, 1_000);
    output.flush();
    expect(sink.lengths.reduce((sum, length) => sum + length)).toBe(10_000_000);
    expect(sink.buffers.size).toBe(1);
    expect(output.bytes.length).toBe(BUFFER_LENGTH);
  });

  it("grows once for a larger stretch, and gives what came before to the sink first", () => {
    const sink = new CountingSink();
    const output = new OutputBuffer(sink);
    writeStretch(output, 100);
    writeStretch(output, BUFFER_LENGTH + 1);
    expect(sink.lengths).toEqual([100]);
    expect(output.bytes.length).toBe(2 * BUFFER_LENGTH);
    writeStretch(output, 2 * BUFFER_LENGTH);
    output.flush();
    expect(sink.lengths).toEqual([100, BUFFER_LENGTH + 1, 2 * BUFFER_LENGTH]);
    expect(output.bytes.length).toBe(2 * BUFFER_LENGTH);
    expect(output.view.buffer).toBe(output.bytes.buffer);
  });

  it("forgets what was reserved and not committed", () => {
    const sink = new CountingSink();
    const output = new OutputBuffer(sink);
    writeStretch(output, 10);
    expect(output.reserve(1_000)).toBe(10);
    output.flush();
    expect(sink.lengths).toEqual([10]);
  });

  it("gives the sink no empty chunk", () => {
    const sink = new CountingSink();
    const output = new OutputBuffer(sink);
    output.flush();
    writeStretch(output, 10);
    output.flush();
    output.flush();
    expect(sink.lengths).toEqual([10]);
  });
});
