import { describe, expect, it } from "vitest";
import { Engine } from "../../../src/datapath/index.ts";
import { Deadline } from "../../../src/host/deadline.ts";

function create(): { engine: Engine; deadline: Deadline; times: number[] } {
  const engine = new Engine({ slotCount: 1 });
  const times: number[] = [];
  return { engine, times, deadline: new Deadline(engine, () => times.push(engine.now)) };
}

describe("a deadline", () => {
  it("expires once, when it was set to last", () => {
    const { engine, deadline, times } = create();
    deadline.set(100);
    deadline.set(300);
    deadline.set(50);
    deadline.set(200);
    expect([deadline.isRunning, deadline.remaining]).toEqual([true, 200]);
    engine.run();
    expect([times, deadline.isRunning]).toEqual([[200], false]);
  });

  it("does not expire when it is stopped, and may be set again", () => {
    const { engine, deadline, times } = create();
    deadline.set(100);
    deadline.stop();
    engine.run();
    expect(times).toEqual([]);
    deadline.set(100);
    engine.run();
    expect(times).toEqual([200]);
  });

  it("may be set again when it expires, and asks no more of the engine than it needs", () => {
    const engine = new Engine({ slotCount: 1 });
    const times: number[] = [];
    const deadline: Deadline = new Deadline(engine, () => {
      times.push(engine.now);
      if (times.length < 3) deadline.set(10);
    });
    let asked = 0;
    const { after } = engine;
    engine.after = (delay, timer) => {
      asked++;
      after.call(engine, delay, timer);
    };
    for (let i = 0; i < 1000; i++) deadline.set(10 + i);
    engine.run();
    expect([times, asked]).toEqual([[1009, 1019, 1029], 4]);
  });
});
