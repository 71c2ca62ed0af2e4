/** What looking on costs: UDP across nodes with nobody looking, with hops told, and with all of them captured. */
import type { ByteSink } from "../src/capture/index.ts";
import { type DeviceCaptureOptions, FrameCapture, HopCapture, HopRecorder } from "../src/datapath/index.ts";
import type { Cluster } from "../src/kubernetes/index.ts";
import {
  createFloorWorkload,
  createPodToPodWorkload,
  DEFAULT_PIPELINE_OPTIONS,
  DEFAULT_WORKLOAD,
  fitMtu,
  type FrameSize,
  POD_MTU,
  type Workload,
  type WorkloadCase,
  type WorkloadOptions,
} from "../src/workload/index.ts";
import type { Bench } from "./bench.ts";

/** Frames that devices see of a packet from pod to pod across nodes. */
const HOPS = 12;
/** Bytes of the last part of the capture that memory holds. */
const MEMORY = 2 ** 20;

export const capture: Bench = {
  question: "What does a capture of every device cost UDP across nodes?",
  operation: "packet",
  varies: ["frameSizes"],
  cases: ({ frameSizes = DEFAULT_PIPELINE_OPTIONS.frameSizes }) => frameSizes.flatMap(casesOf),
};

function casesOf(size: FrameSize, index: number): WorkloadCase[] {
  const frameSize = fitMtu(size, POD_MTU);
  const options: WorkloadOptions = { ...DEFAULT_WORKLOAD, frameLengths: frameSize.frameLengths };
  const named = (name: string, create: () => Workload): WorkloadCase => ({ name, frameSize, create });
  return [
    ...(index === 0 ? [named("no work", () => createFloorWorkload(options))] : []),
    named("nobody looks on", () => createPodToPodWorkload(false, options)),
    named("all frames to memory", () => new WatchedWorkload(options, captureFrames)),
    named("all frames and why to memory", () => new WatchedWorkload(options, captureHops)),
  ];
}

/** Has a cluster watched. The result tells how many frames have been seen. */
type Watch = (cluster: Cluster) => () => number;

function captureFrames(cluster: Cluster): () => number {
  const frames = new FrameCapture(cluster.engine, createMemory(), captureOptions(cluster));
  cluster.engine.observer = frames;
  return () => frames.frameCount;
}

function captureHops(cluster: Cluster): () => number {
  const hops = new HopCapture(createMemory(), captureOptions(cluster));
  cluster.engine.observer = new HopRecorder(cluster.engine, [hops]);
  return () => hops.frameCount;
}

function captureOptions(cluster: Cluster): DeviceCaptureOptions {
  return { epochSeconds: 0, names: cluster.addressNames(), application: "bench" };
}

/** Takes a capture over the same memory again and again: that of a second would be gigabytes. */
function createMemory(): ByteSink {
  const memory = new Uint8Array(MEMORY);
  let end = 0;
  return {
    write(chunk) {
      if (end + chunk.length > MEMORY) end = 0;
      memory.set(chunk, end);
      end += chunk.length;
    },
  };
}

/** The way across nodes while somebody looks on. */
class WatchedWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number;
  readonly frameLength: number;
  private readonly watched: Workload;
  private readonly packetCount: number;
  private seenCount: () => number = () => 0;

  constructor(options: WorkloadOptions, watch: Watch) {
    this.watched = createPodToPodWorkload(false, options, (cluster) => {
      this.seenCount = watch(cluster);
    });
    this.packetCount = options.packets;
    this.name = `${this.watched.name}, watched`;
    this.operationsPerRound = this.watched.operationsPerRound;
    this.frameLength = this.watched.frameLength;
  }

  round(): void {
    this.watched.round();
  }

  verify(): void {
    const before = this.seenCount();
    this.watched.verify();
    const found = this.seenCount() - before;
    if (found !== HOPS * this.packetCount)
      throw new Error(`${this.name}: expected ${HOPS} frames of ${this.packetCount} packets, found ${found}`);
  }
}
