/**
 * Random traffic for a network that stands: pings, datagrams, frames of every sort, and what bears no name. Steps
 * name hosts, devices and addresses by number, taken modulo how many there are: any traffic fits any network.
 */
import fc from "fast-check";
import { NANOSECONDS_PER_MILLISECOND } from "../datapath/index.ts";
import { longestEcho, type PathMtuDiscovery } from "../host/index.ts";
import { checkKinds } from "./choice.ts";
import { type FramePlan, framePlan, writeFrame } from "./traffic-frame.ts";
import { addressesOf, at, ECHO_PORT, type Network } from "./network.ts";

/** Something to do in a network. */
export type Step =
  | {
      readonly kind: "ping";
      readonly host: number;
      readonly to: number;
      readonly size: number;
      readonly count: number;
      readonly pathMtuDiscovery: PathMtuDiscovery;
    }
  | {
      readonly kind: "datagram";
      readonly host: number;
      readonly to: number;
      readonly port: number;
      readonly length: number;
      readonly pathMtuDiscovery: PathMtuDiscovery;
    }
  | {
      readonly kind: "frame";
      readonly device: number;
      readonly arrives: boolean;
      readonly frame: FramePlan;
      readonly copies: number;
    }
  | { readonly kind: "noise"; readonly device: number; readonly arrives: boolean; readonly bytes: Uint8Array }
  | { readonly kind: "toggle"; readonly device: number }
  | { readonly kind: "wait"; readonly milliseconds: number };

/** Kinds of steps. */
export const STEP_KINDS = ["ping", "datagram", "frame", "noise", "toggle", "wait"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** What `traffic` takes. */
export interface TrafficOptions {
  /** Kinds of steps that occur; all when left out. */
  readonly kinds?: readonly StepKind[];
  /** Steps, at most; 20 when left out. */
  readonly maxSteps?: number;
}

const pathMtuDiscovery = fc.constantFrom<PathMtuDiscovery[]>("want", "do", "dont");

const STEPS: Readonly<Record<StepKind, fc.Arbitrary<Step>>> = {
  ping: fc.record({
    kind: fc.constant("ping" as const),
    host: fc.nat(),
    to: fc.nat(),
    size: fc.oneof(fc.constant(56), fc.nat(2000)),
    count: fc.integer({ min: 1, max: 3 }),
    pathMtuDiscovery,
  }),
  datagram: fc.record({
    kind: fc.constant("datagram" as const),
    host: fc.nat(),
    to: fc.nat(),
    port: fc.constantFrom(ECHO_PORT, 9),
    length: fc.nat(1900),
    pathMtuDiscovery,
  }),
  frame: fc.record({
    kind: fc.constant("frame" as const),
    device: fc.nat(),
    arrives: fc.boolean(),
    frame: framePlan,
    copies: fc.constantFrom(1, 1, 1, 40),
  }),
  noise: fc.record({
    kind: fc.constant("noise" as const),
    device: fc.nat(),
    arrives: fc.boolean(),
    bytes: fc.uint8Array({ maxLength: 200 }),
  }),
  toggle: fc.record({ kind: fc.constant("toggle" as const), device: fc.nat() }),
  wait: fc.record({ kind: fc.constant("wait" as const), milliseconds: fc.nat(10_000) }),
};

/** Steps, one at least. */
export function traffic(options: TrafficOptions = {}): fc.Arbitrary<Step[]> {
  const { kinds = STEP_KINDS, maxSteps = 20 } = options;
  checkKinds("kinds of steps", kinds, STEP_KINDS);
  return fc.array(fc.oneof(...kinds.map((kind) => STEPS[kind])), { minLength: 1, maxLength: maxSteps });
}

/** Does one step. Only "wait" lets time pass. */
export function perform(network: Network, step: Step): void {
  const { engine, hosts, devices } = network;
  const addresses = addressesOf(network);
  if (step.kind === "ping") {
    const { count, pathMtuDiscovery } = step;
    const host = at(hosts, step.host);
    host.ping(at(addresses, step.to), {
      size: Math.min(step.size, longestEcho(host.namespace)),
      count,
      pathMtuDiscovery,
    });
  } else if (step.kind === "datagram") {
    const socket = at(hosts, step.host).openUdp({ pathMtuDiscovery: step.pathMtuDiscovery, onError: () => undefined });
    socket.send(at(addresses, step.to), step.port, new Uint8Array(step.length));
  } else if (step.kind === "frame" || step.kind === "noise") {
    const bytes = step.kind === "noise" ? step.bytes : writeFrame(network, step.frame);
    const device = at(devices, step.device);
    const copies = step.kind === "noise" ? 1 : step.copies;
    for (let i = 0; i < copies; i++) step.arrives ? device.arrive(bytes) : device.transmit(bytes);
  } else if (step.kind === "toggle") {
    const device = at(devices, step.device);
    device.up = !device.up;
  } else {
    engine.run(engine.now + step.milliseconds * NANOSECONDS_PER_MILLISECOND);
  }
}
