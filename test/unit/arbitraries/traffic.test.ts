import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildNetwork, perform, STEP_KINDS, type Topology, topology, traffic } from "../../../src/arbitraries/index.ts";

describe("topology", () => {
  it("keeps to the limits that it is given", () => {
    for (const plan of fc.sample(topology({ maxLans: 2, maxHosts: 1, overlays: false }), { numRuns: 50, seed: 1 })) {
      expect(plan.lans.length).toBeLessThanOrEqual(2);
      expect(plan.overlay).toBeUndefined();
      expect(buildNetwork(plan).hosts.length).toBe(plan.lans.length);
    }
  });

  it("has no quirks when told so", () => {
    for (const { lans, slotCount } of fc.sample(topology({ quirks: false }), { numRuns: 50, seed: 1 })) {
      const hosts = lans.flatMap((lan) => [...lan.hosts, ...lan.farHosts]);
      expect(new Set(hosts.map(({ mtu }) => mtu))).toEqual(new Set([1500]));
      expect(hosts.filter(({ port }) => port.isolated || port.hairpin || !port.learning)).toEqual([]);
      expect(slotCount).toBe(1024);
    }
  });

  it("shrinks to one LAN with one host", () => {
    const { counterexample } = fc.check(
      fc.property(topology(), () => false),
      { seed: 1 },
    );
    const [plan] = counterexample as [Topology];
    expect(plan).toMatchObject({
      lans: [{ hosts: [{ mtu: 1500, cable: undefined }], farHosts: [] }],
      overlay: undefined,
    });
    expect(plan.lans.length).toBe(1);
  });
});

describe("traffic", () => {
  it.each(STEP_KINDS)("of %s alone is that, and any network takes it", (kind) => {
    fc.assert(
      fc.property(topology(), traffic({ kinds: [kind], maxSteps: 3 }), (plan, steps) => {
        const network = buildNetwork(plan);
        for (const step of steps) perform(network, step);
        network.engine.run();
        expect(steps.filter((step) => step.kind !== kind)).toEqual([]);
        expect(steps.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 15 },
    );
  });

  it("refuses no kinds at all", () => {
    expect(() => traffic({ kinds: [] })).toThrow(
      "expected kinds of steps (ping, datagram, frame, noise, toggle, wait), found none",
    );
  });
});
