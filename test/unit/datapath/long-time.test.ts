import { describe, expect, it } from "vitest";
import { Bridge, FdbFlag, NANOSECONDS_PER_SECOND, NeighbourState } from "../../../src/datapath/index.ts";
import { B, createHostPair } from "./host-pair.ts";

/** Longer than a signed 32-bit count of milliseconds lasts. */
const TWENTY_FIVE_DAYS = 25 * 86_400 * NANOSECONDS_PER_SECOND;

describe("after 25 days of virtual time", () => {
  it("a MAC that aged out stays out", () => {
    const { engine, a } = createHostPair();
    const bridge = new Bridge(a.namespace, { name: "br0" });
    bridge.fdb.learn(0x0a00, 1, 1);
    expect(bridge.fdb.find(0x0a00, 1)).toBeGreaterThanOrEqual(0);
    engine.run(TWENTY_FIVE_DAYS);
    expect(bridge.fdb.find(0x0a00, 1)).toBe(-1);
  });

  it("a neighbour that was reachable is asked again", () => {
    const { engine, a, aEnd } = createHostPair();
    a.ping(B);
    engine.run(NANOSECONDS_PER_SECOND);
    engine.run(TWENTY_FIVE_DAYS);
    a.ping(B);
    engine.run(TWENTY_FIVE_DAYS + 1);
    const { table } = a.namespace.neighbours;
    expect(table.state[table.find(aEnd.index, B)]).toBe(NeighbourState.DELAY);
  });
});

describe("a bridge's FDB at the bound of its table", () => {
  it("lets go of what has aged out", () => {
    const { engine, a } = createHostPair();
    const { fdb } = new Bridge(a.namespace, { name: "br0", ageingTime: 1000 });
    for (let low = 1; low < 2 ** 20; low++) fdb.learn(0x0a00, low, 1);
    fdb.learn(0x0a01, 1, 1);
    expect(fdb.find(0x0a01, 1)).toBe(-1);
    expect(() => fdb.set(0x0a02_0000_0001, 1, FdbFlag.STATIC)).toThrow(
      /^expected room in the FDB, found all 1048576 entries in use$/,
    );
    engine.run(2 * NANOSECONDS_PER_SECOND);
    fdb.learn(0x0a01, 1, 1);
    expect(fdb.find(0x0a01, 1)).toBeGreaterThanOrEqual(0);
  });
});
