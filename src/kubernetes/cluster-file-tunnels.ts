/**
 * Addresses that a plugin keeps on each node for itself, out of those of pods: of Calico's tunnels, of cilium_host, of
 * weave's bridge. What the file does not tell is chosen so that no pod of the file has it.
 */
import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixBroadcast, prefixContains } from "../wire/index.ts";
import { ipv4OrUndefined } from "./cluster-file-address.ts";
import { IPIP_ADDRESS, VXLAN_ADDRESS } from "./cluster-file-calico.ts";
import { CILIUM_HOSTS } from "./cluster-file-cilium.ts";
import { familyOf } from "./cluster-file-cni.ts";
import type { FileContents, FileNode } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import { isPresent, type RangedNode } from "./cluster-file-ranges.ts";

/** The address of each node's tunnel by the node's name; none for plugins that need none. */
export function placeTunnels(
  { pods }: FileContents,
  nodes: readonly RangedNode[],
  [cni, cluster]: readonly [string, Ipv4Prefix],
  findings: FindingList,
): ReadonlyMap<string, number> {
  const tunnels = new Map<string, number>();
  if (!hasTunnelAddress(cni)) return tunnels;
  const taken = new Set(nodes.map(({ address }) => address));
  for (const node of nodes) {
    const address = toldAddress(node, [cni, cluster], taken, findings);
    if (address === undefined) continue;
    tunnels.set(node.file.name, address);
    taken.add(address);
  }
  for (const { address, phase } of pods) if (address !== undefined && isPresent(phase)) taken.add(address);
  for (const { file, podCidr } of nodes) {
    const address = tunnels.has(file.name) ? undefined : firstFree(podCidr, taken, cni);
    if (address === undefined) continue;
    tunnels.set(file.name, address);
    taken.add(address);
  }
  return tunnels;
}

function hasTunnelAddress(cni: string): boolean {
  return cni.startsWith("calico-") || ["cilium", "weave"].includes(familyOf(cni));
}

/** Annotations that tell it, of the plugin as it is now: others may be left over. */
function annotationsOf(cni: string): readonly string[] {
  if (cni.startsWith("calico-ipip")) return [IPIP_ADDRESS];
  if (cni.startsWith("calico-vxlan")) return [VXLAN_ADDRESS];
  return familyOf(cni) === "cilium" ? CILIUM_HOSTS : [];
}

function toldAddress(
  { file, podCidr }: RangedNode,
  [cni, cluster]: readonly [string, Ipv4Prefix],
  taken: ReadonlySet<number>,
  findings: FindingList,
): number | undefined {
  const annotation = annotationsOf(cni).find((name) => Object.hasOwn(file.annotations, name));
  const address = annotation === undefined ? undefined : ipv4OrUndefined(file.annotations[annotation]!);
  if (annotation === undefined || address === undefined) return undefined;
  const range = familyOf(cni) === "calico" ? cluster : podCidr;
  const isInside = prefixContains(range, address);
  if (isInside && !taken.has(address)) return address;
  const reason = isInside ? "is taken" : `lies outside ${formatPrefix(range)}`;
  tellWrong(file, annotation, `${formatIpv4(address)} ${reason}: another is chosen`, findings);
  return undefined;
}

function tellWrong(file: FileNode, annotation: string, text: string, findings: FindingList): void {
  findings.warning(file.title, `metadata.annotations["${annotation}"]`, text);
}

/** Calico uses the first and last address of a block too. */
function firstFree(range: Ipv4Prefix, taken: ReadonlySet<number>, cni: string): number | undefined {
  const first = familyOf(cni) === "calico" ? range.address : range.address + 1;
  const end = prefixBroadcast(range);
  for (let address = first; address < end; address++) if (!taken.has(address)) return address;
  return undefined;
}
