/**
 * Prefixes of IPv4 addresses in a trie whose nodes are allotment routing tables (Y. Hariguchi,
 * "Allotment Routing Table: A Fast Free Multibit Trie Based Routing Table", 2002).
 *
 * Every node decides the next NODE_BITS bits of an address. The prefixes that can end in a node form a
 * complete binary tree, kept as a heap: index 1 stands for the whole node, indices 2i and 2i + 1 for
 * the halves of index i, and the last level is the leaves. In a node that decides bits 21 to 24:
 *
 *     index                1                      /20   (ends in the node above: a copy of its leaf)
 *                  2               3              /21
 *              4       5       6       7          /22
 *            8   9  10  11  12  13  14  15        /23
 *          16 17 18 ...              30 31        /24   leaves: an entry, or a link to a node
 *
 * At each index stands the entry of the longest prefix that covers the index's range and is no longer
 * than the index. Three things follow, and they are the whole algorithm:
 *
 * - a lookup reads leaves only;
 * - a prefix is present exactly when the entry at its index has its length, so prefixes need no store
 *   of their own beside the trie;
 * - adding one replaces one entry by another inside its own range, and stops where a longer one
 *   stands; withdrawing one does the same with the entry of the index above (`allot`).
 *
 * An entry is `length << 24 | value`, and 0 for none. A negative leaf is a link, `~offset` of a node.
 */

/** Address bits that a node decides: its 16 leaves fill one cache line. */
const NODE_BITS = 4;
/** Leaves of a node, and entries above them: the stretch that a node has in either array. */
const NODE_SIZE = 1 << NODE_BITS;

/** The heap index that stands for a whole node. */
const TOP = 1;

const VALUE_BITS = 24;
const VALUE_MASK = (1 << VALUE_BITS) - 1;

/** By how much node storage grows: doubling would leave up to half of a full table's memory idle. */
const GROWTH = 9 / 8;

/** A prefix and what it maps to. */
export interface PrefixEntry {
  /** The first address of the prefix, unsigned. */
  readonly address: number;
  /** Prefix length in bits, 0 to 32. */
  readonly length: number;
  readonly value: number;
}

/** Receives a range of addresses, in the form of a prefix, and the value that all of them look up. */
export type RangeVisitor = (address: number, length: number, value: number) => void;

/**
 * A set of prefixes with a value each, 1 to 2^24 - 1. The root stands for the first `rootLength` bits of
 * an address, which all prefixes of one trie share and none is shorter than.
 *
 * Addresses may be signed or unsigned. Arguments are not checked here (host bits zero, lengths from
 * `rootLength` to 32): `RouteTable` does.
 *
 * Fields are `private`, not `#private`: V8 11 checks a private name anew at each access, and lookups
 * in a direct table ran at 354 M/s instead of 445 M/s.
 */
export class PrefixTrie {
  private readonly rootLength: number;
  /** The leaves of all nodes: the only array that a lookup reads. The root is at offset 0. */
  private leaves: Int32Array = new Int32Array(NODE_SIZE);
  /**
   * The heap indices above the leaves, a node's at the same offset as its leaves. Index 0, which a heap
   * leaves unused, counts the prefixes that end in the node and its links; in a free node it is the
   * offset of the next free node.
   */
  private inner: Int32Array = new Int32Array(NODE_SIZE);
  /** Offset where storage that was never used begins. */
  private end = NODE_SIZE;
  /** Offset of the first free node, or 0. */
  private free = 0;

  /** @param rootLength a multiple of 4, below 32 */
  constructor(rootLength: number) {
    this.rootLength = rootLength;
  }

  /** Memory of the typed arrays, in bytes. */
  get bytes(): number {
    return this.leaves.byteLength + this.inner.byteLength;
  }

  /** The value of the longest prefix that contains `address`, or 0. */
  lookup(address: number): number {
    const leaves = this.leaves;
    let shift = 32 - NODE_BITS - this.rootLength;
    let entry = leaves[(address >>> shift) & (NODE_SIZE - 1)]!;
    while (entry < 0) {
      shift -= NODE_BITS;
      entry = leaves[~entry + ((address >>> shift) & (NODE_SIZE - 1))]!;
    }
    return entry & VALUE_MASK;
  }

  /** The value of exactly this prefix, or 0. */
  get(address: number, length: number): number {
    const node = this.find(address, length);
    if (node < 0) return 0;
    const entry = this.entryAt(node, this.heapIndex(address, length));
    return isOwn(entry, length) ? entry & VALUE_MASK : 0;
  }

  /** Adds a prefix, or replaces its value. True when it was added. */
  set(address: number, length: number, value: number): boolean {
    const node = this.findOrAdd(address, length);
    const index = this.heapIndex(address, length);
    const old = this.entryAt(node, index);
    const isNew = !isOwn(old, length);
    if (isNew) this.inner[node]!++;
    this.allot(node, index, old, (length << VALUE_BITS) | value);
    return isNew;
  }

  /** Withdraws a prefix. False when it is not present. */
  delete(address: number, length: number): boolean {
    const node = this.find(address, length);
    if (node < 0) return false;
    const index = this.heapIndex(address, length);
    const old = this.entryAt(node, index);
    if (!isOwn(old, length)) return false;
    this.allot(node, index, old, index === TOP ? 0 : this.inner[node + (index >>> 1)]!);
    if (--this.inner[node]! === 0) this.removeEmptyNodes(address, length);
    return true;
  }

  /**
   * All prefixes, ordered by address, then by length. The trie must not change meanwhile.
   * @param rootAddress the first `rootLength` bits that the prefixes share
   */
  *entries(rootAddress: number): Generator<PrefixEntry, void, undefined> {
    const ahead = [{ node: 0, index: TOP, address: rootAddress, length: this.rootLength }];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      const { node, index, address, length } = next;
      const entry = index < NODE_SIZE ? this.inner[node + index]! : this.leaves[node + index - NODE_SIZE]!;
      if (entry < 0) {
        ahead.push({ node: ~entry, index: TOP, address, length });
        continue;
      }
      if (isOwn(entry, length)) yield { address, length, value: entry & VALUE_MASK };
      if (index < NODE_SIZE) {
        ahead.push({ node, index: 2 * index + 1, address: upperHalf(address, length), length: length + 1 });
        ahead.push({ node, index: 2 * index, address, length: length + 1 });
      }
    }
  }

  /**
   * Visits the ranges inside a prefix that no longer prefix covers: where lookups end at this prefix or,
   * when it is not present, at the next one above.
   */
  forEachRange(address: number, length: number, visit: RangeVisitor): void {
    const node = this.find(address, length);
    if (node < 0) return visit(address >>> 0, length, this.lookup(address));
    const index = this.heapIndex(address, length);
    this.visitRanges(node, index, address >>> 0, length, this.entryAt(node, index), visit);
  }

  /**
   * Visits the ranges of the leaves inside the prefix that one leaf of the root stands for, down to leaves
   * of `maximumLength` bits. A range of that length, in which longer prefixes end, is left out.
   * @param address the first address of the prefix, unsigned
   */
  forEachLeaf(address: number, maximumLength: number, visit: RangeVisitor): void {
    const length = this.rootLength + NODE_BITS;
    this.visitLeaves(this.leaves[leafSlot(0, address, length)]!, address, length, maximumLength, visit);
  }

  private visitLeaves(leaf: number, address: number, length: number, maximumLength: number, visit: RangeVisitor): void {
    if (leaf >= 0) return visit(address, length, leaf & VALUE_MASK);
    if (length === maximumLength) return;
    const below = length + NODE_BITS;
    for (let index = 0; index < NODE_SIZE; index++) {
      this.visitLeaves(this.leaves[~leaf + index]!, address + index * 2 ** (32 - below), below, maximumLength, visit);
    }
  }

  private visitRanges(
    node: number,
    index: number,
    address: number,
    length: number,
    entry: number,
    visit: RangeVisitor,
  ): void {
    if (index >= NODE_SIZE) {
      const leaf = this.leaves[node + index - NODE_SIZE]!;
      if (leaf < 0) this.visitRanges(~leaf, TOP, address, length, entry, visit);
      else if (leaf === entry) visit(address, length, entry & VALUE_MASK);
    } else if (this.inner[node + index] === entry) {
      this.visitRanges(node, 2 * index, address, length + 1, entry, visit);
      this.visitRanges(node, 2 * index + 1, upperHalf(address, length), length + 1, entry, visit);
    }
  }

  /** Replaces `old` by `entry` at an index and wherever below it was handed down from there. */
  private allot(node: number, index: number, old: number, entry: number): void {
    if (index >= NODE_SIZE) {
      const slot = node + index - NODE_SIZE;
      const leaf = this.leaves[slot]!;
      if (leaf < 0) this.allot(~leaf, TOP, old, entry);
      else if (leaf === old) this.leaves[slot] = entry;
    } else if (this.inner[node + index] === old) {
      this.inner[node + index] = entry;
      this.allot(node, 2 * index, old, entry);
      this.allot(node, 2 * index + 1, old, entry);
    }
  }

  /** The entry at an index. That of a leaf which became a link stands at the top of the linked node. */
  private entryAt(node: number, index: number): number {
    if (index < NODE_SIZE) return this.inner[node + index]!;
    const leaf = this.leaves[node + index - NODE_SIZE]!;
    return leaf < 0 ? this.inner[~leaf + TOP]! : leaf;
  }

  /** Offset of the node in which a prefix ends, or -1 when there is no such node. */
  private find(address: number, length: number): number {
    let node = 0;
    for (let depth = this.rootLength + NODE_BITS; depth < length; depth += NODE_BITS) {
      const leaf = this.leaves[leafSlot(node, address, depth)]!;
      if (leaf >= 0) return -1;
      node = ~leaf;
    }
    return node;
  }

  /** As `find`, but adds the nodes that are missing on the way. */
  private findOrAdd(address: number, length: number): number {
    let node = 0;
    for (let depth = this.rootLength + NODE_BITS; depth < length; depth += NODE_BITS) {
      const slot = leafSlot(node, address, depth);
      const leaf = this.leaves[slot]!;
      if (leaf < 0) {
        node = ~leaf;
      } else {
        const child = this.addNode(leaf);
        this.leaves[slot] = ~child;
        this.inner[node]!++;
        node = child;
      }
    }
    return node;
  }

  /** Takes a free node or new storage, and hands `entry` down to all its indices. */
  private addNode(entry: number): number {
    let node = this.free;
    if (node !== 0) {
      this.free = this.inner[node]!;
    } else {
      node = this.end;
      this.end += NODE_SIZE;
      if (this.end > this.leaves.length) this.grow();
    }
    this.leaves.fill(entry, node, node + NODE_SIZE);
    this.inner.fill(entry, node + TOP, node + NODE_SIZE);
    this.inner[node] = 0;
    return node;
  }

  /** Frees the nodes that have nothing of their own left, from the one where a prefix ended upwards. */
  private removeEmptyNodes(address: number, length: number): void {
    const path: { node: number; slot: number }[] = [];
    let node = 0;
    for (let depth = this.rootLength + NODE_BITS; depth < length; depth += NODE_BITS) {
      const slot = leafSlot(node, address, depth);
      path.push({ node, slot });
      node = ~this.leaves[slot]!;
    }
    for (let above = path.pop(); above !== undefined && this.inner[node] === 0; above = path.pop()) {
      this.leaves[above.slot] = this.inner[node + TOP]!;
      this.inner[node] = this.free;
      this.free = node;
      node = above.node;
      this.inner[node]!--;
    }
  }

  private grow(): void {
    const size = Math.ceil((this.leaves.length * GROWTH) / NODE_SIZE) * NODE_SIZE;
    const { leaves, inner } = this;
    this.leaves = new Int32Array(size);
    this.leaves.set(leaves);
    this.inner = new Int32Array(size);
    this.inner.set(inner);
  }

  /** The heap index of a prefix, in the node in which it ends. */
  private heapIndex(address: number, length: number): number {
    if (length === this.rootLength) return TOP;
    const first = 2 << ((length - 1) % NODE_BITS);
    return first | ((address >>> (32 - length)) & (first - 1));
  }
}

/** True when an entry found at an index of `length` bits is that of a prefix which ends there. */
function isOwn(entry: number, length: number): boolean {
  return entry !== 0 && entry >>> VALUE_BITS === length;
}

/** Position of the leaf that an address has in a node which decides its bits up to `depth`. */
function leafSlot(node: number, address: number, depth: number): number {
  return node + ((address >>> (32 - depth)) & (NODE_SIZE - 1));
}

/** The second of the two halves of a prefix. */
function upperHalf(address: number, length: number): number {
  return (address | (0x8000_0000 >>> length)) >>> 0;
}
