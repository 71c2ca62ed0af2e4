import { expect, it, vi } from "vitest";
import { type ByteSink, MemorySink } from "../../../src/capture/index.ts";
import {
  type DeviceCaptureOptions,
  type Engine,
  FrameCapture,
  HopCapture,
  HopRecorder,
} from "../../../src/datapath/index.ts";
import { createExampleCluster } from "../../../src/kubernetes/index.ts";
import { blocksOf } from "./pcapng-blocks.ts";

const OPTIONS: DeviceCaptureOptions = { epochSeconds: 1_700_000_000, names: [], application: "test" };

interface Capture {
  readonly frameCount: number;
  end(time: number): void;
}

/** Pings across nodes, some of them twice, and a frame that is refused. */
function captureBy(watch: (engine: Engine, sink: ByteSink) => Capture): { bytes: Uint8Array; frameCount: number } {
  const cluster = createExampleCluster();
  const sink = new MemorySink();
  const capture = watch(cluster.engine, sink);
  const { host } = cluster.endpoint("pod-a");
  const { address } = cluster.endpoint("pod-b");
  for (let i = 0; i < 3; i++) {
    host.ping(address, { count: 2 });
    cluster.engine.run(cluster.engine.now + 2e9);
  }
  host.namespace.device("eth0").arrive(new Uint8Array(5));
  cluster.engine.run(cluster.engine.now + 1e9);
  capture.end(cluster.engine.now);
  return { bytes: sink.bytes(), frameCount: capture.frameCount };
}

function captureHops(engine: Engine, sink: ByteSink): Capture {
  const hops = new HopCapture(sink, OPTIONS);
  engine.observer = new HopRecorder(engine, [hops]);
  return hops;
}

function captureFrames(engine: Engine, sink: ByteSink): Capture {
  return (engine.observer = new FrameCapture(engine, sink, OPTIONS));
}

const [STATISTICS, PACKET] = [5, 6];

it("has the frames that a capture with reasons has: interface, time, bytes, and what was counted in the end", () => {
  const [frames, hops] = [captureBy(captureFrames), captureBy(captureHops)];
  expect(frames.frameCount).toBe(hops.frameCount);
  const told = (bytes: Uint8Array) =>
    blocksOf(bytes)
      .filter(({ type }) => type === PACKET)
      .map(({ body }) => Buffer.from(body.buffer, body.byteOffset, 20 + body.getUint32(12, true)).toString("hex"));
  expect(told(frames.bytes)).toEqual(told(hops.bytes));
  const counted = (bytes: Uint8Array) =>
    blocksOf(bytes)
      .filter(({ type }) => type === STATISTICS)
      .map(({ body }) => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("hex"));
  expect(counted(frames.bytes)).toEqual(counted(hops.bytes));
});

it("leaves known flows on their short way, which a capture with reasons does not", () => {
  expect(countSent(captureFrames)).toBeGreaterThan(0);
  expect(countSent(captureHops)).toBe(0);
});

/** Packets that pod-a sent by a flow record. */
function countSent(watch: (engine: Engine, sink: ByteSink) => Capture): number {
  let count = 0;
  captureBy((engine, sink) => {
    const { headerLoops } = engine.flows;
    const { send } = headerLoops;
    vi.spyOn(headerLoops, "send").mockImplementation((...run) => {
      const end = send(...run);
      count += end - run[1];
      return end;
    });
    return watch(engine, sink);
  });
  return count;
}
