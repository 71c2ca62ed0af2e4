/**
 * Calico's IPAM: the cluster's range in blocks of 64 addresses, which nodes claim as they need them; all addresses of
 * a block are handed out, its first and last too (github.com/projectcalico/calico, libcalico-go/lib/ipam).
 *
 * Calico takes the first block of a node by a hash of the node's name. Here a node's blocks come from its pod range
 * first, which Calico itself leaves aside: so people find their way in addresses.
 */
import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixContains, prefixMask } from "../wire/index.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { overlap } from "./underlay.ts";

/** Of a block's prefix, unless the whole range is smaller. */
const BLOCK_LENGTH = 26;

/** What a node has: a block, or, as a /32, an address out of another node's block. */
export interface Holding {
  readonly node: ClusterNode;
  readonly prefix: Ipv4Prefix;
}

/** An address, and what the node has come to have by it that others need a route to; null when they know. */
export interface Assignment {
  readonly address: number;
  readonly gained: Holding | null;
}

interface Block {
  readonly prefix: Ipv4Prefix;
  readonly owner: ClusterNode;
  readonly taken: Set<number>;
}

export class CalicoIpam {
  /** All that nodes have, in the order they got it. */
  readonly holdings: Holding[] = [];
  readonly #cluster: Cluster;
  readonly #length: number;
  readonly #blocks = new Map<number, Block>();
  readonly #blocksOf = new Map<ClusterNode, Block[]>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#length = Math.max(BLOCK_LENGTH, cluster.clusterCidr.length);
  }

  /** An address for the node: the one asked for or a free one. @throws RangeError when it cannot be had, or none is left. */
  assign(node: ClusterNode, requested?: number): Assignment {
    const before = this.holdings.length;
    const address = requested === undefined ? this.#assignAny(node) : this.#assignThis(node, requested);
    return { address, gained: this.holdings[before] ?? null };
  }

  #assignThis(node: ClusterNode, address: number): number {
    const { clusterCidr } = this.#cluster;
    const base = (address & prefixMask(this.#length)) >>> 0;
    const block = prefixContains(clusterCidr, address)
      ? (this.#blocks.get(base) ?? this.#claim(node, base))
      : undefined;
    if (block === undefined || block.taken.has(address))
      throw new RangeError(
        `expected a free address of ${formatPrefix(clusterCidr)} for ${node.name}, found ${formatIpv4(address)}`,
      );
    block.taken.add(address);
    if (block.owner !== node) this.holdings.push({ node, prefix: { address, length: 32 } });
    return address;
  }

  #assignAny(node: ClusterNode): number {
    const size = 2 ** (32 - this.#length);
    const block =
      this.#blocksOf.get(node)?.find(({ taken }) => taken.size < size) ?? this.#claim(node, this.#freeBase(node));
    let address = block.prefix.address;
    while (block.taken.has(address)) address++;
    block.taken.add(address);
    return address;
  }

  /** The first block that nobody has: of the node's own range, then of no node's, then of any. */
  #freeBase(node: ClusterNode): number {
    const { clusterCidr, nodes } = this.#cluster;
    const isNobodys = (base: number): boolean =>
      !nodes.some(({ podCidr }) => overlap(podCidr, { address: base, length: this.#length }));
    const found =
      this.#firstFree(node.podCidr, () => true) ??
      this.#firstFree(clusterCidr, isNobodys) ??
      this.#firstFree(clusterCidr, () => true);
    if (found === undefined)
      throw new RangeError(`expected a free block of ${formatPrefix(clusterCidr)} for ${node.name}, found all claimed`);
    return found;
  }

  #firstFree(range: Ipv4Prefix, isWanted: (base: number) => boolean): number | undefined {
    const size = 2 ** (32 - this.#length);
    const end = range.address + 2 ** (32 - range.length);
    for (let base = (range.address & prefixMask(this.#length)) >>> 0; base < end; base += size)
      if (!this.#blocks.has(base) && isWanted(base)) return base;
    return undefined;
  }

  #claim(node: ClusterNode, base: number): Block {
    const block = { prefix: { address: base, length: this.#length }, owner: node, taken: new Set<number>() };
    this.#blocks.set(base, block);
    const own = this.#blocksOf.get(node);
    if (own === undefined) this.#blocksOf.set(node, [block]);
    else own.push(block);
    this.holdings.push({ node, prefix: block.prefix });
    return block;
  }
}
