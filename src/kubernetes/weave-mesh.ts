/**
 * The peers of a Weave network, who all know each other, and their short ids: 12 bits that stand for a peer in a
 * VNI (github.com/weaveworks/mesh, peers.go).
 */
import { nameHash } from "./name-hash.ts";

export const SHORT_ID_BITS = 12;
const SHORT_ID_COUNT = 1 << SHORT_ID_BITS;
const SHORT_ID_MASK: number = SHORT_ID_COUNT - 1;
const DRAW_COUNT = 10;

export interface WeavePeer {
  /** A MAC as 48-bit number: Weave makes it of the machine's UUID, podwire of the node's name. */
  readonly name: number;
  /** The node's name. */
  readonly nickName: string;
  /** Where its tunnels end: the node's address. */
  readonly address: number;
  /** 0 to 4095. Another is chosen when a peer of lower name turns out to have the same. */
  readonly shortId: number;
  /** Position in `WeaveMesh.peers`. */
  readonly index: number;
}

export class WeaveMesh {
  readonly #random: () => number;
  readonly #peers: { -readonly [Key in keyof WeavePeer]: WeavePeer[Key] }[] = [];
  readonly #byShortId = new Map<number, WeavePeer>();

  /** `random` gives whole numbers from 0 to 2^32 - 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** In the order in which they joined. */
  get peers(): readonly WeavePeer[] {
    return this.#peers;
  }

  /**
   * A new peer draws a short id. When it is taken, the peer of the higher name draws another.
   * @throws RangeError when 4,096 peers are here already.
   */
  join(nickName: string, address: number): WeavePeer {
    if (this.#peers.length === SHORT_ID_COUNT)
      throw new RangeError(`expected at most ${SHORT_ID_COUNT} Weave peers, found one more`);
    const shortId = this.#random() & SHORT_ID_MASK;
    const peer = { name: peerName(nickName), nickName, address, shortId, index: this.#peers.length };
    this.#peers.push(peer);
    const holder = this.#byShortId.get(shortId);
    const loser = holder === undefined ? undefined : peer.name < holder.name ? this.#peers[holder.index]! : peer;
    if (loser !== peer) this.#byShortId.set(shortId, peer);
    if (loser !== undefined) {
      loser.shortId = this.#freeShortId();
      this.#byShortId.set(loser.shortId, loser);
    }
    return peer;
  }

  /** Draws a few times; where most are taken, the next free one behind the last draw has to do. */
  #freeShortId(): number {
    let shortId = this.#random() & SHORT_ID_MASK;
    for (let draw = 1; draw < DRAW_COUNT && this.#byShortId.has(shortId); draw++) {
      shortId = this.#random() & SHORT_ID_MASK;
    }
    while (this.#byShortId.has(shortId)) shortId = (shortId + 1) & SHORT_ID_MASK;
    return shortId;
  }

  /** Whose short id this is, if anybody's. */
  byShortId(shortId: number): WeavePeer | undefined {
    return this.#byShortId.get(shortId);
  }

  /** The peer that a VNI comes from: its lower 12 bits. */
  sourceOf(vni: number): WeavePeer | undefined {
    return this.byShortId(vni & SHORT_ID_MASK);
  }

  /** The peer that a VNI goes to: its upper 12 bits. */
  destinationOf(vni: number): WeavePeer | undefined {
    return this.byShortId(vni >>> SHORT_ID_BITS);
  }
}

/** The VNI of packets between two peers (Weave's router/fastdp.go, tunnelIDFor). */
export function weaveVni(source: WeavePeer, destination: WeavePeer): number {
  return (destination.shortId << SHORT_ID_BITS) | source.shortId;
}

/** A locally administered unicast MAC. */
function peerName(nickName: string): number {
  const first = ((nameHash(nickName) >>> 16) & 0xfeff) | 0x0200;
  return first * 2 ** 32 + nameHash(`${nickName}/weave`);
}
