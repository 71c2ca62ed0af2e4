/** What a CNI plugin does for podwire: programs each node and makes each pod's interface, as the real one does. */
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";

export interface CniPlugin {
  /** "flannel (vxlan)": shown to people. */
  readonly name: string;
  /** A node has joined: make its own devices, and tell it and the nodes before it of each other. */
  addNode(cluster: Cluster, node: ClusterNode): void;
  /** The ADD command: give the pod its interface, address and routes. */
  addPod(cluster: Cluster, pod: ClusterPod): void;
}
