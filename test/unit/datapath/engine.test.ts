import { describe, expect, it } from "vitest";
import { Bridge, createVethPair, Engine, Namespace, NANOSECONDS_PER_MILLISECOND } from "../../../src/datapath/index.ts";
import { BROADCAST_MAC, DropReason } from "../../../src/wire/index.ts";
import { createHostPair, emptyFrame } from "./host-pair.ts";

/** An engine that notes when timers fire. */
function timedEngine(...delays: number[]): { engine: Engine; fired: number[] } {
  const engine = new Engine({ slotCount: 1 });
  const fired: number[] = [];
  for (const delay of delays) engine.after(delay, { fire: (now) => fired.push(now) });
  return { engine, fired };
}

describe("time", () => {
  it("jumps from timer to timer until none is left", () => {
    const { engine, fired } = timedEngine(30, 10, 20);
    engine.run();
    expect(fired).toEqual([10, 20, 30]);
    expect(engine.now).toBe(30);
  });

  it("stands where run is told to stop, with the timers up to then done", () => {
    const { engine, fired } = timedEngine(10, 20, 30);
    engine.run(20);
    expect([fired, engine.now]).toEqual([[10, 20], 20]);
    engine.run(29);
    expect([fired, engine.now]).toEqual([[10, 20], 29]);
    engine.run(5); // never back
    expect(engine.now).toBe(29);
    engine.run();
    expect([fired, engine.now]).toEqual([[10, 20, 30], 30]);
  });

  it("goes one instant a step, with all that is due then", () => {
    const { engine, fired } = timedEngine(10, 10, 20);
    expect([engine.step(), [...fired]]).toEqual([true, [10, 10]]);
    expect([engine.step(), [...fired]]).toEqual([true, [10, 10, 20]]);
    expect(engine.step()).toBe(false);
  });

  it("does what a timer asks for at once in the same step", () => {
    const { engine, fired } = timedEngine();
    engine.after(5, { fire: () => engine.after(0, { fire: (now) => fired.push(now) }) });
    engine.step();
    expect(fired).toEqual([5]);
  });

  it("moves packets before it asks for the next timer", () => {
    const { engine, a } = createHostPair();
    const ping = a.ping(0x0a000002);
    engine.step();
    expect(ping.receivedCount).toBe(1);
  });

  it("counts whole milliseconds that wrap at 32 bits", () => {
    const engine = new Engine({ slotCount: 1 });
    engine.run(1_999_999);
    expect(engine.milliseconds).toBe(1);
    engine.run(2 ** 31 * NANOSECONDS_PER_MILLISECOND);
    expect(engine.milliseconds).toBe(-(2 ** 31));
  });
});

describe("random", () => {
  const draw = (seed?: number): number[] => {
    const engine = new Engine({ slotCount: 1, ...(seed !== undefined && { seed }) });
    return Array.from({ length: 4 }, () => engine.random());
  };

  it("gives mulberry32's numbers", () => {
    expect(draw(1)).toEqual([2693262067, 11749833, 2265367787, 4213581821]);
  });

  it("follows the seed, 1 when none is given", () => {
    expect(draw()).toEqual(draw(1));
    expect(draw(2)).not.toEqual(draw(1));
  });
});

describe("books", () => {
  it("tell delivered, consumed and dropped packets apart", () => {
    const { engine, a, aEnd, bEnd } = createHostPair();
    a.ping(0x0a000002);
    bEnd.arrive(emptyFrame(0x02_00_00_00_00_99, aEnd.mac));
    engine.run(NANOSECONDS_PER_MILLISECOND); // before the neighbour is asked again
    // The request is answered in place; the reply is delivered. ARP's two packets did their work.
    expect([engine.deliveredCount, engine.consumedCount, engine.droppedCount]).toEqual([1, 2, 1]);
    expect(bEnd.drops[DropReason.OTHERHOST]).toBe(1);
    expect(engine.pool.inFlightCount).toBe(0);
  });
});

describe("a loop of bridges", () => {
  it("is told as an error instead of running for ever", () => {
    const engine = new Engine({ slotCount: 8 });
    const place = new Namespace(engine, "switches");
    const bridges = [new Bridge(place, { name: "br0" }), new Bridge(place, { name: "br1" })] as const;
    for (const name of ["x", "y"]) {
      const ends = createVethPair({ namespace: place, name: `${name}0` }, { namespace: place, name: `${name}1` });
      ends.forEach((end, index) => bridges[index as 0 | 1].addPort(end));
    }
    bridges[0].transmit(emptyFrame(BROADCAST_MAC, bridges[0].mac));
    expect(() => engine.run()).toThrow(
      /^expected the network to come to rest, found packets circling after \d+ batches at 0 ns: is there a loop between bridges\?$/,
    );
  });
});

describe("devices", () => {
  it("have an index each, nobody has 0", () => {
    const { engine, aEnd } = createHostPair();
    expect(engine.devices[0]).toBeNull();
    expect(engine.devices[aEnd.index]).toBe(aEnd);
    expect(engine.devices.map((device) => device?.fullName)).toEqual([undefined, "a/lo", "b/lo", "a/eth0", "b/eth0"]);
  });
});
