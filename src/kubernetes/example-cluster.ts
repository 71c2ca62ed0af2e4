/** The cluster that the examples, the demonstration and the samples use: two nodes, five pods. */
import { vxlan } from "../wire/index.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";
import { Flannel } from "./flannel.ts";

/** Each node's cable: 25 microseconds long, 10 Gbit/s. */
const CABLE = { latency: 25_000, bitsPerSecond: 10e9 };
/** What a veth pair costs in a kernel, roughly: without it all of a node happens at one instant, and pings take no time. */
const POD_CABLE = { latency: 5_000 };

/**
 * Flannel on two nodes, on IANA's VXLAN port so that Wireshark decodes the tunnel unasked. Options replace
 * those of the example one by one.
 */
export function createExampleCluster(options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = new Cluster({
    cni: new Flannel({ port: vxlan.PORT }),
    cable: CABLE,
    podCable: POD_CABLE,
    ...options,
  });
  cluster.addNode({ name: "node-a", address: "192.168.1.10", podCidr: "10.244.1.0/24" });
  cluster.addNode({ name: "node-b", address: "192.168.1.20", podCidr: "10.244.2.0/24" });
  cluster.addPod({ name: "pod-a", node: "node-a", address: "10.244.1.5" });
  cluster.addPod({ name: "frontend", node: "node-a", address: "10.244.1.10" });
  cluster.addPod({ name: "pod-b", node: "node-b", address: "10.244.2.8" });
  cluster.addPod({ name: "backend", node: "node-b", address: "10.244.2.20" });
  cluster.addPod({ name: "database", node: "node-b", address: "10.244.2.30" });
  return cluster;
}
