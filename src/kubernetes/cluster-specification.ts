/** A cluster on paper: everything that is needed to build it. */
import type { NodeDescription } from "./cluster-node.ts";
import type { PodDescription } from "./cluster-pod.ts";
import type { ServiceDescription } from "./cluster-service.ts";
import type { CniOptions } from "./cni-catalogue.ts";
import type { AdminPolicy, NetworkPolicy } from "./network-policy.ts";
import type { UnderlayDescription } from "./underlay.ts";

export interface ClusterSpecification {
  readonly clusterCidr: string;
  readonly underlay: UnderlayDescription;
  /** One of `CNI_NAMES`. */
  readonly cni: string;
  readonly cniOptions: CniOptions;
  readonly nodes: readonly NodeDescription[];
  readonly pods: readonly PodDescription[];
  readonly services: readonly ServiceDescription[];
  /** Labels by the namespace's name. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly adminPolicies: readonly AdminPolicy[];
}
