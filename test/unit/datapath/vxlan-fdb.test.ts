import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Engine, NANOSECONDS_PER_MILLISECOND, VxlanFdb } from "../../../src/datapath/index.ts";
import { LearnResult } from "../../../src/datapath/vxlan-fdb.ts";

const HIGH = 0x0200;
const [X, Y] = [0xc0a80101, 0xc0a80102];

function create(maximumCount?: number): { fdb: VxlanFdb; wait: (milliseconds: number) => void } {
  const engine = new Engine({ slotCount: 1 });
  return {
    fdb: new VxlanFdb(engine, 1000, maximumCount),
    wait: (milliseconds) => engine.run(engine.now + milliseconds * NANOSECONDS_PER_MILLISECOND),
  };
}

function mac(low: number): number {
  return HIGH * 2 ** 32 + low;
}

describe("learning", () => {
  it("enters, refreshes, moves", () => {
    const { fdb } = create();
    expect(fdb.find(HIGH, 1)).toBe(0);
    expect([fdb.learn(HIGH, 1, X), fdb.find(HIGH, 1)]).toEqual([LearnResult.ENTERED, X]);
    expect([fdb.learn(HIGH, 1, X), fdb.find(HIGH, 1)]).toEqual([LearnResult.REFRESHED, X]);
    expect([fdb.learn(HIGH, 1, Y), fdb.find(HIGH, 1)]).toEqual([LearnResult.MOVED, Y]);
  });

  it("ages by what comes from a MAC, not by looking it up", () => {
    const { fdb, wait } = create();
    fdb.learn(HIGH, 1, X);
    wait(600);
    expect(fdb.find(HIGH, 1)).toBe(X);
    fdb.learn(HIGH, 1, X);
    wait(999);
    expect(fdb.find(HIGH, 1)).toBe(X);
    wait(1);
    expect([fdb.find(HIGH, 1), fdb.list()]).toEqual([0, []]);
  });

  it("stops at the bound, until something is past its age", () => {
    const { fdb, wait } = create(2);
    fdb.learn(HIGH, 1, X);
    wait(500);
    fdb.learn(HIGH, 2, X);
    expect([fdb.learn(HIGH, 3, Y), fdb.find(HIGH, 3)]).toEqual([LearnResult.FULL, 0]);
    expect(fdb.learn(HIGH, 2, Y)).toBe(LearnResult.MOVED);
    wait(500);
    expect([fdb.learn(HIGH, 3, Y), fdb.find(HIGH, 3), fdb.find(HIGH, 1)]).toEqual([LearnResult.ENTERED, Y, 0]);
  });
});

describe("permanent entries", () => {
  it("neither age nor move, and a frame that says otherwise is told", () => {
    const { fdb, wait } = create();
    fdb.setPermanent(mac(1), X);
    wait(100_000);
    expect(fdb.learn(HIGH, 1, X)).toBe(LearnResult.REFRESHED);
    expect([fdb.learn(HIGH, 1, Y), fdb.find(HIGH, 1)]).toEqual([LearnResult.CONTRADICTS_PERMANENT, X]);
  });

  it("replace learned and permanent ones, also with the same VTEP", () => {
    const { fdb, wait } = create();
    fdb.learn(HIGH, 1, X);
    fdb.setPermanent(mac(1), X);
    wait(1000);
    expect(fdb.find(HIGH, 1)).toBe(X);
    fdb.setPermanent(mac(1), Y);
    expect(fdb.list()).toEqual([{ mac: mac(1), remote: Y, isPermanent: true }]);
  });

  it("find no room in a full table", () => {
    const { fdb } = create(1);
    fdb.setPermanent(mac(1), X);
    expect(() => fdb.setPermanent(mac(2), X)).toThrow(
      new RangeError("expected room in the FDB, found all 1 entries in use"),
    );
    expect([fdb.delete(mac(1)), fdb.delete(mac(1))]).toEqual([true, false]);
    fdb.setPermanent(mac(2), Y);
    expect(fdb.find(HIGH, 2)).toBe(Y);
  });
});

describe("the flood list", () => {
  it("has each VTEP once, in the order they were added, before all entries", () => {
    const { fdb } = create();
    fdb.addFlood(Y);
    fdb.addFlood(X);
    fdb.learn(HIGH, 2, X);
    fdb.learn(HIGH, 1, X);
    expect(() => fdb.addFlood(X)).toThrow(
      new RangeError("expected a new VTEP for the flood list, found one that is there"),
    );
    expect(fdb.list()).toEqual([
      { mac: 0, remote: Y, isPermanent: true },
      { mac: 0, remote: X, isPermanent: true },
      { mac: mac(1), remote: X, isPermanent: false },
      { mac: mac(2), remote: X, isPermanent: false },
    ]);
    expect([fdb.removeFlood(Y), fdb.removeFlood(Y), fdb.floodList]).toEqual([true, false, [X]]);
  });
});

it("keeps MACs and VTEPs together through any sequence of changes", () => {
  const change = fc.record({
    kind: fc.constantFrom("learn", "permanent", "delete"),
    low: fc.nat(5),
    remote: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const { fdb } = create();
      const model = new Map<number, { remote: number; isPermanent: boolean }>();
      for (const { kind, low, remote } of changes) {
        if (kind === "delete") expect(fdb.delete(mac(low))).toBe(model.delete(low));
        else if (kind === "permanent") {
          fdb.setPermanent(mac(low), remote);
          model.set(low, { remote, isPermanent: true });
        } else {
          fdb.learn(HIGH, low, remote);
          if (model.get(low)?.isPermanent !== true) model.set(low, { remote, isPermanent: false });
        }
        const expected = [...model].map(([key, entry]) => ({ mac: mac(key), ...entry })).sort((a, b) => a.mac - b.mac);
        expect(fdb.list()).toEqual(expected);
      }
    }),
    { numRuns: 100 },
  );
});
