/** Kubernetes clusters as running networks. */
export { addBridgedPod, type BridgeCniOptions } from "./bridge-cni.ts";
export { Calico, type CalicoEncapsulation, type CalicoOptions, workloadFilterOf } from "./calico.ts";
export { Cluster, type ClusterOptions } from "./cluster.ts";
export type { Endpoint } from "./cluster-endpoint.ts";
export { ClusterNode, type NodeDescription } from "./cluster-node.ts";
export {
  ClusterPod,
  type ContainerDescription,
  type ContainerPort,
  type PodDescription,
  type PodPhase,
} from "./cluster-pod.ts";
export type { ServiceDescription, ServicePort } from "./cluster-service.ts";
export { Cilium, type CiliumOptions } from "./cilium.ts";
export { CiliumDatapath, type CiliumDevices } from "./cilium-datapath.ts";
export {
  type CiliumEndpoint,
  CiliumEndpointMap,
  ENDPOINT_MAP_SIZE,
  type HostEndpoint,
  type PodEndpoint,
} from "./cilium-endpoint-map.ts";
export {
  CiliumIdentities,
  type CiliumIdentity,
  type CiliumLabels,
  identityText,
  ReservedIdentity,
} from "./cilium-identities.ts";
export { CiliumIpcache, IPCACHE_SIZE, type IpcacheEntry, type IpcacheValue } from "./cilium-ipcache.ts";
export { CNI_NAMES, type CniName, type CniOptions, createCni } from "./cni-catalogue.ts";
export type { CniPlugin, PolicyEnforcement } from "./cni-plugin.ts";
export { Flannel, type FlannelBackend, type FlannelOptions } from "./flannel.ts";
export { CABLE, createExampleCluster, POD_CABLE } from "./example-cluster.ts";
export { EXAMPLE_POLICY_NAME, examplePolicies, examplePolicyText } from "./example-policies.ts";
export { assignHostLocal } from "./host-local.ts";
export type {
  AdminPeer,
  AdminPolicy,
  AdminPolicyRule,
  AdminSelection,
  LabelRequirement,
  LabelSelector,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
  PolicyProtocol,
  PolicyRule,
} from "./network-policy.ts";
export { Kubenet, type KubenetOptions } from "./kubenet.ts";
export { type Labels, labelsOfNamespace, matchesLabels, NAMESPACE_NAME_LABEL } from "./label-selector.ts";
export { type ParsedPolicies, parsePolicies, parsePolicyFile } from "./policy-file.ts";
export { type Sender, sourceTowards } from "./source-address.ts";
export { applyPolicies, deletePolicies, type PolicyChange, policyChanges, type PolicySet } from "./policy-set.ts";
export { type NamespaceLabels, type PolicyPod, policyWarnings } from "./policy-warnings.ts";
export { routerOf, Underlay, type UnderlayDescription } from "./underlay.ts";
export { buildCluster, type BuildOptions } from "./cluster-file-build.ts";
export { parseDocuments } from "./cluster-file-text.ts";
export { ClusterFileError } from "./cluster-file-error.ts";
export type { Finding, Severity } from "./cluster-file-findings.ts";
export { INITIAL_LIMIT, type InitialCluster, initialClusterFile } from "./cluster-file-init.ts";
export { type ClusterFile, type ClusterFileOptions, parseClusterFile } from "./cluster-file.ts";
export type { ClusterSpecification } from "./cluster-specification.ts";
export { Weave, WEAVE_PORT, type WeaveNetwork, type WeaveOptions } from "./weave.ts";
export { WeaveDatapath, type WeaveMacEntry } from "./weave-datapath.ts";
export { WeaveMesh, type WeavePeer, weaveVni } from "./weave-mesh.ts";
export { WeaveRing, type WeaveSlice } from "./weave-ring.ts";
export { ECHO_PASSES } from "./policy-decisions.ts";
export type { DecisionDescription, PolicyCount, PolicyDirection, PolicyKind } from "./policy-decisions.ts";
export {
  FORWARD_AND_INPUT_CHAINS,
  FORWARD_CHAIN,
  KUBE_ROUTER,
  type PodCount,
  type PodFilters,
  PodRules,
} from "./policy-filters.ts";
export { type PolicyDecision, type PolicyQuery, PolicyTable, type PolicyVerdict } from "./policy-table.ts";
