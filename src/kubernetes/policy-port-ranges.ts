/** Ports with the value that each was given first: what an ordered list of rules comes to. */

/** Ports from `first` on, up to the next range. */
export interface PortRange {
  readonly first: number;
  readonly value: number;
}

interface Stretch {
  readonly first: number;
  readonly last: number;
  readonly value: number;
}

export class PortRanges {
  readonly last: number;
  /** As they came: of two that overlap, the first has the port. A rule may have a port each for all that there are. */
  #paints: Stretch[] = [];
  #isWhole = false;

  /** Of ports from 0 to `last`. */
  constructor(last: number) {
    this.last = last;
  }

  /** Whether all ports were given at once: none is left. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Gives `value` to those ports from `first` to `last` that have none. */
  paint(first: number, last: number, value: number): void {
    if (this.#isWhole) return;
    this.#paints.push({ first, last, value });
    this.#isWhole = first === 0 && last === this.last;
  }

  /** Takes this value away where it was given. */
  clear(value: number): void {
    if (!this.#paints.some((paint) => paint.value === value)) return;
    this.#paints = settle(this.#paints).filter((stretch) => stretch.value !== value);
    this.#isWhole = false;
  }

  /** All ports, when all have a value: neighbours of one value as one. */
  list(): readonly PortRange[] {
    return settle(this.#paints).filter(({ value }, i, all) => i === 0 || all[i - 1]!.value !== value);
  }
}

/**
 * Who has what, in order and apart. Each paint goes over the stretches between all ends, and passes those by that have an
 * owner: by links to the next free one, which become shorter as they are followed.
 */
function settle(paints: Stretch[]): Stretch[] {
  if (paints.length < 2) return paints;
  const ends = Int32Array.from(new Set(paints.flatMap(({ first, last }) => [first, last + 1]))).sort();
  const indexes = new Map(Array.from(ends, (end, index) => [end, index]));
  const nextFree = Int32Array.from(ends, (_end, index) => index);
  const owners: (Stretch | undefined)[] = new Array<undefined>(ends.length).fill(undefined);
  for (const paint of paints) {
    const behind = indexes.get(paint.last + 1)!;
    for (let at = follow(nextFree, indexes.get(paint.first)!); at < behind; at = follow(nextFree, at)) {
      owners[at] = paint;
      nextFree[at] = at + 1;
    }
  }
  return owners.flatMap((owner, at) =>
    owner === undefined ? [] : [{ first: ends[at]!, last: ends[at + 1]! - 1, value: owner.value }],
  );
}

function follow(links: Int32Array, from: number): number {
  let at = from;
  while (links[at] !== at) {
    links[at] = links[links[at]!]!;
    at = links[at]!;
  }
  return at;
}
