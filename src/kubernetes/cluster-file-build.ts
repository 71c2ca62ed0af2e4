/** From a cluster on paper to a running network. */
import { Cluster, type ClusterOptions } from "./cluster.ts";
import type { ClusterSpecification } from "./cluster-specification.ts";
import { createCni } from "./cni-catalogue.ts";

/** What a specification leaves open. */
export type BuildOptions = Omit<ClusterOptions, "cni" | "clusterCidr" | "underlay">;

/**
 * Builds it. @throws RangeError for an address outside its range, or a name that occurs twice, which
 *   `parseClusterFile` has left out, and when a plugin's IPAM has no address for a pod that asks for none
 */
export function buildCluster(specification: ClusterSpecification, options: BuildOptions = {}): Cluster {
  const { clusterCidr, underlay, cni, cniOptions, nodes, pods, services, namespaces } = specification;
  const { networkPolicies, adminPolicies } = specification;
  const cluster = new Cluster({
    ...options,
    cni: createCni(cni, { range: clusterCidr, ...cniOptions }),
    clusterCidr,
    underlay,
  });
  for (const node of nodes) cluster.addNode(node);
  // Those with addresses first, so that no other is given one of theirs.
  for (const pod of pods) if (pod.address !== undefined) cluster.addPod(pod);
  for (const pod of pods) if (pod.address === undefined) cluster.addPod(pod);
  for (const service of services) cluster.addService(service);
  for (const [name, labels] of namespaces) cluster.relabelNamespace(name, labels);
  cluster.policies.set({ networkPolicies, adminPolicies });
  return cluster;
}
