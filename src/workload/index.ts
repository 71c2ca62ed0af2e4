/** Work to be timed, for the benchmarks. */
export { createPodToPod, type PodToPodOptions } from "./pod-to-pod.ts";
export type { Workload } from "./workload.ts";
