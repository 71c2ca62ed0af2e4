import { describe, expect, it } from "vitest";
import { Engine, Stage, type StageWork, VECTOR_LENGTH } from "../../../src/datapath/index.ts";

/** Notes what it is given and ends it. */
class Collector implements StageWork {
  readonly stage: Stage;
  readonly vectors: number[][] = [];
  onVector: (handles: readonly number[]) => void = () => undefined;

  constructor(engine: Engine) {
    this.stage = new Stage(engine, this);
  }

  run(handles: Int32Array, first: number, end: number): void {
    const vector = [...handles.subarray(first, end)];
    this.vectors.push(vector);
    this.onVector(vector);
    for (const handle of vector) this.stage.engine.consume(handle);
  }
}

describe("a stage", () => {
  it("gets what was pushed, in order, in vectors of at most 256", () => {
    const engine = new Engine({ slotCount: 1024 });
    const collector = new Collector(engine);
    const handles = Array.from({ length: 600 }, () => engine.pool.allocate(1));
    for (const handle of handles) collector.stage.push(handle);
    engine.run();
    expect(collector.vectors.map((vector) => vector.length)).toEqual([VECTOR_LENGTH, VECTOR_LENGTH, 88]);
    expect(collector.vectors.flat()).toEqual(handles);
  });

  it("is not entered again while it runs: what it is given meanwhile comes in a later vector", () => {
    const engine = new Engine({ slotCount: 4 });
    const collector = new Collector(engine);
    let depth = 0;
    collector.onVector = () => {
      expect(depth++).toBe(0);
      if (collector.vectors.length === 1) collector.stage.push(engine.pool.allocate(1));
      depth--;
    };
    collector.stage.push(engine.pool.allocate(1));
    engine.run();
    expect(collector.vectors.map((vector) => vector.length)).toEqual([1, 1]);
  });

  it("runs in the order in which stages were given something", () => {
    const engine = new Engine({ slotCount: 8 });
    const [first, second] = [new Collector(engine), new Collector(engine)];
    const order: string[] = [];
    first.onVector = (handles) => order.push(`first ${handles.length}`);
    second.onVector = (handles) => order.push(`second ${handles.length}`);
    for (const { stage } of [second, first, second]) stage.push(engine.pool.allocate(1));
    engine.run();
    expect(order).toEqual(["second 2", "first 1"]);
  });
});

describe("a vector handed over in one go", () => {
  it("arrives in order behind what is there, however long", () => {
    const engine = new Engine({ slotCount: 2048 });
    const collector = new Collector(engine);
    const handles = Int32Array.from({ length: 1500 }, () => engine.pool.allocate(1));
    collector.stage.push(handles[0]!);
    collector.stage.pushAll(handles, 1, 1200);
    collector.stage.pushAll(handles, 1200, 1200);
    collector.stage.pushAll(handles, 1200, 1500);
    engine.run();
    expect(collector.vectors.flat()).toEqual([...handles]);
  });

  it("does not put a stage in line when it is empty", () => {
    const engine = new Engine({ slotCount: 1 });
    const collector = new Collector(engine);
    collector.stage.pushAll(new Int32Array(4), 2, 2);
    engine.run();
    expect(collector.vectors).toEqual([]);
  });

  /** Passes on what it is given, from position `first` on, and ends the others. */
  function relay(engine: Engine, next: Stage, first: number): Stage {
    return new Stage(engine, {
      run(handles, start, end) {
        for (let i = start; i < Math.min(start + first, end); i++) engine.consume(handles[i]!);
        next.pushAll(handles, Math.min(start + first, end), end);
      },
    });
  }

  it.each([
    ["whole", 0, 100],
    ["but for the first", 1, 100],
    ["in several vectors", 0, 700],
  ])("comes through a stage that passes it on %s", (_, first, count) => {
    const engine = new Engine({ slotCount: 1024 });
    const collector = new Collector(engine);
    const entry = relay(engine, relay(engine, collector.stage, 0), first);
    for (let round = 0; round < 3; round++) {
      const handles = Int32Array.from({ length: count }, () => engine.pool.allocate(1));
      entry.pushAll(handles, 0, count);
      engine.run();
      expect(collector.vectors.flat()).toEqual([...handles.subarray(first)]);
      collector.vectors.length = 0;
      expect(engine.pool.inFlightCount).toBe(0);
    }
  });

  it("is not lost when the stage that has it runs again in the same round", () => {
    const engine = new Engine({ slotCount: 1024 });
    const collector = new Collector(engine);
    const entry = relay(engine, collector.stage, 0);
    const back: Stage = new Stage(engine, {
      run: (handles, start, end) => entry.pushAll(handles, start, end),
    });
    const handles = Int32Array.from({ length: 20 }, () => engine.pool.allocate(1));
    entry.pushAll(handles, 0, 10);
    back.pushAll(handles, 10, 20);
    engine.run();
    expect(collector.vectors.flat().sort((a, b) => a - b)).toEqual([...handles].sort((a, b) => a - b));
  });
});
