/** What a network did, in forms that can be compared: a capture of every hop, how packets ended, counters and tables. */
import { MemorySink } from "../../src/capture/index.ts";
import { Bridge, type Engine, HopCapture, HopRecorder, type NetDevice, VxlanDevice } from "../../src/datapath/index.ts";

/** Records every hop of the engine from now on, comments included. */
export function startCapture(engine: Engine): { readonly end: () => Uint8Array } {
  const sink = new MemorySink();
  const capture = new HopCapture(sink, { epochSeconds: 0, names: [], application: "test" });
  engine.observer = new HopRecorder(engine, [capture]);
  return {
    end: () => {
      capture.end(engine.now);
      return sink.bytes();
    },
  };
}

/** Records how each packet ended, with its bytes as they were then: without an observer. */
export function recordEnds(engine: Engine): string[] {
  const { pool } = engine;
  const ends: string[] = [];
  const release = pool.release.bind(pool);
  pool.release = (handle) => {
    ends.push(`${engine.now} ${Buffer.from(pool.contents(handle)).toString("hex")}`);
    release(handle);
  };
  return ends;
}

/** Every counter of the engine and its devices, and what their tables have learned. */
export function counters(engine: Engine): { readonly cloneCount: number; readonly [name: string]: unknown } {
  const { now, deliveredCount, consumedCount, droppedCount, pool } = engine;
  const { allocationCount, cloneCount, copyCount } = pool;
  const devices = engine.devices.map(
    (device) => device && [device.fullName, ...device.counters, ...device.drops, ...learnedBy(device)],
  );
  return { now, deliveredCount, consumedCount, droppedCount, allocationCount, cloneCount, copyCount, devices };
}

function learnedBy(device: NetDevice): readonly unknown[] {
  return device instanceof Bridge || device instanceof VxlanDevice ? device.fdb.list() : [];
}
