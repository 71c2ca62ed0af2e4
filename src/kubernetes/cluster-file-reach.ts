/** Nodes whose pods cannot reach each other over the underlay: packets would leave, and nobody would pass them on. */
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { RangedNode } from "./cluster-file-ranges.ts";
import { subnetOf } from "./cluster-file-underlay.ts";
import type { UnderlayDescription } from "./underlay.ts";

/** Modes that send pods' packets as they are to the other node, which must be on the same subnet. */
const DIRECT: readonly string[] = ["flannel-host-gw", "calico", "cilium-native"];

/** Modes that do so within a subnet, and have a tunnel for other ones. */
const DIRECT_WITHIN: readonly string[] = [
  ...["flannel-directrouting", "calico-ipip-crosssubnet", "calico-vxlan-crosssubnet"],
];

/** Tells of nodes that the plugin cannot join over this underlay. */
export function checkReach(
  nodes: readonly RangedNode[],
  cni: string,
  underlay: UnderlayDescription,
  findings: FindingList,
): void {
  if (nodes.length < 2) return;
  const kind = typeof underlay === "string" ? "lan" : underlay.kind;
  if (typeof underlay !== "string" && underlay.kind === "vpc") {
    if (underlay.routes === "nodes" || ![...DIRECT, ...DIRECT_WITHIN, "kubenet"].includes(cni)) return;
    const text = `${cni} sends pods' packets without a tunnel, and the provider's network has no routes for them`;
    findings.error("Cluster", "underlay", text);
  } else if (cni === "kubenet") {
    findings.error("Cluster", "underlay", "kubenet leaves the way between nodes to a provider's routes: there is none");
  } else if (kind === "subnets" && DIRECT.includes(cni)) checkSubnets(nodes, cni, underlay, findings);
}

function checkSubnets(
  [first, ...others]: readonly RangedNode[],
  cni: string,
  underlay: UnderlayDescription,
  findings: FindingList,
): void {
  const home = subnetOf(underlay, first!.address);
  for (const { file, address } of others) {
    const subnet = subnetOf(underlay, address);
    if (subnet === undefined || home === undefined || subnet.address === home.address) continue;
    const text = `${formatIpv4(address)} is in ${formatPrefix(subnet)}, ${first!.file.name} in ${formatPrefix(home)}: ${cni} joins nodes of one subnet`;
    findings.error(file.title, "status.addresses", text);
  }
}
