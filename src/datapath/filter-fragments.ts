/**
 * The fragments of datagrams before a filter that tracks connections: nf_defrag_ipv4 of Linux hands it whole datagrams, in
 * whatever order their fragments come, and the way out cuts them again as they were. Here the fragments wait for each
 * other, are decided on together, and go on as they are, in the order of their bytes. What is in the second fragment of a
 * header cut in two is not read: such a datagram is taken for one that is too short.
 */
import { ethernet, ipv4 } from "../wire/index.ts";
import { FragmentGathering } from "./fragment-gathering.ts";
import type { FragmentQueue } from "./fragment-queue.ts";
import type { Namespace } from "./namespace.ts";

export class FilterFragments extends FragmentGathering {
  /** Of the datagram that `add` found whole last: its fragments, frames, in order. */
  readonly pieces: number[] = [];

  constructor(namespace: Namespace) {
    super(namespace, ethernet.HEADER_LENGTH);
  }

  protected complete(queue: FragmentQueue): boolean {
    const { view, start } = this.engine.pool;
    const offsetOf = (handle: number): number => ipv4.fragmentOffset(view, start[handle]! + ethernet.HEADER_LENGTH);
    this.pieces.length = 0;
    for (let i = 0; i < queue.count; i++) {
      this.hold(queue.handles[i]!, -1);
      this.pieces.push(queue.handles[i]!);
    }
    this.pieces.sort((one, other) => offsetOf(one) - offsetOf(other));
    this.finish(queue);
    return true;
  }

  /** Linux tells nobody (ip_expire): the datagram is not for this node. */
  protected noteTimeout(): void {
    // Nothing.
  }
}
