/** What a CNI plugin does for podwire: programs each node and makes each pod's interface, as the real one does. */
import type { FilterReasons, TrackingKind } from "../datapath/index.ts";
import type { Ipv4Prefix } from "../wire/index.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { PodFilters } from "./policy-filters.ts";

/** How a plugin, or the companion that enforces policies for it, does so. */
export interface PolicyEnforcement {
  /** Under which names packets are counted that do not pass. */
  readonly reasons: FilterReasons;
  /** Whether egress rules are asked about what a pod sends to its own node. */
  readonly rulesOwnNode: boolean;
  /** Whose connection tracking says what is established; netfilter's when left out. */
  readonly tracking?: TrackingKind;
  /** Whether echo requests pass whatever policies say. */
  readonly echoPasses?: boolean;
  /** Whether what policies refuse is answered with ICMP port unreachable, and not just dropped. */
  readonly rejects?: boolean;
  /** Where the filters sit, if not at the host end of the pod's veth pair. */
  attach?(pod: ClusterPod, filters: PodFilters): void;
}

export interface CniPlugin {
  /** "flannel (vxlan)": shown to people. */
  readonly name: string;
  /** UDP ports of its VXLAN tunnels, of which a decoder may have to be told; empty when it has none. */
  readonly vxlanPorts: readonly number[];
  /** It makes no way between nodes of its own: the network between them has to know the nodes' pod ranges. */
  readonly needsProviderRoutes?: boolean;
  /** All pods' addresses, where the plugin has a range of its own in place of the cluster's. */
  readonly range?: Ipv4Prefix;
  /** Bytes of the largest packet that a pod may send to a pod of another node, on an underlay of this MTU. */
  podMtu(underlayMtu: number): number;
  /**
   * IPAM: an address for a pod that is to run on `node`, the one asked for or a free one. Left out: the next
   * free one of the node's range, as the host-local plugin does (`assignHostLocal`).
   * @throws RangeError when the one asked for cannot be had, or none is left.
   */
  assignAddress?(cluster: Cluster, node: ClusterNode, requested?: number): number;
  /** A node has joined: make its own devices, and tell it and the nodes before it of each other. */
  addNode(cluster: Cluster, node: ClusterNode): void;
  /** The ADD command: give the pod its interface, address and routes. */
  addPod(cluster: Cluster, pod: ClusterPod): void;
  /** A pod's labels have changed. */
  podRelabelled?(cluster: Cluster, pod: ClusterPod): void;
  /**
   * How it enforces policies; left out: as filters of the node's FORWARD chain do, at the host end of the pod's veth pair
   * (`FORWARD_CHAIN`).
   */
  readonly enforcement?: PolicyEnforcement;
  /** Why pods of some nodes cannot reach each other over this underlay, a line each; nothing when all can. */
  findings?(cluster: Cluster): readonly string[];
}
