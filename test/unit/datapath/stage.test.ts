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
