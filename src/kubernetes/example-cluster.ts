/** The cluster that the examples, the demonstration and the samples use: two nodes, five pods. */
import type { LinkOptions } from "../datapath/index.ts";
import { parseIpv4, prefixContains, vxlan } from "../wire/index.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";
import type { ContainerDescription, PodDescription } from "./cluster-pod.ts";
import { Flannel } from "./flannel.ts";

/** Each node's cable: 25 microseconds long, 10 Gbit/s. */
export const CABLE: LinkOptions & { readonly latency: number } = { latency: 25_000, bitsPerSecond: 10e9 };
/** What a veth pair costs in a kernel, roughly: without it all of a node happens at one instant, and pings take no time. */
export const POD_CABLE: LinkOptions = { latency: 5_000 };

/** A container with one TCP port, both of one name. */
function serving(name: string, containerPort: number): ContainerDescription {
  return { name, ports: [{ name, containerPort, protocol: "TCP" }] };
}

const PODS: readonly (PodDescription & { readonly address: string })[] = [
  { name: "pod-a", node: "node-a", address: "10.244.1.5" },
  { name: "frontend", labels: { app: "frontend" }, node: "node-a", address: "10.244.1.10" },
  { name: "pod-b", node: "node-b", address: "10.244.2.8" },
  {
    name: "backend",
    labels: { app: "backend" },
    node: "node-b",
    address: "10.244.2.20",
    containers: [serving("http", 8080)],
  },
  {
    name: "database",
    labels: { app: "database" },
    node: "node-b",
    address: "10.244.2.30",
    containers: [serving("postgres", 5432)],
  },
];

/**
 * Flannel on two nodes, on IANA's VXLAN port so that Wireshark decodes the tunnel unasked. Options replace
 * those of the example one by one; a plugin with a range of its own gives pods addresses of that.
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
  for (const { address, ...pod } of PODS)
    cluster.addPod(
      prefixContains(cluster.cni.range ?? cluster.clusterCidr, parseIpv4(address)) ? { ...pod, address } : pod,
    );
  return cluster;
}
