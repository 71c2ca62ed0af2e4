/** Names, and how many packets each was met in. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Names of one packet, each once. */
  add(names: readonly string[]): void {
    for (const name of names) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** `ipv6 (3 packets), gre (1 packet)`, the most frequent first; "" when nothing was met. */
  get text(): string {
    const entries = [...this.#counts].sort(([, one], [, other]) => other - one);
    return entries.map(([name, count]) => `${name} (${count} ${count === 1 ? "packet" : "packets"})`).join(", ");
  }
}
