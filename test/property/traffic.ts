/**
 * Random traffic for a network that stands: pings, datagrams, frames of every sort, and what bears no name. Steps
 * name hosts, devices and addresses by number, taken modulo how many there are: any traffic fits any network.
 */
import fc from "fast-check";
import { NANOSECONDS_PER_MILLISECOND } from "../../src/datapath/index.ts";
import { longestEcho, type PathMtuDiscovery } from "../../src/host/index.ts";
import { type FramePlan, framePlan, writeFrame } from "./frame-plan.ts";
import { addressesOf, at, ECHO_PORT, type Network } from "./networks.ts";

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

const pathMtuDiscovery = fc.constantFrom<PathMtuDiscovery[]>("want", "do", "dont");

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("ping" as const),
    host: fc.nat(),
    to: fc.nat(),
    size: fc.oneof(fc.constant(56), fc.nat(2000)),
    count: fc.integer({ min: 1, max: 3 }),
    pathMtuDiscovery,
  }),
  fc.record({
    kind: fc.constant("datagram" as const),
    host: fc.nat(),
    to: fc.nat(),
    port: fc.constantFrom(ECHO_PORT, 9),
    length: fc.nat(1900),
    pathMtuDiscovery,
  }),
  fc.record({
    kind: fc.constant("frame" as const),
    device: fc.nat(),
    arrives: fc.boolean(),
    frame: framePlan,
    copies: fc.constantFrom(1, 1, 1, 40),
  }),
  fc.record({
    kind: fc.constant("noise" as const),
    device: fc.nat(),
    arrives: fc.boolean(),
    bytes: fc.uint8Array({ maxLength: 200 }),
  }),
  fc.record({ kind: fc.constant("toggle" as const), device: fc.nat() }),
  fc.record({ kind: fc.constant("wait" as const), milliseconds: fc.nat(10_000) }),
);

export const steps: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 20 });

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
