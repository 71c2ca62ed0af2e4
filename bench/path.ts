/** What each device on the way costs: chains of bridges, and of routers. */
import {
  type ChainKind,
  counted,
  createChainWorkload,
  createFloorWorkload,
  DEFAULT_PIPELINE_OPTIONS,
  DEFAULT_WORKLOAD,
  type WorkloadCase,
} from "../src/workload/index.ts";
import type { Bench } from "./bench.ts";

export const CHAIN_LENGTHS: readonly number[] = [1, 2, 4, 8, 16];
const KINDS: readonly ChainKind[] = ["bridge", "router"];

export const path: Bench = {
  question: "What does each bridge on the way cost, and each router?",
  operation: "packet",
  varies: ["frameSizes"],
  cases: ({ frameSizes = DEFAULT_PIPELINE_OPTIONS.frameSizes }) =>
    frameSizes.flatMap((frameSize, index) => {
      const options = { ...DEFAULT_WORKLOAD, frameLengths: frameSize.frameLengths };
      const floor: WorkloadCase = { name: "no work", frameSize, create: () => createFloorWorkload(options) };
      const chains = KINDS.flatMap((kind) =>
        CHAIN_LENGTHS.map((count) => ({
          name: counted(count, kind),
          frameSize,
          create: () => createChainWorkload(kind, count, options),
        })),
      );
      return index === 0 ? [floor, ...chains] : chains;
    }),
};
