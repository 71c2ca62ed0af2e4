import { describe, expect, it } from "vitest";
import { BridgeFdb, Engine, FdbFlag, NANOSECONDS_PER_MILLISECOND } from "../../../src/datapath/index.ts";

const HIGH = 0x0200;

function create(
  ageingTime = 1000,
  limit = 0,
): { engine: Engine; fdb: BridgeFdb; port: (low: number) => number | undefined; wait: (milliseconds: number) => void } {
  const engine = new Engine({ slotCount: 1 });
  const fdb = new BridgeFdb(engine, ageingTime, limit);
  const port = (low: number): number | undefined => {
    const slot = fdb.find(HIGH, low);
    return slot < 0 ? undefined : fdb.port(slot);
  };
  return {
    engine,
    fdb,
    port,
    wait: (milliseconds) => engine.run(engine.now + milliseconds * NANOSECONDS_PER_MILLISECOND),
  };
}

function mac(low: number): number {
  return HIGH * 2 ** 32 + low;
}

describe("learned entries", () => {
  it("live for the ageing time after they were last heard of", () => {
    const { fdb, port, wait } = create();
    fdb.learn(HIGH, 1, 3);
    wait(999);
    expect(port(1)).toBe(3);
    fdb.learn(HIGH, 1, 3);
    wait(999);
    expect(port(1)).toBe(3);
    wait(1);
    expect([port(1), fdb.learnedCount, fdb.list()]).toEqual([undefined, 0, []]);
  });

  it("move with their MAC, and keep the upper MAC word apart", () => {
    const { fdb, port } = create();
    fdb.learn(HIGH, -1, 3);
    fdb.learn(HIGH, 0xffffffff | 0, 4);
    expect([port(-1), fdb.find(HIGH + 1, -1), fdb.learnedCount]).toEqual([4, -1, 1]);
  });

  it("age out across the wrap of the clock", () => {
    const { fdb, port, wait } = create();
    wait(2 ** 31 - 500);
    fdb.learn(HIGH, 1, 3);
    wait(999);
    expect(port(1)).toBe(3);
    wait(1);
    expect(port(1)).toBeUndefined();
  });

  it("that are past their age make room at the limit", () => {
    const { fdb, port, wait } = create(1000, 2);
    for (const low of [1, 2, 3]) fdb.learn(HIGH, low, 1);
    expect([port(3), fdb.learnedCount]).toEqual([undefined, 2]);
    wait(1000);
    fdb.learn(HIGH, 3, 1);
    expect([port(3), fdb.learnedCount]).toEqual([1, 1]);
  });
});

describe("entries made by hand", () => {
  it("stay when they are local, and do not age when static", () => {
    const { fdb, port, wait } = create();
    fdb.set(mac(1), 0, FdbFlag.LOCAL | FdbFlag.STATIC);
    fdb.set(mac(2), 5, FdbFlag.STATIC);
    fdb.learn(HIGH, 1, 9);
    wait(10_000);
    expect([port(1), port(2), fdb.isLocal(fdb.find(HIGH, 1)), fdb.isLocal(fdb.find(HIGH, 2))]).toEqual([
      0,
      5,
      true,
      false,
    ]);
  });

  it("replace what was learned, and are replaced in turn", () => {
    const { fdb, port } = create();
    fdb.learn(HIGH, 1, 3);
    fdb.set(mac(1), 4, FdbFlag.STATIC | FdbFlag.STICKY);
    expect([port(1), fdb.learnedCount]).toEqual([4, 0]);
    fdb.set(mac(1), 5, FdbFlag.USER);
    expect(fdb.list()).toEqual([{ mac: mac(1), port: 5, flags: FdbFlag.USER }]);
  });
});

describe("removal", () => {
  it("deletes one, flushes the learned of a port or of all, forgets all of a port", () => {
    const { fdb } = create();
    const fill = (): void => {
      for (const low of [1, 2, 3]) fdb.learn(HIGH, low, low);
      fdb.set(mac(9), 2, FdbFlag.STATIC);
    };
    const macs = (): number[] => fdb.list().map((entry) => entry.mac - mac(0));
    fill();
    expect([fdb.delete(mac(1)), fdb.delete(mac(1)), macs(), fdb.learnedCount]).toEqual([true, false, [2, 3, 9], 2]);
    fill();
    fdb.flush(2);
    expect([macs(), fdb.learnedCount]).toEqual([[1, 3, 9], 2]);
    fdb.flush();
    expect([macs(), fdb.learnedCount]).toEqual([[9], 0]);
    fill();
    fdb.forgetPort(2);
    expect([macs(), fdb.learnedCount]).toEqual([[1, 3], 2]);
  });
});
