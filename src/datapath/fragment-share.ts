/** The share of the packet pool that fragments may hold while they wait for others: half of its slots of each kind. */
import type { PacketPool } from "../packet/index.ts";

export class FragmentShare {
  readonly #pool: PacketPool;
  #count = 0;
  #largeCount = 0;

  constructor(pool: PacketPool) {
    this.#pool = pool;
  }

  /** Whether the packet may wait too. */
  hasRoomFor(handle: number): boolean {
    const { slotCount, largeSlotCount } = this.#pool;
    return this.#pool.isLarge(handle) ? this.#largeCount < largeSlotCount >> 1 : this.#count < slotCount >> 1;
  }

  /** The packet starts to wait (+1), or no longer does (-1). */
  count(handle: number, change: 1 | -1): void {
    if (this.#pool.isLarge(handle)) this.#largeCount += change;
    else this.#count += change;
  }
}
