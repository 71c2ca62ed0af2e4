/** What a sender has learned of path MTUs (RFC 1191): Linux keeps them as route exceptions for ten minutes. */
import { Changes } from "./changes.ts";
import { type Engine, NANOSECONDS_PER_SECOND } from "./engine.ts";

const LIFETIME = 600 * NANOSECONDS_PER_SECOND;
/** Linux refuses to believe less (net.ipv4.route.min_pmtu). */
const SMALLEST = 552;
/** Destinations remembered at once: the oldest gives way. */
const COUNT_LIMIT = 1024;

interface PathMtu {
  readonly mtu: number;
  /** A router reported less than what is believed: packets go without "don't fragment" then. */
  readonly isBelowFloor: boolean;
  readonly expiry: number;
}

export class PathMtuCache {
  readonly #engine: Engine;
  readonly #changes: Changes;
  readonly #entries = new Map<number, PathMtu>();

  constructor(engine: Engine, changes: Changes = new Changes()) {
    this.#engine = engine;
    this.#changes = changes;
  }

  /** Bytes of the largest packet that may go to `destination` through a device of this MTU. */
  limit(destination: number, deviceMtu: number): number {
    if (this.#entries.size === 0) return deviceMtu;
    return Math.min(this.#find(destination)?.mtu ?? deviceMtu, deviceMtu);
  }

  /** Whether nothing is remembered of this destination, so that its device alone decides. */
  isUnknown(destination: number): boolean {
    return this.#entries.size === 0 || this.#find(destination) === undefined;
  }

  /** Whether routers must be let fragment, since the path takes less than the floor (RFC 1191 section 3). */
  isBelowFloor(destination: number): boolean {
    return this.#entries.size > 0 && this.#find(destination)?.isBelowFloor === true;
  }

  #find(destination: number): PathMtu | undefined {
    const entry = this.#entries.get(destination >>> 0);
    return entry === undefined || entry.expiry <= this.#engine.now ? undefined : entry;
  }

  /**
   * Notes the MTU that a "fragmentation needed" message reported. A larger one than is known says nothing of
   * this path: only time raises an estimate (RFC 1191 section 6.3). What is below the floor stands until it ends.
   */
  learn(destination: number, mtu: number): void {
    const key = destination >>> 0;
    const known = this.#find(key);
    if (known !== undefined && (known.isBelowFloor || mtu > known.mtu)) return;
    this.#changes.note();
    this.#entries.delete(key);
    if (this.#entries.size >= COUNT_LIMIT)
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    this.#entries.set(key, {
      mtu: Math.max(mtu, SMALLEST),
      isBelowFloor: mtu < SMALLEST,
      expiry: this.#engine.now + LIFETIME,
    });
  }
}
