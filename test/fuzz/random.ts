/** Numbers that look random and are the same every time: from a seed, and the number of what they are for. */

/** mulberry32 (T. Ettinger): any state is a good one, so that inputs that follow each other differ in everything. */
export class Random {
  #state: number;

  constructor(seed: number, number: number = 0) {
    this.#state = Math.imul(seed + 1, 0x9e37_79b1) ^ Math.imul(number + 1, 0x85eb_ca6b);
  }

  /** 0 up to, and not including, `limit`, which is 2^32 at most. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** Once in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** One of a list that has some. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
