import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MemorySink } from "../../../src/capture/index.ts";
import { GzipSink } from "../../../src/cli/gzip-sink.ts";

/** What is packed of these chunks. */
function pack(...chunks: readonly Uint8Array[]): Uint8Array {
  const target = new MemorySink();
  const sink = new GzipSink(target);
  for (const chunk of chunks) sink.write(chunk);
  sink.finish();
  return target.bytes();
}

describe("GzipSink", () => {
  it("packs what is written", () => {
    expect(gunzipSync(pack(Buffer.from("to "), Buffer.from("and fro"))).toString()).toBe("to and fro");
  });

  it("packs nothing as an empty file of gzip", () => {
    expect(gunzipSync(pack()).length).toBe(0);
  });

  it("packs long data in members of a megabyte, and what is left", () => {
    const chunk = Uint8Array.from({ length: 300_001 }, (_, index) => index * index);
    const packed = pack(...new Array<Uint8Array>(8).fill(chunk));
    const expected = Buffer.concat(new Array<Uint8Array>(8).fill(chunk));
    expect(Buffer.compare(gunzipSync(packed), expected)).toBe(0);
    const members = Buffer.from(packed).toString("latin1").split("\x1f\x8b\x08\x00").length - 1;
    expect(members).toBeGreaterThanOrEqual(3);
  });

  it("keeps nothing of a chunk", () => {
    const target = new MemorySink();
    const sink = new GzipSink(target);
    const chunk = Buffer.from("first");
    sink.write(chunk);
    chunk.fill("x");
    sink.finish();
    expect(gunzipSync(target.bytes()).toString()).toBe("first");
  });
});
