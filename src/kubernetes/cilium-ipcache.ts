/**
 * Cilium's ipcache of one node: which identity a prefix has and which node its packets are tunnelled to; the longest
 * prefix decides (the map cilium_ipcache, an LPM trie).
 */
import { RouteTable } from "../table/index.ts";
import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixMask } from "../wire/index.ts";
import { identityText, ReservedIdentity } from "./cilium-identities.ts";

/** Entries that the map takes when nothing else is said (IPCACHE_MAP_SIZE). */
export const IPCACHE_SIZE = 512_000;

export interface IpcacheValue {
  readonly identity: number;
  /** Address of the node that has the prefix, 0 for none: it is here, or is reached without a tunnel. */
  readonly tunnelEndpoint: number;
}

export interface IpcacheEntry extends IpcacheValue {
  readonly prefix: Ipv4Prefix;
}

const NOTHING: IpcacheValue = { identity: ReservedIdentity.WORLD, tunnelEndpoint: 0 };

export class CiliumIpcache {
  /** Entries that the map takes. */
  readonly maximumCount: number;
  readonly #table = new RouteTable();
  /** By the table's value: equal ones are kept once. Value 0 is the table's "none". */
  readonly #values: IpcacheValue[] = [NOTHING];
  readonly #numbers = new Map<number, number>();

  constructor(maximumCount: number = IPCACHE_SIZE) {
    this.maximumCount = maximumCount;
  }

  get count(): number {
    return this.#table.count;
  }

  /** Enters a prefix, or changes it. @throws RangeError when the map is full. */
  set({ address, length }: Ipv4Prefix, identity: number, tunnelEndpoint: number = 0): void {
    if (this.#table.count >= this.maximumCount && this.#table.get(address, length) === 0)
      throw new RangeError(`expected room in the ipcache, found all ${this.maximumCount} entries in use`);
    this.#table.set(address, length, this.#numberOf(identity, tunnelEndpoint));
  }

  #numberOf(identity: number, tunnelEndpoint: number): number {
    const key = identity * 2 ** 32 + tunnelEndpoint;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.push({ identity, tunnelEndpoint }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  /** False when there is no such entry. */
  delete({ address, length }: Ipv4Prefix): boolean {
    return this.#table.delete(address, length);
  }

  /** What is known of an address: the world's identity when that is nothing. */
  lookup(address: number): IpcacheValue {
    return this.#values[this.#table.lookup(address)]!;
  }

  /** The entry that decides on an address, if any. */
  entryFor(address: number): IpcacheEntry | undefined {
    for (let length = 32; length >= 0; length--) {
      const prefix = { address: (address & prefixMask(length)) >>> 0, length };
      const number = this.#table.get(prefix.address, length);
      if (number !== 0) return { prefix, ...this.#values[number]! };
    }
    return undefined;
  }

  /** All entries, by address and then length. */
  list(): IpcacheEntry[] {
    return Array.from(this.#table.entries(), ({ address, length, value }) => ({
      prefix: { address, length },
      ...this.#values[value]!,
    }));
  }

  /** For explanations: the entry that decides on an address, as `cilium bpf ipcache list` names its parts. */
  describe(address: number): string {
    const entry = this.entryFor(address);
    if (entry === undefined) return `ipcache has nothing for ${formatIpv4(address)}`;
    const { prefix, identity, tunnelEndpoint } = entry;
    return `ipcache ${formatPrefix(prefix)} identity=${identityText(identity)} tunnelendpoint=${formatIpv4(tunnelEndpoint)}`;
  }
}
