/**
 * The ports of fragmented datagrams, which only their first fragments have, for the fragments that follow: as in Cilium
 * (bpf/lib/ipv4.h, cilium_ipv4_frag_datagrams) the first fragment leaves its ports behind when it is let through, and what
 * overtakes it is not known.
 *
 * The last datagrams are remembered, at most so long as Linux waits for their fragments: 1,024 at most, in 256 sets of
 * four, of which the oldest makes room.
 */

/** net.ipv4.ipfrag_time, in milliseconds. */
const LIFE = 30_000;

const SET_SHIFT = 24;
const SET_COUNT = 2 ** (32 - SET_SHIFT);
const WAYS = 4;
const SLOT_WORDS = 6;
const SET_WORDS = WAYS * SLOT_WORDS;
const [SOURCE, DESTINATION, NUMBER, PORTS, EXPIRY, IS_USED] = [0, 1, 2, 3, 4, 5] as const;

export class FragmentPorts {
  readonly #words = new Int32Array(SET_COUNT * SET_WORDS);
  readonly #seed: number;

  /** `seed`: who does not know it cannot choose datagrams that push out others. */
  constructor(seed = 0) {
    this.#seed = seed;
  }

  /** Keeps the ports of a datagram: `number` is its identification and protocol. `now`: milliseconds, 32 bits. */
  keep(source: number, destination: number, number: number, ports: number, now: number): void {
    const known = this.#find(source, destination, number);
    const at = known >= 0 ? known : this.#oldest(this.#setOf(source, destination, number), now);
    this.#words[at + SOURCE] = source;
    this.#words[at + DESTINATION] = destination;
    this.#words[at + NUMBER] = number;
    this.#words[at + PORTS] = ports;
    this.#words[at + EXPIRY] = now + LIFE;
    this.#words[at + IS_USED] = 1;
  }

  /** Whether the first fragment of this datagram has been here. */
  has(source: number, destination: number, number: number, now: number): boolean {
    const at = this.#find(source, destination, number);
    return at >= 0 && this.#lifeOf(at, now) > 0;
  }

  /** The ports of a datagram that `has` knows. */
  portsOf(source: number, destination: number, number: number): number {
    return this.#words[this.#find(source, destination, number) + PORTS]!;
  }

  #find(source: number, destination: number, number: number): number {
    const words = this.#words;
    const set = this.#setOf(source, destination, number);
    for (let at = set; at < set + SET_WORDS; at += SLOT_WORDS) {
      const isSame =
        words[at + SOURCE] === source && words[at + DESTINATION] === destination && words[at + NUMBER] === number;
      if (isSame && words[at + IS_USED] === 1) return at;
    }
    return -1;
  }

  /** The slot of a set that is free, or whose time is up first. */
  #oldest(set: number, now: number): number {
    let oldest = set;
    for (let at = set + SLOT_WORDS; at < set + SET_WORDS; at += SLOT_WORDS)
      if (this.#lifeOf(at, now) < this.#lifeOf(oldest, now)) oldest = at;
    return oldest;
  }

  /** Milliseconds that are left to what a slot holds; 0 at most for nothing. */
  #lifeOf(at: number, now: number): number {
    return this.#words[at + IS_USED] === 0 ? 0 : Math.max(0, (this.#words[at + EXPIRY]! - now) | 0);
  }

  /** Forgets those whose time is up. */
  sweep(now: number): void {
    for (let at = 0; at < this.#words.length; at += SLOT_WORDS)
      if (this.#lifeOf(at, now) === 0) this.#words[at + IS_USED] = 0;
  }

  /** Forgets all. */
  clear(): void {
    this.#words.fill(0);
  }

  #setOf(source: number, destination: number, number: number): number {
    let mixed = Math.imul(source ^ this.#seed, 0x9e3779b1);
    mixed = Math.imul(mixed ^ (mixed >>> 15) ^ destination, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13) ^ number, 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> SET_SHIFT) * SET_WORDS;
  }
}
