/**
 * The short way is the long way: a network whose packets go by flow records does to the byte what the same network
 * does when somebody looks on, and all packets go device by device. Random networks and clusters, random traffic,
 * and changes of everything that a record depends on between and during it.
 *
 * What is compared is every frame on every wire with its time, and what is left in the end: counters, drops, tables.
 * Frames of one instant are compared as a set, and without IPv4 identifications: flows may pass each other.
 */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Bridge,
  type Direction,
  type Engine,
  type LinkOptions,
  type NetDevice,
  type Observer,
  VxlanDevice,
} from "../../src/datapath/index.ts";
import { IcmpRateLimit } from "../../src/datapath/icmp-rate-limit.ts";
import { type Cluster, createExampleCluster } from "../../src/kubernetes/index.ts";
import { textWithoutIdentifications } from "../tools/identifications.ts";
import { type Burst, burst, type Change, change, makeChange, sendBurst } from "./changes.ts";
import {
  buildNetwork,
  ECHO_PORT,
  type HostPlan,
  type Network,
  perform,
  type Step,
  type Topology,
  topology,
  traffic,
} from "../../src/arbitraries/index.ts";

type Event = Burst | Change | Step | { readonly kind: "pause" } | { readonly kind: "settle" };

/** Time for packets to arrive, but for little else. */
const PAUSE: Event = { kind: "pause" };
const SETTLE: Event = { kind: "settle" };

const events: fc.Arbitrary<Event[]> = fc
  .tuple(
    fc.array(burst, { minLength: 1, maxLength: 4 }),
    fc.array(fc.oneof({ weight: 1, arbitrary: fc.constant(SETTLE) }, { weight: 4, arbitrary: change }), {
      maxLength: 12,
    }),
    traffic(),
  )
  // The same few bursts again and again, with something in between: records are made, used, and made void. A frame
  // from a station that has moved is not to race with bursts: which of two flows comes first is not laid down.
  .map(([bursts, between, steps]) => [
    ...between.flatMap((event) => [...bursts, PAUSE, ...bursts, PAUSE, ...bursts, event, PAUSE]),
    ...steps.flatMap((step) => [...bursts, PAUSE, step, PAUSE, ...bursts]),
  ]);

/** Half of the networks have an overlay anyway; here five in six, and half have tunnels that are ports of bridges. */
const overlaidPlan = fc.oneof(
  topology(),
  topology().filter(({ overlay }) => overlay !== undefined),
  topology().filter(({ overlay }) => overlay?.isBridged === true),
);

/** Which errors pass the rate limit depends on the order of flows too. */
beforeEach(() => {
  vi.spyOn(IcmpRateLimit.prototype, "allows").mockReturnValue(true);
  vi.spyOn(IcmpRateLimit.prototype, "allowsRefusal").mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Cases of which one wraps into tunnels behind a bridge and one unwraps: what is drawn at random seldom does both. */
const RARE_LOOPS = [8, 29].map((seed) => fc.sample(fc.tuple(overlaidPlan, events), { seed, numRuns: 1 })[0]!);

/** One that takes all loops of a cluster. */
const ALL_LOOPS_OF_A_CLUSTER = fc.sample(fc.tuple(events, fc.boolean()), { seed: 4, numRuns: 1 });

/** No longer than a test may take. */
const SHRINKING = { interruptAfterTimeLimit: 50_000 };

describe("the flow cache", () => {
  it("changes nothing in random networks", () => {
    const coverage = new Map<string, number>();
    fc.assert(
      fc.property(overlaidPlan, events, (plan, list) => {
        expectEqualRuns(() => buildNetwork(withoutRates(plan), 2048), list, coverage);
      }),
      { numRuns: 10, examples: RARE_LOOPS, ...SHRINKING },
    );
    for (const loop of ["deliver", "forward", "send", "wrap", "unwrap"])
      expect(coverage.get(loop) ?? 0, loop).toBeGreaterThan(0);
  });

  it("changes nothing in a cluster", () => {
    const coverage = new Map<string, number>();
    fc.assert(
      fc.property(events, fc.boolean(), (list, hasCables) => {
        expectEqualRuns(() => clusterNetwork(hasCables), list, coverage);
      }),
      { numRuns: 5, examples: ALL_LOOPS_OF_A_CLUSTER, ...SHRINKING },
    );
    for (const loop of ["deliver", "forward", "encapsulate", "send", "sendEncapsulated", "unwrap"])
      expect(coverage.get(loop) ?? 0, loop).toBeGreaterThan(0);
  });
});

/** A cable with a rate turns the order of flows at one instant into time. */
function withoutRates(plan: Topology): Topology {
  const onlyLatency = (cable: LinkOptions | undefined): LinkOptions | undefined =>
    cable === undefined ? undefined : { latency: cable.latency ?? 0 };
  const host = (own: HostPlan): HostPlan => ({ ...own, cable: onlyLatency(own.cable) });
  return {
    ...plan,
    lans: plan.lans.map((lan) => ({
      ...lan,
      hosts: lan.hosts.map(host),
      farHosts: lan.farHosts.map(host),
      trunk: onlyLatency(lan.trunk),
    })),
  };
}

const LATENCY_ONLY = { cable: { latency: 50_000 }, podCable: { latency: 1_000 } };

function clusterNetwork(hasCables: boolean): Network {
  const options = { slotCount: 2048, ...(hasCables ? LATENCY_ONLY : { cable: undefined, podCable: undefined }) };
  const cluster: Cluster = createExampleCluster(options);
  const hosts = [...cluster.pods, ...cluster.nodes].map(({ host }) => host);
  for (const host of hosts) host.openUdp({ port: ECHO_PORT, onMessage: () => undefined });
  const devices = cluster.engine.devices.filter((device) => device !== null);
  return { engine: cluster.engine, hosts, devices, bridges: devices.filter((device) => device instanceof Bridge) };
}

function expectEqualRuns(build: () => Network, list: readonly Event[], coverage: Map<string, number>): void {
  const long = run(build(), list, { asksWhy: true });
  const short = run(build(), list, { asksWhy: false });
  expect(short).toEqual(long);
  const unseen = run(build(), list, { coverage });
  expect(unseen).toEqual({ ...long, wires: {} });
}

interface Watch {
  /** Whether who looks on asks why; nobody does when left out. */
  readonly asksWhy?: boolean;
  /** Counts the packets of each loop of the short way. */
  readonly coverage?: Map<string, number>;
}

/** All that there is to see of a run. */
function run(network: Network, list: readonly Event[], { asksWhy, coverage }: Watch): Record<string, unknown> {
  const { engine } = network;
  const wires = new Map<string, string[]>();
  if (asksWhy !== undefined) engine.observer = new Wires(engine, asksWhy, wires);
  if (coverage !== undefined) countLoops(engine, coverage);
  const bursts = list.filter((event) => event.kind === "burst");
  const destinations: number[] = [];
  for (const event of list) happen(network, event, bursts, destinations);
  engine.run(engine.now + 40e9);
  return {
    wires: Object.fromEntries([...wires].map(([key, frames]) => [key, frames.sort()])),
    counts: [engine.deliveredCount, engine.consumedCount, engine.droppedCount, engine.pool.inFlightCount],
    devices: network.devices.map(stateOf),
  };
}

function happen(network: Network, event: Event, bursts: readonly Burst[], destinations: number[]): void {
  const { engine } = network;
  if (event.kind === "burst") destinations.push(sendBurst(network, event));
  else if (event.kind === "pause") engine.run(engine.now + 5e6);
  else if (event.kind === "settle") engine.run(engine.now + 1e9);
  else if ("address" in event) makeChange(network, event, bursts, destinations.slice(-bursts.length));
  else perform(network, event);
}

function countLoops(engine: Engine, coverage: Map<string, number>): void {
  const loops = engine.flows.headerLoops as unknown as Record<string, (...args: never[]) => number>;
  for (const [name, loop] of Object.entries(loops)) {
    loops[name] = (...args: never[]) => {
      const end = loop(...args);
      coverage.set(name, (coverage.get(name) ?? 0) + end - args[1]!);
      return end;
    };
  }
}

/** Writes down each frame, by device, direction and time. */
class Wires implements Observer {
  readonly asksWhy: boolean;
  readonly #engine: Engine;
  readonly #wires: Map<string, string[]>;

  constructor(engine: Engine, asksWhy: boolean, wires: Map<string, string[]>) {
    this.asksWhy = asksWhy;
    this.#engine = engine;
    this.#wires = wires;
  }

  frames(device: NetDevice, direction: Direction, handles: Int32Array, first: number, end: number): void {
    const key = `${device.fullName} ${direction} at ${this.#engine.now}`;
    const frames = this.#wires.get(key) ?? [];
    this.#wires.set(key, frames);
    for (let i = first; i < end; i++) frames.push(textWithoutIdentifications(this.#engine.pool.contents(handles[i]!)));
  }

  explain(): void {}
  cloned(): void {}
  dropped(): void {}
  settle(): void {}
}

function stateOf(device: NetDevice): unknown {
  const { fullName, counters, drops, namespace } = device;
  const isFdb = device instanceof Bridge || device instanceof VxlanDevice;
  const { table } = namespace.neighbours;
  const neighbours: string[] = [];
  table.forEach((index) =>
    neighbours.push(`${table.device[index]!} ${table.address[index]!} ${table.state[index]!} ${table.macLow[index]!}`),
  );
  return { fullName, counters, drops, neighbours: neighbours.sort(), fdb: isFdb ? device.fdb.list() : [] };
}
