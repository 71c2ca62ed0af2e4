/** Work to be timed, for the benchmarks. */
export { createBridgeWorkload } from "./bridge.ts";
export { createPodToPodWorkload } from "./pod-to-pod.ts";
export { createRouteWorkload } from "./route.ts";
export { createVxlanWorkload, VXLAN_DIRECTIONS, type VxlanDirection } from "./vxlan.ts";
export { DEFAULT_WORKLOAD, type Workload, type WorkloadOptions } from "./workload.ts";
