import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Counter, type Hop, HopRecorder, type LinkOptions } from "../../../src/datapath/index.ts";
import { DropReason } from "../../../src/wire/index.ts";
import { createHostPair, dropsBy, emptyFrame } from "./host-pair.ts";

/** An EtherType that nobody takes (IEEE 802, local experiments): what arrives ends there. */
const EXPERIMENTAL = 0x88b5;

interface Arrival {
  readonly time: number;
  readonly number: number;
}

/** Sends numbered frames, each so many nanoseconds after the one before, and lists those that arrive. */
function send(
  cable: LinkOptions,
  count: number,
  spacing = 0,
  seed = 1,
): { arrivals: Arrival[]; lost: number; books: number } {
  const { engine, aEnd, bEnd } = createHostPair({ cable, seed, slotCount: 4096 });
  const arrivals: Arrival[] = [];
  const hop = ({ device, direction, time, bytes }: Hop): void => {
    if (device === bEnd && direction === "in")
      arrivals.push({ time, number: new DataView(bytes.buffer, bytes.byteOffset).getUint16(20) });
  };
  engine.observer = new HopRecorder(engine, [{ hop }]);
  for (let number = 0; number < count; number++) {
    const frame = emptyFrame(bEnd.mac, aEnd.mac, 60, EXPERIMENTAL);
    new DataView(frame.buffer).setUint16(20, number);
    engine.run(number * spacing);
    aEnd.transmit(frame);
  }
  engine.run();
  expect(aEnd.counters[Counter.TX_PACKETS]).toBe(count);
  expect(bEnd.counters[Counter.RX_PACKETS]).toBe(arrivals.length);
  return { arrivals, lost: aEnd.drops[DropReason.LINK_LOSS]!, books: engine.pool.inFlightCount };
}

function numbers(cable: LinkOptions, count: number, spacing?: number): number[] {
  return send(cable, count, spacing).arrivals.map(({ number }) => number);
}

const inOrder = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

describe("loss", () => {
  it("takes the share of frames that it is said to, counts them at the sender, and no others", () => {
    const { arrivals, lost } = send({ loss: 0.05 }, 4000);
    expect(lost).toBeGreaterThan(150);
    expect(lost).toBeLessThan(250);
    expect(arrivals.length).toBe(4000 - lost);
    expect(arrivals.map(({ number }) => number)).toEqual(arrivals.map(({ number }) => number).sort((a, b) => a - b));
  });

  it("of all frames takes all", () => {
    expect(numbers({ loss: 1 }, 10)).toEqual([]);
  });

  it("is told of the frame that was sent", () => {
    const { engine, aEnd, bEnd } = createHostPair({ cable: { loss: 1 } });
    const told: string[] = [];
    engine.observer = new HopRecorder(engine, [
      { hop: ({ device, comment }) => told.push(`${device.fullName}: ${comment}`) },
    ]);
    aEnd.transmit(emptyFrame(bEnd.mac, aEnd.mac));
    engine.run();
    expect(told).toEqual(["a/eth0: dropped at a/eth0: LINK_LOSS, the link lost the frame"]);
    expect([dropsBy(aEnd), engine.droppedCount]).toEqual([{ [DropReason.LINK_LOSS]: 1 }, 1]);
  });
});

describe("duplicate", () => {
  it("lets frames arrive twice, one behind the other", () => {
    expect(numbers({ duplicate: 1 }, 3)).toEqual([0, 0, 1, 1, 2, 2]);
    const count = numbers({ duplicate: 0.1 }, 2000).length;
    expect(count).toBeGreaterThan(2140);
    expect(count).toBeLessThan(2260);
  });
});

describe("reorder", () => {
  it("lets the next frame overtake", () => {
    expect(numbers({ reorder: 1 }, 5)).toEqual([1, 0, 3, 2, 4]);
    const arrived = numbers({ reorder: 0.2 }, 1000);
    expect([...arrived].sort((a, b) => a - b)).toEqual(inOrder(1000));
    const overtaken = arrived.filter((number, index) => number < arrived[index - 1]!).length;
    expect(overtaken).toBeGreaterThan(110);
    expect(overtaken).toBeLessThan(230);
  });

  it("keeps a frame no longer than a millisecond when none follows", () => {
    expect(send({ reorder: 1, latency: 500 }, 2, 2_000_000).arrivals).toEqual([
      { time: 1_000_500, number: 0 },
      { time: 3_000_500, number: 1 },
    ]);
  });
});

describe("jitter", () => {
  it("makes frames late by up to as much, evenly, so that they overtake each other", () => {
    const { arrivals } = send({ latency: 10_000, jitter: 5_000 }, 2000);
    const times = arrivals.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([times[0]! >= 10_000, times.at(-1)! <= 15_000]).toEqual([true, true]);
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    expect(mean).toBeGreaterThan(12_300);
    expect(mean).toBeLessThan(12_700);
    expect(arrivals.map(({ number }) => number)).not.toEqual(inOrder(2000));
  });

  it("delivers each frame at its own time, though a later one be faster", () => {
    const { arrivals } = send({ jitter: 1_000_000 }, 200, 1000);
    expect(new Set(arrivals.map(({ time }) => time)).size).toBeGreaterThan(190);
  });
});

const options = fc.record({
  loss: fc.double({ min: 0, max: 1, noNaN: true }),
  duplicate: fc.double({ min: 0, max: 1, noNaN: true }),
  reorder: fc.double({ min: 0, max: 1, noNaN: true }),
  jitter: fc.integer({ min: 0, max: 10_000 }),
  latency: fc.integer({ min: 0, max: 10_000 }),
  bitsPerSecond: fc.option(fc.integer({ min: 1e8, max: 1e10 }), { nil: undefined }),
});

describe("whatever the link does", () => {
  it("each frame arrives or is counted as lost, none is left behind, and the same seed does the same", () => {
    fc.assert(
      fc.property(
        options,
        fc.integer(),
        fc.integer({ min: 0, max: 5_000 }),
        ({ bitsPerSecond, ...others }, seed, spacing) => {
          const cable = { ...others, ...(bitsPerSecond !== undefined && { bitsPerSecond }) };
          const outcome = send(cable, 50, spacing, seed);
          const arrived = new Set(outcome.arrivals.map(({ number }) => number)).size;
          expect([arrived + outcome.lost, outcome.books]).toEqual([50, 0]);
          expect(send(cable, 50, spacing, seed)).toEqual(outcome);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("a seed of its own does otherwise, and a link without impairments uses up no chance", () => {
    expect(send({ loss: 0.5 }, 50, 0, 1)).not.toEqual(send({ loss: 0.5 }, 50, 0, 2));
    const [plain, perfect] = [undefined, { loss: 0, duplicate: 0, reorder: 0, jitter: 0 }].map((cable) => {
      const pair = createHostPair(cable === undefined ? {} : { cable });
      pair.aEnd.transmit(emptyFrame(pair.bEnd.mac, pair.aEnd.mac));
      pair.engine.run();
      return pair.engine.random();
    });
    expect(perfect).toBe(plain);
  });
});

describe("options", () => {
  it.each<[LinkOptions, string]>([
    [{ loss: 1.1 }, "expected a probability of loss from 0 to 1, found 1.1"],
    [{ duplicate: -0.1 }, "expected a probability of duplicate from 0 to 1, found -0.1"],
    [{ reorder: NaN }, "expected a probability of reorder from 0 to 1, found NaN"],
    [{ jitter: -1 }, "expected a jitter of 0 ns or more, found -1"],
    [{ jitter: Infinity }, "expected a jitter of 0 ns or more, found Infinity"],
  ])("refuse %j", (cable, message) => {
    expect(() => createHostPair({ cable })).toThrow(new RangeError(message));
  });
});
