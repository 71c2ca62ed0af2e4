/**
 * Collects the fragments of datagrams until they are whole (RFC 791 section 3.2, RFC 815), as Linux does (ip_fragment.c,
 * inet_fragment.c), whether it puts them together then or not.
 *
 * Fragments wait in their slots, headers and all, until the last one has come. What it takes to give a datagram up:
 *
 * - 30 s after its first fragment came
 * - a fragment that overlaps others (RFC 5722, which Linux follows for IPv4 too), that has no payload, or that lies
 *   behind the datagram's end. One that is here already is dropped, and the others stay.
 * - more than 64 fragments of other datagrams of this sender since its last one: the identification is about to be
 *   used again, and what has come is of an older datagram (ipfrag_max_dist)
 *
 * No new fragment is taken while those that wait hold 4 MiB here (ipfrag_high_thresh), or half of the pool's slots in
 * all namespaces together, a bound that is podwire's own.
 */
import { DropReason, ipv4 } from "../wire/index.ts";
import { type Engine, NANOSECONDS_PER_SECOND } from "./engine.ts";
import { type FragmentQueue, Insertion } from "./fragment-queue.ts";
import { FragmentTable } from "./fragment-table.ts";
import { explainFragment } from "./ipv4-explain.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import type { Timer } from "./timer-queue.ts";

/** net.ipv4.ipfrag_time. */
const LIFETIME = 30 * NANOSECONDS_PER_SECOND;
/** net.ipv4.ipfrag_high_thresh, in bytes. */
const MEMORY_LIMIT = 4 * 1024 * 1024;
/** net.ipv4.ipfrag_max_dist. */
const LONGEST_DISTANCE = 64;

const LONGEST_DATAGRAM = 0xffff;

export abstract class FragmentGathering implements Timer {
  /** What /proc/net/snmp counts: fragments that came, datagrams put together, given up, and given up for their age. */
  requestCount = 0;
  okCount = 0;
  failCount = 0;
  timeoutCount = 0;

  protected readonly namespace: Namespace;
  protected readonly engine: Engine;
  /** Bytes before the IPv4 header of each packet. */
  readonly #linkLength: number;
  readonly #table = new FragmentTable();
  /** Bytes of the slots of the fragments that wait here. */
  #heldBytes = 0;
  #isTimed = false;

  constructor(namespace: Namespace, linkLength: number) {
    this.namespace = namespace;
    this.engine = namespace.engine;
    this.#linkLength = linkLength;
  }

  /** All of a datagram is here, `handle` as the last: what becomes of it. False when all of it was given up. */
  protected abstract complete(queue: FragmentQueue, handle: number): boolean;

  /** A datagram is about to be given up for its age. */
  protected abstract noteTimeout(queue: FragmentQueue): void;

  /** Datagrams of which some fragments wait for others. */
  get waitingCount(): number {
    return this.#table.count;
  }

  /**
   * Takes a fragment, its IPv4 header checked. True when it was the last one missing, and `complete` made something of
   * the datagram. Otherwise it waits, or is dropped.
   */
  add(handle: number): boolean {
    this.requestCount++;
    if (this.#heldBytes > MEMORY_LIMIT || !this.engine.fragmentShare.hasRoomFor(handle)) {
      this.failCount++;
      this.#drop(handle, DropReason.FRAG_NOMEM);
      return false;
    }
    const queue = this.#queueOf(handle);
    if (this.#table.countFragment(queue) > LONGEST_DISTANCE && queue.count > 0) this.#restart(queue);
    const reason = this.#insert(queue, handle);
    if (reason === DropReason.DUP_FRAG) {
      this.#drop(handle, reason);
    } else if (reason !== DropReason.NONE) {
      this.#drop(handle, reason);
      this.giveUp(queue, reason);
    } else if (queue.isComplete) {
      const fault = this.#faultOf(queue);
      return fault === DropReason.NONE ? this.complete(queue, handle) : this.giveUp(queue, fault);
    }
    return false;
  }

  /** Why no datagram can be made of its fragments (Linux ip_frag_reasm). */
  #faultOf({ ecnValues, first, payloadLength: length }: FragmentQueue): DropReason {
    const { view, start } = this.engine.pool;
    const headerLength = ipv4.headerLength(view, start[first]! + this.#linkLength);
    if (congestionOf(ecnValues) < 0) return DropReason.FRAG_ECN;
    return headerLength + length > LONGEST_DATAGRAM ? DropReason.FRAG_INVALID : DropReason.NONE;
  }

  #queueOf(handle: number): FragmentQueue {
    const { view, start } = this.engine.pool;
    const offset = start[handle]! + this.#linkLength;
    const source = ipv4.source(view, offset);
    const destination = ipv4.destination(view, offset);
    const protocol = ipv4.protocol(view, offset);
    const identification = ipv4.identification(view, offset);
    const known = this.#table.find(source, destination, protocol, identification);
    if (known !== undefined) return known;
    this.#setTimer(LIFETIME);
    return this.#table.add(source, destination, protocol, identification, this.engine.now + LIFETIME);
  }

  #setTimer(delay: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.engine.after(delay, this);
  }

  /** What has come is of another datagram: starts anew, with as much time as a new one has (Linux ip_frag_reinit). */
  #restart(queue: FragmentQueue): void {
    this.failCount++;
    this.#dropAll(queue, DropReason.FRAG_TOO_FAR);
    queue.clear();
    this.#table.postpone(queue, this.engine.now + LIFETIME);
  }

  /** Keeps the fragment, in the order of Linux's ip_frag_queue. NONE, or why it is refused. */
  #insert(queue: FragmentQueue, handle: number): DropReason {
    const { view, start } = this.engine.pool;
    const offset = start[handle]! + this.#linkLength;
    const first = ipv4.fragmentOffset(view, offset);
    const end = first + payloadLength(view, offset);
    if (!queue.noteEnd(end, !ipv4.moreFragments(view, offset)) || end === first) return DropReason.FRAG_INVALID;
    const insertion = queue.insert(first, end);
    if (insertion === Insertion.DUPLICATE) return DropReason.DUP_FRAG;
    if (insertion === Insertion.OVERLAP) return DropReason.FRAG_OVERLAP;
    // What makes no eight bytes before the next fragment is nobody's, and not quoted in an error either.
    const length = ipv4.headerLength(view, offset) + end - first;
    this.engine.pool.trim(handle, this.#linkLength + length);
    this.hold(handle, 1);
    queue.handles[queue.count++] = handle;
    queue.receivedLength += end - first;
    queue.ecnValues |= 1 << ipv4.ecn(view, offset);
    if (first === 0) queue.first = handle;
    queue.longest = Math.max(queue.longest, length);
    if (ipv4.dontFragment(view, offset)) queue.longestUnfragmentable = Math.max(queue.longestUnfragmentable, length);
    const { inquirer } = this.engine;
    if (inquirer !== null && !queue.isComplete) explainFragment(inquirer, handle, queue);
    return DropReason.NONE;
  }

  /** Counts the memory of a fragment that starts to wait (+1), or no longer does (-1). */
  protected hold(handle: number, change: 1 | -1): void {
    const { pool, fragmentShare } = this.engine;
    fragmentShare.count(handle, change);
    this.#heldBytes += change * pool.slotLength(handle);
  }

  protected giveUp(queue: FragmentQueue, reason: DropReason): false {
    this.failCount++;
    this.#dropAll(queue, reason);
    this.#table.remove(queue);
    return false;
  }

  /** A datagram is done: its fragments wait no more. */
  protected finish(queue: FragmentQueue): void {
    this.#table.remove(queue);
    this.okCount++;
  }

  #dropAll(queue: FragmentQueue, reason: DropReason): void {
    for (let i = 0; i < queue.count; i++) {
      this.hold(queue.handles[i]!, -1);
      this.#drop(queue.handles[i]!, reason);
    }
  }

  #drop(handle: number, reason: DropReason): void {
    this.engine.drop(handle, reason, this.#deviceOf(handle));
  }

  #deviceOf(handle: number): NetDevice {
    return this.engine.devices[this.engine.pool.ingress[handle]!] ?? this.namespace.loopback;
  }

  /** Gives up what is too old (Linux ip_expire). */
  fire(now: number): void {
    this.#isTimed = false;
    let queue = this.#table.oldest;
    while (queue !== undefined && queue.expiry <= now) {
      this.timeoutCount++;
      this.noteTimeout(queue);
      this.giveUp(queue, DropReason.FRAG_REASM_TIMEOUT);
      queue = this.#table.oldest;
    }
    if (queue !== undefined) this.#setTimer(queue.expiry - now);
  }
}

/** Bytes of a fragment's payload: of one that others follow, a multiple of eight. */
export function payloadLength(view: DataView, offset: number): number {
  const length = ipv4.totalLength(view, offset) - ipv4.headerLength(view, offset);
  return ipv4.moreFragments(view, offset) ? length & ~7 : length;
}

const NOT_CAPABLE = 1 << 0;
const CONGESTED = 1 << 3;
const CONGESTION_EXPERIENCED = 3;

/**
 * What the ECN values of the fragments, a bit each, add to the datagram's: congestion that any of them met, 0, or -1
 * when some could have told of it and others could not (RFC 3168 section 5.3, Linux ip_frag_ecn_table).
 */
export function congestionOf(ecnValues: number): number {
  if ((ecnValues & NOT_CAPABLE) !== 0) return ecnValues === NOT_CAPABLE ? 0 : -1;
  return (ecnValues & CONGESTED) !== 0 ? CONGESTION_EXPERIENCED : 0;
}
