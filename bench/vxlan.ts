/** Frames into a VXLAN tunnel and out of it. The ceiling does both: it is nothing to hold one direction against. */
import { PIPELINES } from "../src/workload/index.ts";
import { type Bench, pipelineBench } from "./bench.ts";

export const vxlan: Bench = pipelineBench(PIPELINES.vxlan, (name) =>
  name.startsWith("encapsulate and decapsulate") ? "encapDecap" : null,
);
