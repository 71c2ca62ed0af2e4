/** How many packets a second go from pod to pod, on one core? `npm run bench` */
import { cpus } from "node:os";
import { Bench } from "tinybench";
import { createPodToPod, type Workload } from "../src/workload/index.ts";

/** The shortest Ethernet frame, without its frame check sequence. */
const FRAME_LENGTH = 60;
const FLOW_COUNT = 256;
const ROUNDS_A_SAMPLE = 100;
const WARMUP_MILLISECONDS = 1_000;
const TIME_MILLISECONDS = 3_000;

const workloads: Workload[] = [true, false].map((isSameNode) =>
  createPodToPod({ isSameNode, frameLength: FRAME_LENGTH, flowCount: FLOW_COUNT }),
);

const bench = new Bench({ time: TIME_MILLISECONDS, warmupTime: WARMUP_MILLISECONDS });
for (const workload of workloads) {
  bench.add(workload.name, () => {
    for (let round = 0; round < ROUNDS_A_SAMPLE; round++) workload.round();
  });
}
await bench.run();

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}, ${FRAME_LENGTH}-byte frames, ${FLOW_COUNT} flows, one core`,
);
console.table(
  workloads.map((workload, index) => {
    workload.verify();
    const result = bench.tasks[index]!.result;
    if (!("latency" in result)) throw new Error(`expected ${workload.name} to be measured, found ${result.state}`);
    const { p50, p75 } = result.latency;
    const packets = workload.packetsPerRound * ROUNDS_A_SAMPLE;
    const perPacket = (milliseconds: number): number => (milliseconds * 1e6) / packets;
    return {
      work: workload.name,
      "Mpps (median)": Number((1e3 / perPacket(p50)).toFixed(2)),
      "ns a packet (median)": Number(perPacket(p50).toFixed(1)),
      "ns a packet (upper quartile)": Number(perPacket(p75).toFixed(1)),
    };
  }),
);
