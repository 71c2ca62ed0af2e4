import { describe, expect, it } from "vitest";
import { Counter, type LinkOptions } from "../../../src/datapath/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { createHostPair, dropsBy, emptyFrame, type HostPair } from "./host-pair.ts";

/** When each of these frames, all sent at time 0, has arrived. */
function arrivals(cable: LinkOptions, ...lengths: number[]): number[] {
  const { engine, aEnd, bEnd } = createHostPair({ cable });
  for (const length of lengths) aEnd.transmit(emptyFrame(0x0200_0000_0099, aEnd.mac, length));
  const times: number[] = [];
  while (engine.step()) while (times.length < bEnd.counters[Counter.RX_PACKETS]!) times.push(engine.now);
  return times;
}

describe("a cable", () => {
  it("delays every frame by its latency, whatever its length", () => {
    expect(arrivals({ latency: 25_000 }, 60, 1514, 60)).toEqual([25_000, 25_000, 25_000]);
  });

  it("takes 8 bits a byte, and 24 bytes more for preamble, check sequence and gap (IEEE 802.3)", () => {
    expect(arrivals({ bitsPerSecond: 1e9 }, 60)).toEqual([(60 + 24) * 8]);
    expect(arrivals({ bitsPerSecond: 10e9 }, 1514)).toEqual([Math.round((1514 + 24) * 0.8)]);
  });

  it("sends one frame after another, then each travels", () => {
    // 84 bytes at 1 Gbit/s: 672 ns each.
    expect(arrivals({ bitsPerSecond: 1e9, latency: 1000 }, 60, 60, 100)).toEqual([1672, 2344, 3336]);
  });

  it("is free again when it has sent all", () => {
    const { engine, aEnd, bEnd } = createHostPair({ cable: { bitsPerSecond: 1e9 } });
    for (const start of [0, 10_000]) {
      engine.run(start);
      aEnd.transmit(emptyFrame(0x0200_0000_0099, aEnd.mac));
      engine.run();
      expect(engine.now).toBe(start + 672);
    }
    expect(bEnd.counters[Counter.RX_PACKETS]).toBe(2);
  });

  it("carries both directions at once", () => {
    const { engine, aEnd, bEnd } = createHostPair({ cable: { bitsPerSecond: 1e9 } });
    aEnd.transmit(emptyFrame(0x0200_0000_0099, aEnd.mac));
    bEnd.transmit(emptyFrame(0x0200_0000_0099, bEnd.mac));
    engine.run();
    expect(engine.now).toBe(672);
  });

  it("keeps what is on its way when the far end goes down, which then refuses it", () => {
    const { engine, aEnd, bEnd } = createHostPair({ cable: { latency: 1000 } });
    aEnd.transmit(emptyFrame(bEnd.mac, aEnd.mac));
    engine.run(500);
    bEnd.up = false;
    engine.run();
    expect(dropsBy(bEnd)).toEqual({ [DropReason.DEV_READY]: 1 });
  });
});

describe("the sender's queue", () => {
  function burst(cable: LinkOptions, count: number): HostPair {
    const pair = createHostPair({ cable, slotCount: 2048 });
    for (let i = 0; i < count; i++) pair.aEnd.transmit(emptyFrame(0x0200_0000_0099, pair.aEnd.mac));
    return pair;
  }

  it("holds 1,000 frames; what comes on top is dropped and counted at the sender", () => {
    const { engine, aEnd, bEnd } = burst({ bitsPerSecond: 1e9 }, 1003);
    engine.run();
    expect(dropsBy(aEnd)).toEqual({ [DropReason.FULL_RING]: 3 });
    expect(bEnd.counters[Counter.RX_PACKETS]).toBe(1000);
  });

  it("has room again for each frame that was sent, though it still travels", () => {
    const { engine, aEnd } = burst({ bitsPerSecond: 1e9, latency: 1e9 }, 1000);
    engine.run(2 * 672);
    for (let i = 0; i < 3; i++) aEnd.transmit(emptyFrame(0x0200_0000_0099, aEnd.mac));
    engine.run();
    expect(dropsBy(aEnd)).toEqual({ [DropReason.FULL_RING]: 1 });
  });

  it("never fills without a rate: nothing waits to be sent", () => {
    const { engine, aEnd, bEnd } = burst({ latency: 1e9 }, 1500);
    engine.run();
    expect([dropsBy(aEnd), bEnd.counters[Counter.RX_PACKETS]]).toEqual([{}, 1500]);
  });
});

describe("options", () => {
  it.each([
    [{ latency: -1 }, "expected a latency of 0 ns or more, found -1"],
    [{ latency: NaN }, "expected a latency of 0 ns or more, found NaN"],
    [{ latency: Infinity }, "expected a latency of 0 ns or more, found Infinity"],
    [{ bitsPerSecond: 0 }, "expected a rate above 0 bit/s, found 0"],
    [{ bitsPerSecond: NaN }, "expected a rate above 0 bit/s, found NaN"],
  ])("refuse %j", (cable, message) => {
    expect(() => createHostPair({ cable })).toThrow(new RangeError(message));
  });
});
