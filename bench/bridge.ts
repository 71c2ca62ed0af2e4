/** Frames through a learning bridge. */
import { PIPELINES } from "../src/workload/index.ts";
import { type Bench, pipelineBench } from "./bench.ts";

export const bridge: Bench = pipelineBench(PIPELINES.bridge, () => "bridge");
