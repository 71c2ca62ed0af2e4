/**
 * kubenet, which kubelet had built in until 1.24: the bridge plugin on `cbr0`, and nothing between nodes. Packets
 * leave by the node's default route, and the cloud provider's network has a route to each node's pod range, which
 * the cloud controller put there (kubernetes pkg/kubelet/dockershim/network/kubenet).
 */
import { addBridgedPod } from "./bridge-cni.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { CniPlugin, PolicyEnforcement } from "./cni-plugin.ts";
import { describeGaps } from "./findings.ts";
import { KUBE_ROUTER } from "./policy-filters.ts";

export interface KubenetOptions {
  /** MTU of the bridge and the pods in bytes; the underlay's when left out (--network-plugin-mtu). */
  readonly mtu?: number | undefined;
}

export class Kubenet implements CniPlugin {
  readonly name = "kubenet";
  readonly vxlanPorts: readonly number[] = [];
  readonly needsProviderRoutes = true;
  readonly enforcement: PolicyEnforcement = KUBE_ROUTER;
  readonly #mtu: number | undefined;

  constructor(options: KubenetOptions = {}) {
    this.#mtu = options.mtu;
  }

  podMtu(underlayMtu: number): number {
    return this.#mtu ?? underlayMtu;
  }

  addNode(): void {
    // What there is on a node comes with its first pod.
  }

  addPod(cluster: Cluster, pod: ClusterPod): void {
    const mtu = this.podMtu(cluster.underlayMtu);
    addBridgedPod(cluster, pod, { bridge: "cbr0", mtu, hairpin: false, clusterRoute: false });
  }

  findings(cluster: Cluster): readonly string[] {
    return describeGaps(
      cluster,
      () => cluster.underlay.routesPods,
      "kubenet leaves the way between nodes to the network, which has no routes to pods",
    );
  }
}
