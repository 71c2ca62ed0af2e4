/** Packets through a router. */
import { PIPELINES } from "../src/workload/index.ts";
import { type Bench, pipelineBench } from "./bench.ts";

export const route: Bench = pipelineBench(PIPELINES.route, () => "route");
