/**
 * Weave's IPAM: one range for the whole cluster, of which each node owns slices
 * (github.com/weaveworks/weave, ipam/ring/ring.go and ipam/space/space.go).
 */
import { formatIpv4, formatPrefix, type Ipv4Prefix, prefixBroadcast, prefixContains } from "../wire/index.ts";

/** Addresses from `start` up to the next slice's start. */
export interface WeaveSlice<Owner> {
  readonly start: number;
  /** Behind the slice's last address. */
  readonly end: number;
  readonly owner: Owner;
}

export class WeaveRing<Owner> {
  readonly range: Ipv4Prefix;
  readonly #slices: WeaveSlice<Owner>[] = [];
  readonly #taken = new Set<number>();

  constructor(range: Ipv4Prefix) {
    this.range = range;
  }

  /** Whether somebody owns the range. */
  get isClaimed(): boolean {
    return this.#slices.length > 0;
  }

  /** By address. */
  list(): readonly WeaveSlice<Owner>[] {
    return this.#slices;
  }

  /** Divides the range among those who are there first, who are in order of their peer names: halves, and halves of halves. */
  claim(owners: readonly Owner[]): void {
    const divide = (start: number, end: number, some: readonly Owner[]): void => {
      const middle = start + Math.floor((end - start) / 2);
      if (some.length <= 1 || end - start <= 1) {
        this.#slices.push({ start, end, owner: some[0]! });
        return;
      }
      const half = some.length >>> 1;
      divide(start, middle, some.slice(0, half));
      divide(middle, end, some.slice(half));
    };
    divide(this.range.address, prefixBroadcast(this.range) + 1, owners);
  }

  /**
   * Who comes later is given half of what the owner of most free addresses has, out of its largest free stretch; the
   * real one asks an owner that it draws.
   */
  donate(to: Owner): void {
    const owners = [...new Set(this.#slices.map((slice) => slice.owner))];
    const donor = owners.reduce((most, owner) => (this.#free(owner) > this.#free(most) ? owner : most));
    const stretches = this.#slices.flatMap((slice) => (slice.owner === donor ? this.#freeStretches(slice) : []));
    const largest = stretches.reduce((most, stretch) => (size(stretch) > size(most) ? stretch : most));
    const keeps = size(largest) > this.#free(donor) / 2 ? Math.floor(size(largest) / 2) : 0;
    this.#give(largest.start + keeps, largest.end, to);
  }

  #free(owner: Owner): number {
    return this.#slices
      .flatMap((slice) => (slice.owner === owner ? this.#freeStretches(slice) : []))
      .reduce((sum, stretch) => sum + size(stretch), 0);
  }

  #freeStretches({ start, end, owner }: WeaveSlice<Owner>): WeaveSlice<Owner>[] {
    const taken = [...this.#taken].filter((address) => address >= start && address < end).sort((a, b) => a - b);
    const ends = [...taken, end];
    return ends
      .map((stop, i) => ({ start: i === 0 ? start : ends[i - 1]! + 1, end: stop, owner }))
      .filter((stretch) => size(stretch) > 0);
  }

  #give(start: number, end: number, owner: Owner): void {
    const index = this.#slices.findIndex((slice) => start >= slice.start && start < slice.end);
    const old = this.#slices[index]!;
    const pieces = [
      { start: old.start, end: start, owner: old.owner },
      { start, end, owner },
      { start: end, end: old.end, owner: old.owner },
    ];
    this.#slices.splice(index, 1, ...pieces.filter((piece) => size(piece) > 0));
  }

  /** The first free address of an owner's slices. @throws RangeError when none is left. */
  allocate(owner: Owner): number {
    const first = this.range.address + 1;
    const last = prefixBroadcast(this.range) - 1;
    for (const slice of this.#slices) {
      if (slice.owner !== owner) continue;
      for (let address = Math.max(slice.start, first); address < slice.end && address <= last; address++) {
        if (this.#taken.has(address)) continue;
        this.#taken.add(address);
        return address;
      }
    }
    throw new RangeError(`expected a free address of ${formatPrefix(this.range)}, found all taken`);
  }

  /** One address of the range, whoever's slice it is in. @throws RangeError when it is outside, reserved or taken. */
  take(address: number): void {
    const isInside =
      prefixContains(this.range, address) && address > this.range.address && address < prefixBroadcast(this.range);
    if (!isInside || this.#taken.has(address))
      throw new RangeError(`expected a free address of ${formatPrefix(this.range)}, found ${formatIpv4(address)}`);
    this.#taken.add(address);
  }
}

function size({ start, end }: { readonly start: number; readonly end: number }): number {
  return end - start;
}
