/** The datagrams of a namespace of which some fragments have come, by source, destination, protocol and identification. */
import { hashPair } from "../bytes/hash.ts";
import { FragmentQueue } from "./fragment-queue.ts";

/** How many fragments a sender has sent while one of its datagrams was incomplete, and how many of those there are. */
interface Sender {
  fragmentCount: number;
  queueCount: number;
}

export class FragmentTable {
  readonly #byHash = new Map<number, FragmentQueue>();
  /** All queues, that which is given up first in front. */
  readonly #byExpiry = new Set<FragmentQueue>();
  readonly #senders = new Map<number, Sender>();
  /** Queues that are done. */
  readonly #idle: FragmentQueue[] = [];

  get count(): number {
    return this.#byExpiry.size;
  }

  /** The queue that is given up first, if there is any. */
  get oldest(): FragmentQueue | undefined {
    return this.#byExpiry.values().next().value;
  }

  /** The queue of a datagram (RFC 791 section 3.2), if some of it is here. */
  find(source: number, destination: number, protocol: number, identification: number): FragmentQueue | undefined {
    let queue = this.#byHash.get(hashOf(source, destination, protocol, identification)) ?? null;
    while (queue !== null) {
      const isSame =
        queue.source === source &&
        queue.destination === destination &&
        queue.protocol === protocol &&
        queue.identification === identification;
      if (isSame) return queue;
      queue = queue.next;
    }
    return undefined;
  }

  /** A new, empty queue: `find` found none. It is given up at `expiry`, later than those before it. */
  add(source: number, destination: number, protocol: number, identification: number, expiry: number): FragmentQueue {
    const queue = this.#idle.pop() ?? new FragmentQueue();
    const hash = hashOf(source, destination, protocol, identification);
    queue.clear();
    queue.source = source;
    queue.destination = destination;
    queue.protocol = protocol;
    queue.identification = identification;
    queue.senderCount = 0;
    queue.next = this.#byHash.get(hash) ?? null;
    this.#byHash.set(hash, queue);
    const sender = this.#senders.get(source);
    if (sender === undefined) this.#senders.set(source, { fragmentCount: 0, queueCount: 1 });
    else sender.queueCount++;
    this.postpone(queue, expiry);
    return queue;
  }

  /** Gives a queue more time than all others have. */
  postpone(queue: FragmentQueue, expiry: number): void {
    queue.expiry = expiry;
    this.#byExpiry.delete(queue);
    this.#byExpiry.add(queue);
  }

  /** Counts a fragment, and returns how many its sender has sent since the last one of this queue (Linux ip_frag_too_far). */
  countFragment(queue: FragmentQueue): number {
    const sender = this.#senders.get(queue.source)!;
    const distance = ++sender.fragmentCount - queue.senderCount;
    queue.senderCount = sender.fragmentCount;
    return distance;
  }

  /** Takes a queue out: it is used again for the next datagram. */
  remove(queue: FragmentQueue): void {
    const { source, destination, protocol, identification } = queue;
    const hash = hashOf(source, destination, protocol, identification);
    const head = this.#byHash.get(hash)!;
    if (head !== queue) unlink(head, queue);
    else if (queue.next !== null) this.#byHash.set(hash, queue.next);
    else this.#byHash.delete(hash);
    const sender = this.#senders.get(source)!;
    if (--sender.queueCount === 0) this.#senders.delete(source);
    this.#byExpiry.delete(queue);
    this.#idle.push(queue);
  }
}

function unlink(head: FragmentQueue, queue: FragmentQueue): void {
  let before = head;
  while (before.next !== queue) before = before.next!;
  before.next = queue.next;
}

function hashOf(source: number, destination: number, protocol: number, identification: number): number {
  return hashPair(hashPair(source, destination), (identification << 8) | protocol);
}
