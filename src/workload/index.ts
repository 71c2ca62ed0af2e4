/** Work to be timed, for the benchmarks. */
export { createBridgeWorkload } from "./bridge.ts";
export { type ChainKind, createChainWorkload } from "./chain.ts";
export { createFloorWorkload } from "./floor.ts";
export {
  findFrameSize,
  fitMtu,
  type FrameSize,
  LONGEST_FRAME_SIZE,
  RFC_2544_FRAME_SIZES,
  SHORTEST_FRAME_SIZE,
  wireBits,
} from "./frame-size.ts";
export {
  counted,
  DEFAULT_PIPELINE_OPTIONS,
  OPTION_LIMITS,
  type Pipeline,
  type PipelineName,
  type PipelineOptions,
  PIPELINES,
  type WorkloadCase,
} from "./pipelines.ts";
export { createPodToPodWorkload, POD_MTU } from "./pod-to-pod.ts";
export { createRouteWorkload } from "./route.ts";
export { type Change, change, median, quantile, spreadPercent } from "./statistics.ts";
export { createVxlanWorkload, VXLAN_DIRECTIONS, type VxlanDirection } from "./vxlan.ts";
export { DEFAULT_WORKLOAD, type Workload, type WorkloadOptions } from "./workload.ts";
