/**
 * Puts the fragments that reach their destination together again, as Linux does (ip_fragment.c): when the last one has
 * come (fragment-gathering.ts), the datagram is written into a slot that holds it, a large one where it is longer than a
 * frame, and takes the place of the fragment that completed it. The sender of one that is given up for its age hears of it,
 * if the datagram's first bytes are here (RFC 792).
 */
import { DropReason, ethernet, ipv4 } from "../wire/index.ts";
import { congestionOf, FragmentGathering, payloadLength } from "./fragment-gathering.ts";
import type { FragmentQueue } from "./fragment-queue.ts";
import { explainReassembly } from "./ipv4-explain.ts";
import type { Namespace } from "./namespace.ts";

export class Ipv4Reassembly extends FragmentGathering {
  constructor(namespace: Namespace) {
    super(namespace, 0);
  }

  /**
   * Makes `handle` the datagram, elsewhere in the pool, and ends the other fragments (Linux ip_frag_reasm). False when it
   * cannot be.
   */
  protected complete(queue: FragmentQueue, handle: number): boolean {
    const { pool, inquirer } = this.engine;
    const congestion = congestionOf(queue.ecnValues);
    const headerLength = ipv4.headerLength(pool.view, pool.start[queue.first]!);
    const totalLength = headerLength + queue.payloadLength;
    const datagram = pool.allocate(ethernet.HEADER_LENGTH + totalLength);
    if (datagram < 0) return this.giveUp(queue, DropReason.NOMEM);
    pool.strip(datagram, ethernet.HEADER_LENGTH);
    this.#gather(queue, pool.start[datagram]!, headerLength);
    this.#writeHeader(queue, pool.start[datagram]!, totalLength, congestion);
    pool.exchange(handle, datagram);
    if (inquirer !== null) explainReassembly(inquirer, handle, queue, totalLength);
    for (let i = 0; i < queue.count; i++) {
      const fragment = queue.handles[i]!;
      const ended = fragment === handle ? datagram : fragment;
      this.hold(ended, -1);
      this.engine.consume(ended);
    }
    this.finish(queue);
    return true;
  }

  /** Copies the first fragment's headers, the Ethernet header among them, and all payloads to their places. */
  #gather(queue: FragmentQueue, datagram: number, headerLength: number): void {
    const { bytes, view, start } = this.engine.pool;
    const first = start[queue.first]!;
    bytes.copyWithin(datagram - ethernet.HEADER_LENGTH, first - ethernet.HEADER_LENGTH, first + headerLength);
    for (let i = 0; i < queue.count; i++) {
      const offset = start[queue.handles[i]!]!;
      const payload = offset + ipv4.headerLength(view, offset);
      const place = datagram + headerLength + ipv4.fragmentOffset(view, offset);
      bytes.copyWithin(place, payload, payload + payloadLength(view, offset));
    }
  }

  /** Tells that it is whole, and may not be fragmented again if the longest fragment might not. */
  #writeHeader(queue: FragmentQueue, datagram: number, totalLength: number, congestion: number): void {
    const { view } = this.engine.pool;
    const isUnfragmentable = queue.longestUnfragmentable === queue.longest;
    ipv4.setTotalLength(view, datagram, totalLength);
    ipv4.setFlags(view, datagram, isUnfragmentable ? ipv4.Flag.DONT_FRAGMENT : 0);
    ipv4.setFragmentOffset(view, datagram, 0);
    ipv4.setTypeOfService(view, datagram, ipv4.typeOfService(view, datagram) | congestion);
    ipv4.updateHeaderChecksum(view, datagram);
  }

  protected noteTimeout({ first }: FragmentQueue): void {
    if (first >= 0) this.namespace.icmp.sendReassemblyTimeExceeded(first);
  }
}
