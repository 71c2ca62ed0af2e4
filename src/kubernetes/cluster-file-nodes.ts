/** The nodes of a cluster's file by their addresses; those that cannot be on the network are left out and told. */
import { formatIpv4, formatPrefix, prefixContains } from "../wire/index.ts";
import { interfaceOrUndefined, ipv4OrUndefined } from "./cluster-file-address.ts";
import { CALICO_ADDRESS } from "./cluster-file-calico.ts";
import type { FileContents, FileNode } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { RangedNode } from "./cluster-file-ranges.ts";
import type { PlacedNode } from "./cluster-file-underlay.ts";

const FLANNEL_ADDRESS = "flannel.alpha.coreos.com/public-ip";

/** Names that the underlay's own namespaces have. */
const TAKEN_NAMES: readonly string[] = ["underlay", "router", "vpc"];

/** Nodes with an address that no other has. */
export function placeNodes({ nodes }: FileContents, findings: FindingList): PlacedNode[] {
  const owners = new Map<number, string>();
  const placed: PlacedNode[] = [];
  for (const file of nodes) {
    const address = addressOf(file, findings);
    if (address === undefined || !isNameFree(file, findings)) continue;
    const owner = owners.get(address);
    if (owner !== undefined) {
      const text = `${formatIpv4(address)} is the address of ${owner} too: the node is left out`;
      findings.error(file.title, "status.addresses", text);
      continue;
    }
    owners.set(address, file.name);
    placed.push({ file, address });
  }
  return placed;
}

/** Kubernetes' word, or that of the plugin on the node. */
function addressOf(node: FileNode, findings: FindingList): number | undefined {
  const { title, annotations, internalAddress, externalAddress } = node;
  const calico = interfaceOrUndefined(annotations[CALICO_ADDRESS] ?? "")?.address;
  const flannel = ipv4OrUndefined(annotations[FLANNEL_ADDRESS] ?? "");
  const address = internalAddress ?? calico ?? flannel ?? externalAddress;
  if (address === undefined || !isUnicast(address)) {
    const found =
      address === undefined ? "no IPv4 address of type InternalIP" : `${formatIpv4(address)}, which no node has`;
    findings.error(title, "status.addresses", `${found}: the node is left out`);
    return undefined;
  }
  for (const [name, other] of [
    [CALICO_ADDRESS, calico],
    [FLANNEL_ADDRESS, flannel],
  ] as const) {
    if (other === undefined || other === address) continue;
    const text = `the plugin uses ${formatIpv4(other)}, the node's InternalIP is ${formatIpv4(address)}, which is taken`;
    findings.warning(title, `metadata.annotations["${name}"]`, text);
  }
  return address;
}

function isUnicast(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

function isNameFree({ title, name }: FileNode, findings: FindingList): boolean {
  if (!TAKEN_NAMES.includes(name)) return true;
  findings.error(title, "metadata.name", "podwire's underlay has that name: the node is left out");
  return false;
}

/** Leaves out nodes whose own address is one of pods: packets for it would go to a bridge. */
export function withoutSwallowed(nodes: readonly RangedNode[], findings: FindingList): RangedNode[] {
  return nodes.filter(({ file, address }) => {
    const owner = nodes.find(({ podCidr }) => prefixContains(podCidr, address));
    if (owner === undefined) return true;
    const range = `${formatPrefix(owner.podCidr)}, the range of pods on ${owner.file.name}`;
    findings.error(file.title, "status.addresses", `${formatIpv4(address)} lies in ${range}: the node is left out`);
    return false;
  });
}
