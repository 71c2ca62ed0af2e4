/** The pods of a cluster's file on their nodes; those that cannot be there are left out and told. */
import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixBroadcast, prefixContains } from "../wire/index.ts";
import { familyOf } from "./cluster-file-cni.ts";
import type { FileContents, FilePod } from "./cluster-file-contents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import { isHostLocal, isPresent, type RangedNode } from "./cluster-file-ranges.ts";
import type { PodDescription } from "./cluster-pod.ts";

/** What pods are placed on. */
export interface PodPlace {
  /** Those that are built, of all that the file has. */
  readonly nodes: readonly RangedNode[];
  /** Addresses that the plugin keeps for itself, by the node's name. */
  readonly tunnels: ReadonlyMap<string, number>;
  readonly cni: string;
  readonly clusterCidr: Ipv4Prefix;
}

/** Places pods one after another. */
export class PodPlacer {
  readonly #nodes: ReadonlyMap<string, RangedNode>;
  readonly #known: ReadonlySet<string>;
  readonly #findings: FindingList;
  readonly #cni: string;
  readonly #clusterCidr: Ipv4Prefix;
  readonly #owners = new Map<number, string>();
  /** Addresses that each node has left in its range. */
  readonly #room = new Map<string, number>();

  constructor(contents: FileContents, { nodes, tunnels, cni, clusterCidr }: PodPlace, findings: FindingList) {
    this.#nodes = new Map(nodes.map((node) => [node.file.name, node]));
    this.#known = new Set(contents.nodes.map(({ name }) => name));
    this.#findings = findings;
    this.#cni = cni;
    this.#clusterCidr = clusterCidr;
    for (const { file, address, podCidr } of nodes) {
      this.#owners.set(address, file.title);
      const tunnel = tunnels.get(file.name);
      if (tunnel !== undefined) this.#owners.set(tunnel, `the plugin on ${file.name}`);
      this.#room.set(file.name, 2 ** (32 - podCidr.length) - 3);
    }
  }

  /** The pods that can be built. Those with addresses are looked at first, so that no other is given one of theirs. */
  place(pods: readonly FilePod[]): PodDescription[] {
    const placed = new Map<FilePod, PodDescription>();
    for (const pod of [...pods.filter(hasAddress), ...pods.filter((pod) => !hasAddress(pod))]) {
      const node = this.#nodeOf(pod);
      if (node !== undefined && this.#isPlaced(pod, node)) placed.set(pod, specificationOf(pod));
    }
    return pods.flatMap((pod) => placed.get(pod) ?? []);
  }

  #nodeOf(pod: FilePod): RangedNode | undefined {
    const { title, node, phase } = pod;
    if (!isPresent(phase)) this.#findings.info(title, "status.phase", `${phase}: left out`);
    else if (node === "")
      this.#findings.info(title, "spec.nodeName", `${phase ?? "no phase"}, on no node yet: left out`);
    else if (!this.#known.has(node))
      this.#findings.error(title, "spec.nodeName", `the file has no node ${JSON.stringify(node)}: left out`);
    else if (!this.#nodes.has(node)) this.#findings.warning(title, "spec.nodeName", `left out with its node ${node}`);
    else return this.#nodes.get(node);
    return undefined;
  }

  #isPlaced(pod: FilePod, node: RangedNode): boolean {
    this.#checkHost(pod, node);
    if (pod.hostNetwork) return true;
    if (pod.address === undefined) return this.#hasRoom(pod, node);
    const wrong = this.#wrongAddress(pod.address, node);
    if (wrong !== undefined) {
      this.#findings.error(pod.title, "status.podIP", `${formatIpv4(pod.address)} ${wrong}: left out`);
      return false;
    }
    this.#owners.set(pod.address, pod.title);
    this.#room.set(node.file.name, this.#room.get(node.file.name)! - 1);
    return true;
  }

  #checkHost({ title, hostNetwork, address, hostAddress }: FilePod, node: RangedNode): void {
    const nodeAddress = `${node.file.name} has ${formatIpv4(node.address)}`;
    if (hostNetwork && address !== undefined && address !== node.address)
      this.#findings.warning(
        title,
        "status.podIP",
        `${formatIpv4(address)}, though it is on its node's network: ${nodeAddress}`,
      );
    else if (hostAddress !== undefined && hostAddress !== node.address)
      this.#findings.warning(title, "status.hostIP", `${formatIpv4(hostAddress)}: ${nodeAddress}`);
  }

  #hasRoom({ title }: FilePod, { file, podCidr }: RangedNode): boolean {
    const room = this.#room.get(file.name)!;
    if (room <= 0) {
      const text = `no address is left in ${formatPrefix(podCidr)} of ${file.name}: left out`;
      this.#findings.error(title, "status.podIP", text);
      return false;
    }
    this.#room.set(file.name, room - 1);
    this.#findings.info(title, "status.podIP", "none yet: one is given to it");
    return true;
  }

  /** Why the pod cannot have the address; undefined when it can. */
  #wrongAddress(address: number, { file, podCidr }: RangedNode): string | undefined {
    const owner = this.#owners.get(address);
    if (owner !== undefined) return `is the address of ${owner} too`;
    // Calico's and weave's blocks and slices move from node to node: any address may be anywhere.
    const isAnywhere = ["calico", "weave"].includes(familyOf(this.#cni));
    const range = isAnywhere ? this.#clusterCidr : podCidr;
    if (!prefixContains(range, address))
      return `lies outside ${formatPrefix(range)}, the range of ${isAnywhere ? "the cluster" : file.name}`;
    if (!isHostLocal(this.#cni)) return undefined;
    if (address === podCidr.address + 1) return "is the address of the bridge on its node";
    const isEnd = address === podCidr.address || address === prefixBroadcast(podCidr);
    return isEnd ? `is the first or last of ${formatPrefix(podCidr)}, which no pod may have` : undefined;
  }
}

function hasAddress({ address }: FilePod): boolean {
  return address !== undefined;
}

function specificationOf(pod: FilePod): PodDescription {
  const { name, namespace, node, address, hostNetwork, labels, containers, phase } = pod;
  return {
    name,
    kubernetesNamespace: namespace,
    node,
    ...(address !== undefined && !hostNetwork && { address: formatIpv4(address) }),
    ...(hostNetwork && { hostNetwork }),
    labels,
    containers,
    ...(phase !== undefined && { phase }),
  };
}
