import { describe, expect, it } from "vitest";
import { DropReason } from "../../../src/wire/index.ts";
import { createBridgeWorkload } from "../../../src/workload/bridge.ts";
import { createFloorWorkload } from "../../../src/workload/floor.ts";
import { CirculatingWorkload } from "../../../src/workload/circulating.ts";
import { DEFAULT_WORKLOAD } from "../../../src/workload/workload.ts";
import { Engine, type NetDevice, Stage } from "../../../src/datapath/index.ts";

/** Packets through one stage that does to them what a test asks for. */
class Faulty extends CirculatingWorkload {
  readonly name = "faulty";
  private readonly entry: Stage;
  private readonly act: (engine: Engine, handle: number) => "passes" | "vanishes";

  constructor(act: (engine: Engine, handle: number) => "passes" | "vanishes") {
    super(new Engine({ slotCount: 1024 }), 512, [60]);
    this.act = act;
    this.entry = new Stage(this.engine, this);
    this.fill([60], () => undefined);
  }

  protected send(handles: Int32Array, first: number, end: number): void {
    for (let i = first; i < end; i++) {
      if (this.act(this.engine, handles[i]!) === "passes") this.entry.push(handles[i]!);
    }
  }

  protected restore(): void {}

  protected fault(handle: number): string {
    return this.engine.pool.view.getUint8(this.engine.pool.start[handle]!) === 0 ? "" : "the first byte";
  }
}

describe("a workload's verify", () => {
  it("lets right packets pass", () => {
    const workload = new Faulty(() => "passes");
    workload.round();
    expect(() => workload.verify()).not.toThrow();
  });

  it("finds a byte that came out wrong", () => {
    const workload = new Faulty((engine, handle) => {
      if (handle === 300) engine.pool.view.setUint8(engine.pool.start[handle]!, 1);
      return "passes";
    });
    expect(() => workload.verify()).toThrow("faulty: 1 packets came out wrong: the first byte");
  });

  it("finds a packet that was lost before it looked", () => {
    let losses = 1;
    const workload = new Faulty(() => (losses-- > 0 ? "vanishes" : "passes"));
    workload.round();
    expect(() => workload.verify()).toThrow(/^faulty: expected every packet to arrive, none copied, found 1 lost, /);
  });

  it("finds a drop and a copy", () => {
    let drops = 1;
    const dropping = new Faulty((engine, handle) => {
      if (drops-- <= 0) return "passes";
      engine.drop(handle, DropReason.NOMEM, { countDrop: () => undefined } as unknown as NetDevice);
      return "vanishes";
    });
    dropping.round();
    expect(() => dropping.verify()).toThrow(/ 1 lost, 1 dropped, 0 copied, 511 in flight for 512$/);
    const copying = new Faulty((engine, handle) => {
      const clone = engine.clone(handle);
      engine.pool.makeWritable(handle);
      engine.pool.release(clone);
      return "passes";
    });
    expect(() => copying.verify()).toThrow(/ 0 lost, 0 dropped, \d+ copied, 512 in flight for 512$/);
  });
});

describe("the workload without work", () => {
  it("gives its packets back as they were", () => {
    const workload = createFloorWorkload({ ...DEFAULT_WORKLOAD, packets: 512 });
    for (let i = 0; i < 5; i++) workload.round();
    expect(() => workload.verify()).not.toThrow();
  });
});

describe("the bridge's workload", () => {
  it("has all stations talk, though they outnumber the packets", () => {
    const workload = createBridgeWorkload({ ...DEFAULT_WORKLOAD, macs: 3000, packets: 512 });
    for (let i = 0; i < 20; i++) workload.round();
    expect(() => workload.verify()).not.toThrow();
  });
});
