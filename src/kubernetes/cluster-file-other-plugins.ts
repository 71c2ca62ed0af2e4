/** Signs of weave, of kind's and the providers' plain routing, and of plugins that podwire does not have. */
import { firstRange } from "./cluster-file-address.ts";
import type { FileContents } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import {
  findCondition,
  findContainer,
  MTU_RANGE,
  type Recognition,
  settingNumber,
  SignRank,
} from "./cluster-file-signs.ts";

/** Weave Net: its container, and what it is told of range and MTU (weave-kube's launch.sh). */
export function recogniseWeave(contents: FileContents, findings: FindingList): Recognition | undefined {
  const condition = findCondition(contents, "WeaveIsUp");
  const container = findContainer(contents, ({ name, image }) => name === "weave" && image.includes("weave"));
  if (container === undefined && condition === undefined) return undefined;
  const environment = container?.environment ?? {};
  const mtu = settingNumber(environment["WEAVE_MTU"], MTU_RANGE, [container?.title ?? "", "WEAVE_MTU"], findings);
  const range = firstRange(environment["IPALLOC_RANGE"] ?? "10.32.0.0/12");
  const isSet = environment["IPALLOC_RANGE"] !== undefined;
  return {
    cni: "weave",
    options: mtu === undefined ? {} : { mtu },
    why: container === undefined ? condition! : `${container.title} runs it`,
    rank: container === undefined ? SignRank.condition : SignRank.workload,
    clusterCidr: range && { prefix: range, why: isSet ? `IPALLOC_RANGE of ${container?.title}` : "weave's default" },
  };
}

/** kind's own plugin routes as flannel's host-gw does, by the nodes' addresses, but has no bridge on the node. */
export function recogniseKindnet(contents: FileContents): Recognition | undefined {
  const container = findContainer(contents, ({ name, image }) => name === "kindnet-cni" || /\bkindnetd:/.test(image));
  if (container === undefined) return undefined;
  const range = firstRange(container.environment["POD_SUBNET"] ?? "");
  return {
    cni: "flannel-host-gw",
    options: {},
    why: `${container.title} is kindnet, which routes by the nodes' addresses`,
    rank: SignRank.workload,
    clusterCidr: range && { prefix: range, why: `POD_SUBNET of ${container.title}` },
    caveat: "kindnet is shown as flannel-host-gw: the same routes between nodes, but a bridge where kindnet has none",
  };
}

/** Plain bridge and the provider's routes: the cloud controller says that it made them. */
export function recogniseKubenet(contents: FileContents): Recognition | undefined {
  const condition = findCondition(contents, "RouteCreated");
  const isProvider = contents.nodes.some(({ providerId }) => /^(gce|azure):/.test(providerId));
  if (condition === undefined && !isProvider) return undefined;
  if (contents.nodes.every(({ podCidr }) => podCidr === undefined)) return undefined;
  return {
    cni: "kubenet",
    options: {},
    why: condition ?? `providerID ${contents.nodes[0]?.providerId} with node ranges, and no other plugin`,
    rank: SignRank.provider,
  };
}

/** Containers of plugins whose datapath podwire does not have, by name. */
const FOREIGN: Readonly<Record<string, string>> = {
  "aws-node": "the Amazon VPC CNI",
  "antrea-agent": "Antrea",
  "kube-router": "kube-router",
  "ovnkube-node": "OVN-Kubernetes",
  "ovnkube-controller": "OVN-Kubernetes",
  "cni-server": "Kube-OVN",
  "cns-container": "Azure CNI",
  sdn: "OpenShift SDN",
};

export function recogniseForeign(contents: FileContents): Recognition | undefined {
  const container = findContainer(contents, ({ name }) => Object.hasOwn(FOREIGN, name));
  if (container === undefined) return undefined;
  const name = contents.workloads
    .flatMap(({ containers }) => containers)
    .find((one) => Object.hasOwn(FOREIGN, one.name));
  return {
    cni: undefined,
    options: {},
    why: `${FOREIGN[name!.name]} (${container.title})`,
    rank: SignRank.workload,
  };
}
