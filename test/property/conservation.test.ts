/**
 * Every frame that comes in is delivered, consumed or dropped with a reason, at every instant and whatever the
 * network: packets made = packets ended + packets in flight, and nothing is in flight once all timers have ended.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DropReason } from "../../src/wire/index.ts";
import { dropsOf, expectBalance, expectRest } from "./books.ts";
import { buildNetwork, perform, type Step, topology, traffic } from "../../src/arbitraries/index.ts";

/** What the runs of one property saw together: random traffic that never gets anywhere would prove nothing. */
interface Coverage {
  delivered: number;
  cloned: number;
  readonly reasons: Set<number>;
}

function runAll(
  plan: Parameters<typeof buildNetwork>[0],
  steps: readonly Step[],
  slotCount: number | undefined,
  coverage: Coverage,
): void {
  const network = buildNetwork(plan, slotCount);
  const { engine } = network;
  for (const step of steps) {
    perform(network, step);
    expectBalance(engine);
  }
  while (engine.step()) expectBalance(engine);
  expectRest(engine);
  coverage.delivered += engine.deliveredCount;
  coverage.cloned += engine.pool.cloneCount;
  for (const device of network.devices)
    device.drops.forEach((count, reason) => count > 0 && coverage.reasons.add(reason));
}

describe("conservation", () => {
  it("holds in random networks under random traffic", () => {
    const coverage: Coverage = { delivered: 0, cloned: 0, reasons: new Set() };
    fc.assert(
      fc.property(topology(), traffic(), (plan, steps) => runAll(plan, steps, undefined, coverage)),
      { numRuns: 60 },
    );
    expect(coverage.delivered).toBeGreaterThan(60);
    expect(coverage.cloned).toBeGreaterThan(60);
    expect(coverage.reasons.size).toBeGreaterThan(15);
  });

  it("holds when the pool is always about to be empty", () => {
    const coverage: Coverage = { delivered: 0, cloned: 0, reasons: new Set() };
    fc.assert(
      fc.property(topology(), traffic(), fc.integer({ min: 1, max: 8 }), (plan, steps, slotCount) =>
        runAll(plan, steps, slotCount, coverage),
      ),
      { numRuns: 60 },
    );
    expect(coverage.delivered).toBeGreaterThan(50);
    expect(coverage.reasons).toContain(DropReason.NOMEM);
  });

  it("counts each drop at exactly one device while the pool has room", () => {
    fc.assert(
      fc.property(topology(), traffic(), (plan, steps) => {
        const network = buildNetwork(plan, 4096);
        for (const step of steps) perform(network, step);
        network.engine.run();
        // A frame longer than a slot never comes to be, but is counted: those are left out here.
        const refused = network.devices.reduce((total, device) => total + device.drops[DropReason.NOMEM]!, 0);
        expect(dropsOf(network.engine) - refused).toBe(network.engine.droppedCount);
      }),
      { numRuns: 25 },
    );
  });
});
