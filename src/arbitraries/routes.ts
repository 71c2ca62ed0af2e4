/** Routes whose prefixes nest, changes of them, and the addresses that tell a right lookup from a wrong one. */
import fc from "fast-check";
import { MAX_ROUTE_VALUE, type PrefixEntry } from "../table/index.ts";
import { formatPrefix, prefixBroadcast, prefixMask } from "../wire/index.ts";
import { anyIpv4Address } from "./addresses.ts";
import { arbitraryOf, type Choice } from "./choice.ts";
import { reportAsText } from "./report.ts";

/** Addresses in few places of the space, its ends among them. */
const BASES: readonly number[] = [0x0a00_0000, 0x0af4_0105, 0x40a5_5a80, 0x8000_0000, 0, 0xffff_ffff];

/** The largest value of one byte and of two, and their successors: tables may store them in other ways. */
const EDGE_VALUES: readonly number[] = [255, 256, 65_535, 65_536, MAX_ROUTE_VALUE];

/** What `routes` and `routeUpdates` take. */
export interface RoutesOptions {
  /** Routes, or updates, at least; none when left out. */
  readonly minLength?: number;
  /** Routes, or updates, at most; 40 when left out. */
  readonly maxLength?: number;
  /** Values of routes, which say where they lead; 1 to 2^24 - 2 when left out. */
  readonly value?: Choice<number>;
}

/** Routes, no prefix twice. They print as `10.0.0.0/8 -> 1`. */
export class RouteSet {
  readonly entries: readonly PrefixEntry[];

  constructor(entries: readonly PrefixEntry[]) {
    this.entries = entries;
  }

  /** The value of the longest prefix that contains an address, 0 for none: by looking at all of them. */
  lookup(address: number): number {
    const containing = this.entries.filter((entry) => contains(entry, address));
    return containing.sort((a, b) => b.length - a.length)[0]?.value ?? 0;
  }

  /** The first and the last address of every prefix, and those just outside of it: where lookups go wrong. */
  edges(): number[] {
    return this.entries.flatMap((entry) => {
      const last = prefixBroadcast(entry);
      return [entry.address - 1, entry.address, last, last + 1].map((address) => address >>> 0);
    });
  }

  /** The same routes, in a list of its own. */
  fresh(): RouteSet {
    return new RouteSet(this.entries.map((entry) => ({ ...entry })));
  }

  toString(): string {
    return this.entries.map((entry) => `${formatPrefix(entry)} -> ${entry.value}`).join(", ") || "no routes";
  }
}

reportAsText(RouteSet);

function contains({ address, length }: PrefixEntry, other: number): boolean {
  return ((address ^ other) & prefixMask(length)) === 0;
}

/** Addresses of few places that differ in a bit or none, and now and then any: prefixes of them nest. */
export function nestingAddress(): fc.Arbitrary<number> {
  const base = fc.constantFrom(...BASES);
  const near = fc.tuple(base, fc.nat(31)).map(([address, bit]) => (address ^ (1 << bit)) >>> 0);
  return fc.oneof(base, near, anyIpv4Address());
}

/** Routes of which most lie within others, of every length from 0 to 32. */
export function routes(options: RoutesOptions = {}): fc.Arbitrary<RouteSet> {
  const { minLength = 0, maxLength = 40 } = options;
  const entries = fc.uniqueArray(routeEntry(options.value), {
    minLength,
    maxLength,
    size: "max",
    selector: ({ address, length }) => 64 * address + length,
  });
  return entries.map((list) => new RouteSet(list));
}

/**
 * Changes of a table, in order: first some routes are added, then some of them replaced or withdrawn, and others added
 * and withdrawn too. A value of 0 withdraws the prefix, which may not be there.
 */
export function routeUpdates(options: RoutesOptions = {}): fc.Arbitrary<PrefixEntry[]> {
  const { minLength = 0, maxLength = 40 } = options;
  const entry = routeEntry(options.value);
  const addedFirst = fc.array(entry, { minLength, maxLength, size: "max" });
  const later = fc.array(fc.oneof(fc.record({ again: fc.nat(), entry, isWithdrawn: fc.boolean() }), entry), {
    maxLength: Math.ceil(1.5 * maxLength),
    size: "max",
  });
  return fc.tuple(addedFirst, later).map(([first, changes]) => [
    ...first,
    ...changes.map((change) => {
      if (!("again" in change)) return change;
      const { address, length } = first[change.again % first.length] ?? change.entry;
      return { address, length, value: change.isWithdrawn ? 0 : change.entry.value };
    }),
  ]);
}

function routeEntry(value: Choice<number> | undefined): fc.Arbitrary<PrefixEntry> {
  const usual = fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(...EDGE_VALUES));
  return fc
    .tuple(nestingAddress(), fc.integer({ min: 0, max: 32 }), value === undefined ? usual : arbitraryOf(value))
    .map(([address, length, own]) => ({ address: (address & prefixMask(length)) >>> 0, length, value: own }));
}
