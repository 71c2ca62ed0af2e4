import { describe, expect, it } from "vitest";
import { hexDump } from "../../../src/bytes/hex.ts";
import { dissect } from "../../../src/wire/dissection.ts";
import { frameDump } from "../../../src/wire/frame-dump.ts";
import * as frames from "./frames.ts";

function dump(bytes: Uint8Array, style?: (layer: number, text: string) => string): string {
  const dissection = dissect(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  return frameDump(bytes, dissection, style);
}

describe("a dump", () => {
  it.each(Object.entries(frames))("of %s without styles is tcpdump's", (_name, frame) => {
    for (const length of [frame.length, frame.length - 1, 17, 16, 15, 2, 1, 0]) {
      const bytes = frame.slice(0, length);
      expect(dump(bytes)).toBe(hexDump(bytes));
    }
  });

  it("shows each byte in its layer's style, and no gap between pairs in any", () => {
    const styled = dump(frames.UDP_DATAGRAM, (layer, text) => `<${layer}|${text}>`);
    expect(styled.split("\n")).toEqual([
      "0x0000:  <0|0a58 0af4 0101 0a58 0af4 0105 0800> <1|4500>  <0|.X.....X......><1|E.>",
      "0x0010:  <1|0021 f613 4000 4011 2bc4 0af4 0105 0af4>  <1|.!..@.@.+.......>",
      "0x0020:  <1|0208> <2|9d9d 270f 000d de60> <3|6865 6c6c 6f>    <1|..><2|..'....`><3|hello>",
    ]);
  });

  it("changes the style within a pair", () => {
    const bytes = frames.SPANNING_TREE.slice(0, 20);
    const styled = dump(bytes, (layer, text) => `<${layer}|${text}>`).split("\n")[1]!;
    expect(styled).toBe(`0x0010:  <1|03><2|00 0000>${" ".repeat(30)}  <1|.><2|...>`);
  });
});
