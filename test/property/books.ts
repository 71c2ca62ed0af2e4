/** The engine's books: what came in must have gone out, and every drop must have been counted where it happened. */
import { expect } from "vitest";
import { type Engine } from "../../src/datapath/index.ts";
import { DropReason } from "../../src/wire/index.ts";

/** Checks at any instant that no packet was lost or counted twice. */
export function expectBalance(engine: Engine): void {
  const { pool, deliveredCount, consumedCount, droppedCount } = engine;
  expect({
    packets: deliveredCount + consumedCount + droppedCount + pool.inFlightCount,
    released: deliveredCount + consumedCount + droppedCount,
  }).toEqual({
    packets: pool.allocationCount + pool.cloneCount,
    released: pool.releaseCount,
  });
  expect(dropsOf(engine) - neverMade(engine)).toBeLessThanOrEqual(droppedCount);
  expect(dropsOf(engine)).toBeGreaterThanOrEqual(droppedCount);
}

/** Checks the same once nothing is left to happen: then the pool is whole again. */
export function expectRest(engine: Engine): void {
  expectBalance(engine);
  expect({ inFlight: engine.pool.inFlightCount, slots: engine.pool.slotsInUse }).toEqual({ inFlight: 0, slots: 0 });
}

/** Drops that devices have counted, packets that never came to be included. */
export function dropsOf(engine: Engine): number {
  return engine.devices.reduce(
    (total, device) => total + (device?.drops.reduce((sum, count) => sum + count, 0) ?? 0),
    0,
  );
}

/** At most as many packets never came to be: they are counted as NOMEM, as are some that did. */
function neverMade(engine: Engine): number {
  return engine.devices.reduce((total, device) => total + (device?.drops[DropReason.NOMEM] ?? 0), 0);
}
