/** Which pods' addresses each node of a cluster's file has, and what range holds them all. */
import { formatPrefix, type Ipv4Prefix, parsePrefix, prefixContains } from "../wire/index.ts";
import { coverOf, firstRange, holds, hostRange, ipv4OrUndefined, networkOf, overlaps } from "./cluster-file-address.ts";
import { CALICO_TUNNEL_ADDRESSES } from "./cluster-file-calico.ts";
import { ciliumRange } from "./cluster-file-cilium.ts";
import { familyOf, type KnownCni } from "./cluster-file-cni.ts";
import type { FileContents } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { ClusterRange } from "./cluster-file-signs.ts";
import type { PodPhase } from "./cluster-pod.ts";
import type { PlacedNode } from "./cluster-file-underlay.ts";

/** A node with the addresses of its pods. */
export interface RangedNode extends PlacedNode {
  readonly podCidr: Ipv4Prefix;
}

/** Calico's blocks are /26 unless set; others rarely give a node less than a /24. */
const CALICO_BLOCK = 26;
const USUAL_RANGE = 24;
/** As long as a node's range may be: the gateway and one pod. */
const LONGEST_RANGE = 30;
/** What kubeadm's users mostly choose, and flannel's own. */
const USUAL_CLUSTER = "10.244.0.0/16";
const USUAL_CLUSTER_LENGTH = 16;

/** Whether pods' addresses can only come from their node's range: one bridge or one host-local IPAM a node. */
export function isHostLocal(cni: string): boolean {
  return ["flannel", "kubenet"].includes(familyOf(cni));
}

/** Addresses that belong to a node for certain, by its name: its pods' and, in Calico, its tunnels'. */
function ownAddresses({ nodes, pods }: FileContents): ReadonlyMap<string, number[]> {
  const owned = new Map(
    nodes.map(({ name, annotations }) => {
      const tunnels = CALICO_TUNNEL_ADDRESSES.map((annotation) => ipv4OrUndefined(annotations[annotation] ?? ""));
      return [name, tunnels.filter((address) => address !== undefined)] as const;
    }),
  );
  for (const { node, phase, hostNetwork, address } of pods)
    if (address !== undefined && isPresent(phase) && !hostNetwork) owned.get(node)?.push(address);
  return owned;
}

/** Whether a pod of this phase has an interface: one that has ended has given its address back. */
export function isPresent(phase: PodPhase | undefined): boolean {
  return phase !== "Succeeded" && phase !== "Failed";
}

/**
 * The range of each node: what it is told in its own fields, where its pods agree, or else the blocks that its pods'
 * addresses are in; undefined for a node with neither.
 */
function guessRanges(
  contents: FileContents,
  nodes: readonly PlacedNode[],
  { cni, clusterCidr }: KnownCni,
): Map<PlacedNode, Ipv4Prefix | undefined> {
  const family = familyOf(cni);
  const owned = ownAddresses(contents);
  const known = nodes.map((node) => {
    const told = (family === "cilium" ? ciliumRange(contents, node.file) : undefined) ?? node.file.podCidr;
    return { node, told, addresses: owned.get(node.file.name) ?? [] };
  });
  const agree = known.every(({ told, addresses }) => {
    const isInside = told && (clusterCidr === undefined || holds(clusterCidr.prefix, told));
    return isInside && addresses.every((address) => prefixContains(told, address));
  });
  if (isHostLocal(cni) || agree)
    return new Map(known.map(({ node, told, addresses }) => [node, told ?? blocksOf(addresses, USUAL_RANGE)]));
  const length = family === "calico" ? CALICO_BLOCK : USUAL_RANGE;
  const covers = known.map(({ addresses }) => blocksOf(addresses, length));
  // Blocks of several nodes between each other: their first ones stand for them, and IPAM finds the others.
  const isApart = (cover: Ipv4Prefix): boolean =>
    covers.filter((other) => other && overlaps(other, cover)).length === 1;
  const ranges = new Map<PlacedNode, Ipv4Prefix | undefined>();
  for (const [index, { node, addresses }] of known.entries()) {
    const cover = covers[index];
    const wanted = cover === undefined || isApart(cover) ? cover : blocksOf(addresses.slice(0, 1), length);
    const isFree = ![...ranges.values()].some((range) => range && wanted && overlaps(range, wanted));
    ranges.set(node, isFree ? wanted : undefined);
  }
  return ranges;
}

/** The smallest range of whole blocks that holds all of the addresses. */
function blocksOf(addresses: readonly number[], length: number): Ipv4Prefix | undefined {
  return coverOf(addresses.map((address) => networkOf({ address, length })));
}

/** Nodes with their ranges, inside the range of the cluster; who has none, or another's, is left out and told. */
export function placeRanges(
  contents: FileContents,
  nodes: readonly PlacedNode[],
  cni: KnownCni,
  findings: FindingList,
): { readonly nodes: RangedNode[]; readonly cluster: ClusterRange } {
  const ranges = guessRanges(contents, nodes, cni);
  const known = [...ranges.values()].filter((range) => range !== undefined);
  const cluster = clusterRange(contents, cni, known, nodes);
  const free = freeRanges(cluster.prefix, known, cni.cni);
  const ranged: RangedNode[] = [];
  for (const node of nodes) {
    const podCidr = ranges.get(node) ?? withoutRange(node, cni.cni, free, findings);
    if (isHostLocal(cni.cni) && node.file.podCidr === undefined && podCidr !== undefined)
      findings.warning(node.file.title, "spec.podCIDR", `none: ${formatPrefix(podCidr)} is taken, where its pods are`);
    if (podCidr !== undefined && isUsable({ ...node, podCidr }, cluster, ranged, findings))
      ranged.push({ ...node, podCidr });
  }
  return { nodes: ranged, cluster };
}

/** A node whose range nobody knows: where pods' addresses hang on it, it can have no pods. */
function withoutRange(
  { file }: PlacedNode,
  cni: string,
  free: () => Ipv4Prefix | undefined,
  findings: FindingList,
): Ipv4Prefix | undefined {
  if (isHostLocal(cni)) {
    findings.error(file.title, "spec.podCIDR", `${cni} needs a range for the node's pods: the node is left out`);
    return undefined;
  }
  const range = free();
  if (range === undefined) findings.error(file.title, "spec.podCIDR", "no range is left: the node is left out");
  return range;
}

function isUsable(
  node: RangedNode,
  cluster: ClusterRange,
  others: readonly RangedNode[],
  findings: FindingList,
): boolean {
  const { file, podCidr } = node;
  const range = formatPrefix(podCidr);
  const leaveOut = (text: string): boolean => {
    findings.error(file.title, "spec.podCIDR", `${text}: the node is left out`);
    return false;
  };
  if (podCidr.length > LONGEST_RANGE) return leaveOut(`${range} is too small for a gateway and a pod`);
  if (!holds(cluster.prefix, podCidr))
    return leaveOut(`${range} lies outside the cluster's ${formatPrefix(cluster.prefix)} (${cluster.why})`);
  const other = others.find((known) => overlaps(known.podCidr, podCidr));
  if (other === undefined) return true;
  return leaveOut(`${range} overlaps ${formatPrefix(other.podCidr)} of ${other.file.name}`);
}

/** 10.0.0.0/8 is the largest range of private addresses (RFC 1918). */
const WIDEST_CLUSTER_LENGTH = 8;

/** All pods' addresses: what the plugin's settings say, Kubernetes' own, or what holds all that is there. */
function clusterRange(
  contents: FileContents,
  cni: KnownCni,
  ranges: readonly Ipv4Prefix[],
  nodes: readonly PlacedNode[],
): ClusterRange {
  const told = cni.clusterCidr ?? controllerRange(contents);
  // Of several pools, or of a setting that was changed since, only one is told.
  if (told !== undefined && (isHostLocal(cni.cni) || ranges.every((range) => holds(told.prefix, range)))) return told;
  // Where addresses come from all over the cluster, pods may be beside the ranges that stand for their nodes.
  // An address that is far from all others is a mistake, not a reason for a range of half the Internet.
  const others = isHostLocal(cni.cni) ? [] : [...ownAddresses(contents).values()].flat().map(hostRange);
  const near = others.filter((other) => (coverOf([...ranges, other])?.length ?? 32) >= WIDEST_CLUSTER_LENGTH);
  const cover = coverOf([...ranges, ...near]);
  if (cover === undefined) return { prefix: parsePrefix(USUAL_CLUSTER), why: "nothing in the file says so" };
  const wide = networkOf({ address: cover.address, length: Math.min(cover.length, USUAL_CLUSTER_LENGTH) });
  const isFree = !nodes.some(({ address }) => prefixContains(wide, address));
  return { prefix: isFree ? wide : cover, why: "it holds the nodes' ranges" };
}

/** What the controller manager, a static pod in kubeadm's clusters, is started with, or kube-proxy is told. */
function controllerRange({ workloads, configMaps }: FileContents): ClusterRange | undefined {
  for (const workload of workloads) {
    const flag = workload.arguments.find((argument) => argument.startsWith("--cluster-cidr="));
    const prefix = firstRange(flag?.slice("--cluster-cidr=".length) ?? "");
    if (prefix !== undefined) return { prefix, why: `--cluster-cidr of ${workload.title}` };
  }
  for (const { title, name, data } of configMaps) {
    if (name !== "kubeadm-config" && name !== "kube-proxy") continue;
    const setting = /^\s*(?:podSubnet|clusterCIDR):\s*"?([^"\s]+)/m.exec(Object.values(data).join("\n"));
    const prefix = firstRange(setting?.[1] ?? "");
    if (prefix !== undefined) return { prefix, why: `settings in ${title}` };
  }
  return undefined;
}

/** Ranges that no node has yet, one a call. */
function freeRanges(cluster: Ipv4Prefix, taken: readonly Ipv4Prefix[], cni: string): () => Ipv4Prefix | undefined {
  const usual = familyOf(cni) === "calico" ? CALICO_BLOCK : USUAL_RANGE;
  const length = Math.max(usual, cluster.length);
  let address = cluster.address;
  return () => {
    for (; address <= 0xffffffff && prefixContains(cluster, address); address += 2 ** (32 - length)) {
      const range = { address, length };
      if (taken.some((known) => overlaps(known, range))) continue;
      address += 2 ** (32 - length);
      return range;
    }
    return undefined;
  };
}
