/**
 * Any bytes may come in anywhere. Nothing throws, and no byte is read that is not the frame's: each frame is given
 * to two equal networks whose pools hold different poison everywhere else, and both must do the same.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Engine, type NetDevice, VxlanDevice } from "../../src/datapath/index.ts";
import { type Cluster, createExampleCluster } from "../../src/kubernetes/index.ts";
import { vxlan } from "../../src/wire/index.ts";
import { expectRest } from "./books.ts";
import { addressedTo, clusterFrames, cutInside, LEARNING_VNI, SOCKET_PORT } from "./cluster-frames.ts";
import { framePlan, writeFrame } from "../../src/arbitraries/traffic-frame.ts";
import { buildNetwork, topology } from "../../src/arbitraries/index.ts";
import { counters, startCapture } from "./recording.ts";

/** How the pool is filled before each frame: all ones, all zeroes, and bytes that count down. */
const POISONS: ((bytes: Uint8Array) => void)[] = [
  (bytes) => bytes.fill(0xff),
  (bytes) => bytes.fill(0x00),
  (bytes) => {
    for (let i = 0; i < 256; i++) bytes[i] = 255 - i;
    for (let filled = 256; filled < bytes.length; filled *= 2) bytes.copyWithin(filled, 0, filled);
  },
];

interface Injection {
  readonly device: (engine: Engine) => NetDevice;
  readonly arrives: boolean;
  readonly frame: Uint8Array;
}

/** What happened, for each poison, when each injection had its time. */
function outcomes(
  build: () => Engine,
  injections: readonly Injection[],
): { readonly capture: Uint8Array; readonly counters: unknown }[] {
  return POISONS.map((poison) => {
    const engine = build();
    const capture = startCapture(engine);
    for (const { device, arrives, frame } of injections) {
      poison(engine.pool.bytes);
      if (arrives) device(engine).arrive(frame);
      else device(engine).transmit(frame);
      engine.run();
    }
    expectRest(engine);
    return { capture: capture.end(), counters: counters(engine) };
  });
}

function expectEqual(build: () => Engine, injections: readonly Injection[]): void {
  const [ones, ...others] = outcomes(build, injections);
  for (const other of others) {
    expect(other.counters).toEqual(ones!.counters);
    expect(Buffer.compare(other.capture, ones!.capture)).toBe(0);
  }
}

/** The example cluster on ideal cables, with a socket and a second tunnel, which learns, on a node. */
function smallCluster(): Cluster {
  const cluster = createExampleCluster({ slotCount: 16, cable: {}, podCable: {} });
  const { host } = cluster.endpoint("node-a");
  host.openUdp({ port: SOCKET_PORT, onError: () => undefined });
  new VxlanDevice(host.namespace, { name: "vxlan7", vni: LEARNING_VNI, local: "192.168.1.10", port: vxlan.PORT });
  return cluster;
}

const EXAMPLE = smallCluster();
const DEVICE_NAMES = [
  "pod-a/eth0",
  "pod-a/lo",
  "node-a/eth0",
  "node-a/cni0",
  "node-a/flannel.1",
  "node-a/lo",
  "underlay/port-1",
  "underlay/lan",
];
const HOST_END = EXAMPLE.endpoint("node-a").host.namespace.device("cni0").index + 2;

function named(name: string): (engine: Engine) => NetDevice {
  return ({ devices }) => devices.find((device) => device?.fullName === name)!;
}

describe("a frame cut at every length, on every kind of device of a cluster", () => {
  it("has a bridge port among its devices", () => {
    expect(EXAMPLE.engine.devices[HOST_END]!.port?.bridge.fullName).toBe("node-a/cni0");
  });

  it.each(Object.entries(clusterFrames(EXAMPLE)))("%s", (_, frame) => {
    const devices = [...DEVICE_NAMES.map(named), ({ devices }: Engine) => devices[HOST_END]!];
    const injections = devices.flatMap((device) =>
      Array.from({ length: frame.length + 1 }, (_, length) => {
        const { mac } = device(EXAMPLE.engine);
        const cut = frame.subarray(0, length);
        return [
          { device, arrives: true, frame: addressedTo(cut, mac) },
          { device, arrives: true, frame: addressedTo(cutInside(frame, length, 1), mac) },
          { device, arrives: true, frame: addressedTo(cutInside(frame, length, 2), mac) },
          { device, arrives: true, frame: cut },
          { device, arrives: false, frame: cut },
        ];
      }).flat(),
    );
    expectEqual(() => smallCluster().engine, injections);
  });
});

describe("a frame with changed bytes", () => {
  const frames = Object.values(clusterFrames(EXAMPLE));
  const change = fc.record({ position: fc.nat(160), value: fc.nat(255) });

  it("never tells what stands beside it in the pool", () => {
    const injection = fc.record({
      frame: fc.constantFrom(...frames),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
      device: fc.nat(EXAMPLE.engine.devices.length - 2).map((index) => index + 1),
      arrives: fc.boolean(),
      isAddressed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(injection, { minLength: 1, maxLength: 20 }), (injections) => {
        expectEqual(
          () => smallCluster().engine,
          injections.map(({ frame, changes, device, arrives, isAddressed }) => {
            const changed = isAddressed ? addressedTo(frame, EXAMPLE.engine.devices[device]!.mac) : frame.slice();
            for (const { position, value } of changes) if (position < changed.length) changed[position] = value;
            return { frame: changed, arrives, device: ({ devices }) => devices[device]! };
          }),
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe("random frames on any device of a random network", () => {
  it("do the same whatever else the pool holds", () => {
    const injection = fc.record({
      device: fc.nat(),
      arrives: fc.boolean(),
      frame: fc.oneof(framePlan, fc.uint8Array({ maxLength: 120 })),
    });
    fc.assert(
      fc.property(topology(), fc.array(injection, { minLength: 1, maxLength: 10 }), (plan, injections) => {
        const network = buildNetwork(plan, 32);
        expectEqual(
          () => buildNetwork(plan, 32).engine,
          injections.map(({ device, arrives, frame }) => ({
            frame: frame instanceof Uint8Array ? frame : writeFrame(network, frame),
            arrives,
            device: ({ devices }) => devices[1 + (device % (devices.length - 1))]!,
          })),
        );
      }),
      { numRuns: 20 },
    );
  });
});
