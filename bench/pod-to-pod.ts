/** UDP from pod to pod. The ceiling is a path across two nodes: it is nothing to hold one node's against. */
import { PIPELINES } from "../src/workload/index.ts";
import { type Bench, pipelineBench } from "./bench.ts";

export const podToPod: Bench = pipelineBench(PIPELINES["pod-to-pod"], (name) =>
  name.startsWith("across nodes") ? "podToPod" : null,
);
