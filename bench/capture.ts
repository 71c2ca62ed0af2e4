/** What looking on costs: UDP across nodes with nobody looking, with hops told, and with all of them captured. */
import type { ByteSink } from "../src/capture/index.ts";
import { HopCapture, HopRecorder, type HopSink } from "../src/datapath/index.ts";
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

const NOBODY: HopSink = { hop: () => undefined };

export const capture: Bench = {
  question: "What does a capture of every device cost UDP across nodes?",
  operation: "packet",
  cases: ({ frameSizes = DEFAULT_PIPELINE_OPTIONS.frameSizes }) => frameSizes.flatMap(casesOf),
};

function casesOf(size: FrameSize, index: number): WorkloadCase[] {
  const frameSize = fitMtu(size, POD_MTU);
  const options: WorkloadOptions = { ...DEFAULT_WORKLOAD, frameLengths: frameSize.frameLengths };
  const named = (name: string, create: () => Workload): WorkloadCase => ({ name, frameSize, create });
  return [
    ...(index === 0 ? [named("no work", () => createFloorWorkload(options))] : []),
    named("nobody looks on", () => createPodToPodWorkload(false, options)),
    named("hops told to nobody", () => new WatchedWorkload(options, () => NOBODY)),
    named("hops captured to memory", () => new WatchedWorkload(options, captureOf)),
  ];
}

/** Writes pcapng over the same memory again and again: a capture of a second would take gigabytes. */
function captureOf(cluster: Cluster): HopSink {
  const memory = new Uint8Array(MEMORY);
  let end = 0;
  const sink: ByteSink = {
    write(chunk) {
      if (end + chunk.length > MEMORY) end = 0;
      memory.set(chunk, end);
      end += chunk.length;
    },
  };
  return new HopCapture(sink, { epochSeconds: 0, names: cluster.addressNames(), application: "bench" });
}

/** The way across nodes while somebody looks on. */
class WatchedWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number;
  readonly frameLength: number;
  private readonly watched: Workload;
  private readonly packetCount: number;
  private hopCount = 0;

  constructor(options: WorkloadOptions, sinkOf: (cluster: Cluster) => HopSink) {
    this.watched = createPodToPodWorkload(false, options, (cluster) => {
      const sink = sinkOf(cluster);
      const counted: HopSink = {
        hop: (hop) => {
          this.hopCount++;
          sink.hop(hop);
        },
      };
      cluster.engine.observer = new HopRecorder(cluster.engine, [counted]);
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
    const before = this.hopCount;
    this.watched.verify();
    const found = this.hopCount - before;
    if (found !== HOPS * this.packetCount)
      throw new Error(`${this.name}: expected ${HOPS} hops of ${this.packetCount} packets, found ${found}`);
  }
}
