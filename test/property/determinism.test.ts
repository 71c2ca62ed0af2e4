/** The same scenario gives the same capture, byte for byte, and whoever looks on changes nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observer } from "../../src/datapath/index.ts";
import type { PacketPool } from "../../src/packet/index.ts";
import { counters, recordEnds, startCapture } from "./recording.ts";
import {
  buildNetwork,
  type Network,
  perform,
  type Step,
  type Topology,
  topology,
  traffic,
} from "../../src/arbitraries/index.ts";

function captureOf(plan: Topology, steps: readonly Step[]): Uint8Array {
  const network = buildNetwork(plan);
  const capture = startCapture(network.engine);
  for (const step of steps) perform(network, step);
  network.engine.run();
  return capture.end();
}

/** How every packet ended, and all counters. */
function endsOf(
  plan: Topology,
  steps: readonly Step[],
  observe: (network: Network) => void,
): { readonly ends: string[]; readonly counters: ReturnType<typeof counters> } {
  const network = buildNetwork(plan);
  observe(network);
  const ends = recordEnds(network.engine);
  for (const step of steps) perform(network, step);
  network.engine.run();
  return { ends, counters: counters(network.engine) };
}

/** Gives every clone a slot and bytes of its own, what stands before the packet included. */
function copyClones(pool: PacketPool): void {
  pool.clone = (handle) => {
    const copy = pool.allocate(0);
    if (copy < 0) return copy;
    const { start, stride, bytes } = pool;
    const from = start[handle]! - (start[handle]! % stride);
    const to = start[copy]! - (start[copy]! % stride);
    bytes.copyWithin(to, from, from + stride);
    start[copy] = to + (start[handle]! - from);
    pool.length[copy] = pool.length[handle]!;
    pool.ingress[copy] = pool.ingress[handle]!;
    pool.id[copy] = pool.id[handle]!;
    return copy;
  };
}

const BLIND: Observer = {
  asksWhy: true,
  frames: () => undefined,
  explain: () => undefined,
  cloned: () => undefined,
  dropped: () => undefined,
  settle: () => undefined,
};

describe("determinism", () => {
  it("gives the same capture for the same seed", () => {
    let length = 0;
    fc.assert(
      fc.property(topology(), traffic(), (plan, steps) => {
        const capture = captureOf(plan, steps);
        expect(Buffer.compare(captureOf(plan, steps), capture)).toBe(0);
        length += capture.length;
      }),
      { numRuns: 20 },
    );
    expect(length).toBeGreaterThan(100_000);
  });

  it("gives another capture for another seed", () => {
    const plan: Topology = { seed: 1, slotCount: 64, overlay: undefined, lans: [] };
    const lan = { hosts: [], farHosts: [], trunk: undefined, ageingTime: 300_000, learnedLimit: 0, routerMtu: 1500 };
    const host = { cable: undefined, port: {}, mtu: 1500 };
    const lans = [{ ...lan, hosts: [host, host] }];
    const ping: Step = { kind: "ping", host: 0, to: 2, size: 56, count: 1, pathMtuDiscovery: "want" };
    expect(
      Buffer.compare(captureOf({ ...plan, lans }, [ping]), captureOf({ ...plan, lans, seed: 2 }, [ping])),
    ).not.toBe(0);
  });

  it("does not depend on an observer: packets end with the same bytes at the same time, and all counts agree", () => {
    fc.assert(
      fc.property(topology(), traffic(), (plan, steps) => {
        const unseen = endsOf(plan, steps, () => undefined);
        expect(endsOf(plan, steps, ({ engine }) => void (engine.observer = BLIND))).toEqual(unseen);
        expect(endsOf(plan, steps, ({ engine }) => void startCapture(engine))).toEqual(unseen);
      }),
      { numRuns: 20 },
    );
  });

  it("does not depend on copies sharing their bytes: whoever writes has made sure to be alone", () => {
    let cloneCount = 0;
    fc.assert(
      fc.property(topology(), traffic(), (plan, steps) => {
        const shared = endsOf({ ...plan, slotCount: 1024 }, steps, () => undefined);
        const apart = endsOf({ ...plan, slotCount: 1024 }, steps, ({ engine }) => copyClones(engine.pool));
        expect(apart.ends).toEqual(shared.ends);
        cloneCount += shared.counters.cloneCount;
      }),
      { numRuns: 25 },
    );
    expect(cloneCount).toBeGreaterThan(100);
  });

  it("does not depend on how time is let pass", () => {
    fc.assert(
      fc.property(topology(), traffic(), fc.integer({ min: 1_000, max: 3_000_000_000 }), (plan, steps, stride) => {
        const whole = buildNetwork(plan);
        const stepped = buildNetwork(plan);
        const ends = [whole, stepped].map(({ engine }) => recordEnds(engine));
        for (const step of steps) for (const network of [whole, stepped]) perform(network, step);
        whole.engine.run();
        for (let i = 0; i < 20; i++) stepped.engine.run(stepped.engine.now + stride);
        while (stepped.engine.step());
        expect(ends[1]).toEqual(ends[0]);
      }),
      { numRuns: 20 },
    );
  });
});
