/** The ways through the engine that both harnesses time, `npm run bench` and `podwire bench`, case by case. */
import { VECTOR_LENGTH } from "../datapath/index.ts";
import { createBridgeWorkload } from "./bridge.ts";
import { createFloorWorkload } from "./floor.ts";
import { findFrameSize, fitMtu, type FrameSize } from "./frame-size.ts";
import { createPodToPodWorkload, POD_MTU } from "./pod-to-pod.ts";
import { createRouteWorkload } from "./route.ts";
import { createVxlanWorkload, VXLAN_DIRECTIONS } from "./vxlan.ts";
import { DEFAULT_WORKLOAD, type Workload, type WorkloadOptions } from "./workload.ts";

/** What is varied: every case is timed with each of them. */
export interface PipelineOptions {
  readonly frameSizes: readonly FrameSize[];
  readonly flows: readonly number[];
  readonly routes: readonly number[];
  readonly macs: readonly number[];
}

export const DEFAULT_PIPELINE_OPTIONS: PipelineOptions = {
  frameSizes: [findFrameSize("64")!],
  flows: [DEFAULT_WORKLOAD.flows],
  routes: [DEFAULT_WORKLOAD.routes],
  macs: [256, 1024, 65_536],
};

/** The most of each that the workloads have room for: ports for flows, unicast prefixes for routes. */
export const OPTION_LIMITS = { flows: 60_000, routes: 500_000, macs: 1_000_000 } as const;

/** One line of a table. */
export interface WorkloadCase {
  /** With the frame size, unlike any other of the same table. */
  readonly name: string;
  /** Null when what is timed is no frame. */
  readonly frameSize: FrameSize | null;
  /** Makes what is timed: tables filled, frames written. */
  readonly create: () => Workload;
}

/** A way through the engine, and the question that its figures answer. */
export interface Pipeline {
  readonly question: string;
  /** What makes a difference to its cases. */
  readonly varies: readonly (keyof PipelineOptions)[];
  /** The first does no work. */
  cases(options: PipelineOptions): readonly WorkloadCase[];
}

/** More packets in flight than the caches hold slots of. */
const MANY_PACKETS = 65_536;

const podToPod: Pipeline = {
  question: "How fast does UDP get from one pod to another, through every device on the way?",
  varies: ["frameSizes", "flows"],
  cases: ({ frameSizes, flows }) => [
    noWork(frameSizes),
    ...frameSizes.flatMap((size) =>
      flows.flatMap((count) => {
        const frameSize = fitMtu(size, POD_MTU);
        const options = workloadOptions(frameSize, { flows: count });
        const many = { ...options, packets: MANY_PACKETS, hasFullSizeSlots: true };
        const named = (path: string, create: () => Workload): WorkloadCase => {
          return { name: `${path}, ${counted(count, "flow")}`, frameSize, create };
        };
        return [
          named("one node", () => createPodToPodWorkload(true, options)),
          named("across nodes", () => createPodToPodWorkload(false, options)),
          named(`across nodes, ${counted(MANY_PACKETS, "full-size slot")}`, () => createPodToPodWorkload(false, many)),
        ];
      }),
    ),
  ],
};

const bridge: Pipeline = {
  question: "How fast does a learning bridge forward, by how many MACs it knows?",
  varies: ["frameSizes", "macs"],
  cases: ({ frameSizes, macs }) => [
    noWork(frameSizes),
    ...frameSizes.flatMap((frameSize) =>
      macs.map((count) => ({
        name: counted(count, "MAC"),
        frameSize,
        create: () => createBridgeWorkload(workloadOptions(frameSize, { macs: count })),
      })),
    ),
  ],
};

const route: Pipeline = {
  question: "How fast does a router forward: checks, longest prefix, TTL, checksum, neighbour?",
  varies: ["frameSizes", "flows", "routes"],
  cases: ({ frameSizes, routes, flows }) => [
    noWork(frameSizes),
    ...frameSizes.flatMap((frameSize) =>
      routes.flatMap((routeCount) =>
        flows.map((flowCount) => ({
          name: `${counted(routeCount, "route")}, ${counted(flowCount, "flow")}`,
          frameSize,
          create: () => createRouteWorkload(workloadOptions(frameSize, { routes: routeCount, flows: flowCount })),
        })),
      ),
    ),
  ],
};

const vxlan: Pipeline = {
  question: "How fast do frames get into a VXLAN tunnel, out of it, and both?",
  varies: ["frameSizes", "flows"],
  cases: ({ frameSizes, flows }) => [
    noWork(frameSizes),
    ...frameSizes.flatMap((frameSize) =>
      flows.flatMap((count) =>
        VXLAN_DIRECTIONS.map((direction) => ({
          name: `${direction}, ${counted(count, "flow")}`,
          frameSize,
          create: () => createVxlanWorkload(direction, workloadOptions(frameSize, { flows: count })),
        })),
      ),
    ),
  ],
};

export type PipelineName = "pod-to-pod" | "bridge" | "route" | "vxlan";
export const PIPELINES: Readonly<Record<PipelineName, Pipeline>> = { "pod-to-pod": podToPod, bridge, route, vxlan };

/** "4,096 flows". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** The floor of a table, at its first frame size: headers alone are touched. */
function noWork(frameSizes: readonly FrameSize[]): WorkloadCase {
  const frameSize = frameSizes[0]!;
  return { name: "no work", frameSize, create: () => createFloorWorkload(workloadOptions(frameSize, {})) };
}

/** Flows differ by packet: there are at least as many packets as flows, in whole vectors. */
function workloadOptions(frameSize: FrameSize, options: Partial<WorkloadOptions>): WorkloadOptions {
  const vectors = Math.ceil(Math.max(DEFAULT_WORKLOAD.packets, options.flows ?? 0) / VECTOR_LENGTH);
  const packets = vectors * VECTOR_LENGTH;
  return { ...DEFAULT_WORKLOAD, ...options, packets, frameLengths: frameSize.frameLengths };
}
