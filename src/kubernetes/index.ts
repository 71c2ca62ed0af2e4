/** Kubernetes clusters as running networks. */
export { addBridgedPod, type BridgeCniOptions } from "./bridge-cni.ts";
export { Cluster, type ClusterOptions, type Endpoint } from "./cluster.ts";
export { ClusterNode, type NodeDescription } from "./cluster-node.ts";
export { ClusterPod, type PodDescription } from "./cluster-pod.ts";
export type { CniPlugin } from "./cni-plugin.ts";
export { createExampleCluster } from "./example-cluster.ts";
export { Flannel, type FlannelOptions } from "./flannel.ts";
