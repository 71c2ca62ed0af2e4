/**
 * The ports of fragmented datagrams, which only their first fragments have, for the fragments that follow. Linux puts
 * datagrams together before it tracks them; here, as in Cilium (bpf/lib/ipv4.h, cilium_ipv4_frag_datagrams), the first
 * fragment leaves its ports behind, and what overtakes it is not known.
 *
 * The last 1,024 datagrams are remembered, at most so long as Linux waits for their fragments.
 */

/** net.ipv4.ipfrag_time, in milliseconds. */
const LIFE = 30_000;

const SLOT_COUNT = 1024;
const SLOT_WORDS = 6;
const [SOURCE, DESTINATION, NUMBER, PORTS, EXPIRY, IS_USED] = [0, 1, 2, 3, 4, 5] as const;

export class FragmentPorts {
  readonly #words = new Int32Array(SLOT_COUNT * SLOT_WORDS);

  /** Keeps the ports of a datagram: `number` is its identification and protocol. `now`: milliseconds, 32 bits. */
  keep(source: number, destination: number, number: number, ports: number, now: number): void {
    const at = slotOf(source, destination, number);
    this.#words[at + SOURCE] = source;
    this.#words[at + DESTINATION] = destination;
    this.#words[at + NUMBER] = number;
    this.#words[at + PORTS] = ports;
    this.#words[at + EXPIRY] = now + LIFE;
    this.#words[at + IS_USED] = 1;
  }

  /** Whether the first fragment of this datagram has been here. */
  has(source: number, destination: number, number: number, now: number): boolean {
    const at = slotOf(source, destination, number);
    return (
      this.#words[at + IS_USED] === 1 &&
      this.#words[at + SOURCE] === source &&
      this.#words[at + DESTINATION] === destination &&
      this.#words[at + NUMBER] === number &&
      ((this.#words[at + EXPIRY]! - now) | 0) > 0
    );
  }

  /** Forgets those whose time is up. */
  sweep(now: number): void {
    for (let at = 0; at < this.#words.length; at += SLOT_WORDS)
      if (((this.#words[at + EXPIRY]! - now) | 0) <= 0) this.#words[at + IS_USED] = 0;
  }

  /** Forgets all. */
  clear(): void {
    this.#words.fill(0);
  }

  /** The ports of a datagram that `has` knows. */
  portsOf(source: number, destination: number, number: number): number {
    return this.#words[slotOf(source, destination, number) + PORTS]!;
  }
}

function slotOf(source: number, destination: number, number: number): number {
  const mixed = Math.imul(source ^ Math.imul(destination, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b), 0xc2b2ae35);
  return (mixed >>> 22) * SLOT_WORDS;
}
