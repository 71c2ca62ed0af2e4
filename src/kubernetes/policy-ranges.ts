/**
 * Sets of addresses as ipBlocks have them, a range without its exceptions: which of them an address is in.
 *
 * All ranges and exceptions make a tree, each below the longest other that holds it. An address is in those sets whose
 * range is on the way from the root to the longest prefix that it is in, when none of their exceptions is. Nothing is
 * listed before somebody asks: 4,000 blocks with an exception each take as many steps as there are prefixes.
 */
import { RouteTable } from "../table/index.ts";
import { type Ipv4Prefix, prefixContains } from "../wire/index.ts";

export interface AddressSet {
  readonly cidr: Ipv4Prefix;
  readonly except: readonly Ipv4Prefix[];
  readonly number: number;
}

/** The sets that begin and end at a prefix. */
interface Border extends Ipv4Prefix {
  readonly entered: number[];
  readonly left: number[];
}

/** What addresses have in common that are in one prefix and in none of those below. */
interface Place {
  /** Index of the place around it. */
  readonly outer: number;
  readonly entered: readonly number[];
  readonly left: readonly number[];
}

/** The place of addresses in no range. */
export const OUTSIDE = 0;

export class PolicyRanges {
  readonly #table = new RouteTable();
  readonly #places: Place[] = [{ outer: OUTSIDE, entered: [], left: [] }];
  /** Each prefix with its place. */
  readonly prefixes: readonly { readonly prefix: Ipv4Prefix; readonly place: number }[];

  constructor(sets: readonly AddressSet[]) {
    const numbers = new Map<string, number>();
    const around: { readonly border: Border; readonly place: number }[] = [];
    this.prefixes = bordersOf(sets).map((border) => {
      while (around.length > 0 && !prefixContains(around.at(-1)!.border, border.address)) around.pop();
      const { entered, left } = border;
      const outer = around.at(-1)?.place ?? OUTSIDE;
      // Exceptions side by side in one range are one place.
      const key = `${outer} ${entered.join()} ${left.join()}`;
      const place = numbers.get(key) ?? this.#places.push({ outer, entered, left }) - 1;
      numbers.set(key, place);
      around.push({ border, place });
      this.#table.set(border.address, border.length, place);
      return { prefix: border, place };
    });
  }

  /** The number of the place of an address; addresses of one place are in the same sets. */
  placeOf(address: number): number {
    return this.#table.lookup(address);
  }

  /** Numbers of the sets that addresses of a place are in. */
  setsAt(place: number): number[] {
    const [entered, left] = [[] as number[], new Set<number>()];
    for (let at = place; at !== OUTSIDE; at = this.#places[at]!.outer) {
      entered.push(...this.#places[at]!.entered);
      for (const number of this.#places[at]!.left) left.add(number);
    }
    return entered.filter((number) => !left.has(number));
  }
}

/** Prefixes after those that hold them. */
function bordersOf(sets: readonly AddressSet[]): Border[] {
  const borders = new Map<number, Border>();
  const borderAt = ({ address, length }: Ipv4Prefix): Border => {
    const key = address * 64 + length;
    const known = borders.get(key) ?? { address, length, entered: [], left: [] };
    borders.set(key, known);
    return known;
  };
  for (const { cidr, except, number } of sets) {
    borderAt(cidr).entered.push(number);
    for (const exception of except) borderAt(exception).left.push(number);
  }
  return [...borders.values()].sort((a, b) => a.address - b.address || a.length - b.length);
}
