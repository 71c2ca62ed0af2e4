import { describe, expect, it } from "vitest";
import { findFrameSize, fitMtu, RFC_2544_FRAME_SIZES, wireBits } from "../../../src/workload/frame-size.ts";

describe("frame sizes", () => {
  it("count the frame check sequence, as RFC 2544 does", () => {
    expect(findFrameSize("64")).toEqual({ name: "64", frameLengths: [60], shortenedTo: null });
    expect(RFC_2544_FRAME_SIZES.map((size) => findFrameSize(String(size))!.frameLengths)).toEqual(
      RFC_2544_FRAME_SIZES.map((size) => [size - 4]),
    );
  });

  it.each(["imix", "IMIX"])("%s is 7 of 64, 4 of 570 and 1 of 1518", (name) => {
    const { frameLengths } = findFrameSize(name)!;
    const count = (size: number): number => frameLengths.filter((length) => length === size - 4).length;
    expect([frameLengths.length, count(64), count(570), count(1518)]).toEqual([12, 7, 4, 1]);
  });

  it.each(["63", "1519", "", "64.5", "-64", "0x40", "jumbo"])("%j is none", (name) => {
    expect(findFrameSize(name)).toBeUndefined();
  });

  it("are shortened to fit an MTU, and say so", () => {
    const longest = { name: "1518", frameLengths: [1464], shortenedTo: 1468 };
    expect(fitMtu(findFrameSize("1518")!, 1450)).toEqual(longest);
    expect(fitMtu(findFrameSize("1468")!, 1450)).toEqual(findFrameSize("1468"));
    expect(Math.max(...fitMtu(findFrameSize("IMIX")!, 1450).frameLengths)).toBe(1464);
  });

  it("take 20 bytes more of a line: 14.88 million frames of 64 bytes fill 10 Gbit/s", () => {
    expect(10e9 / wireBits(60)).toBeCloseTo(14_880_952, 0);
    expect(10e9 / wireBits(1514)).toBeCloseTo(812_744, 0);
  });
});
