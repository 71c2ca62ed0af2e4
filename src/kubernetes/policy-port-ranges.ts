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
  /** In order, and apart. */
  #stretches: Stretch[] = [];

  /** Of ports from 0 to `last`. */
  constructor(last: number) {
    this.last = last;
  }

  /** Whether one value has all ports: none is left. */
  get isWhole(): boolean {
    const only = this.#stretches[0];
    return this.#stretches.length === 1 && only!.first === 0 && only!.last === this.last;
  }

  /** Gives `value` to those ports from `first` to `last` that have none. */
  paint(first: number, last: number, value: number): void {
    const painted: Stretch[] = [];
    let next = first;
    for (const stretch of this.#stretches) {
      if (next <= last && stretch.first > next)
        painted.push({ first: next, last: Math.min(last, stretch.first - 1), value });
      painted.push(stretch);
      next = Math.max(next, stretch.last + 1);
    }
    if (next <= last) painted.push({ first: next, last, value });
    this.#stretches = painted.sort((a, b) => a.first - b.first);
  }

  /** Takes this value away where it was given. */
  clear(value: number): void {
    this.#stretches = this.#stretches.filter((stretch) => stretch.value !== value);
  }

  /** All ports, when all have a value: neighbours of one value as one. */
  list(): readonly PortRange[] {
    return this.#stretches.filter(({ value }, i) => i === 0 || this.#stretches[i - 1]!.value !== value);
  }
}
