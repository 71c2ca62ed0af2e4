/**
 * A filter that allows or refuses connections at a pod's device: their first packets by rules, all others by what
 * connection tracking knows. In the order of the chains that plugins program:
 *
 *     established or related --> passes; Cilium asks the rules again about the direction that began
 *     from the node itself ----> passes
 *     invalid -----------------> dropped; Cilium asks the rules, which here refuse it if they may refuse anything
 *     new ---------------------> as the rules decide
 */
import type { DropReason } from "../wire/index.ts";
import { ethernet, EtherType, ipv4 } from "../wire/index.ts";
import type { DeviceFilter } from "./device-filter.ts";
import { type ConnectionTracker, Finding } from "./connection-tracker.ts";
import type { Engine } from "./engine.ts";
import { FilterFragments } from "./filter-fragments.ts";
import type { NetDevice } from "./net-device.ts";
import type { Stage } from "./stage.ts";
import { TrackBit } from "./track-bit.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { HEADER_LENGTH: ETHERNET_HEADER_LENGTH, etherType } = ethernet;
const { IPV4 } = EtherType;
const { FROM_POD, TO_POD } = TrackBit;

/** Places in a frame: the flags and offset of a fragment, and the addresses. */
const FRAGMENT_AT = 20;
const SOURCE_AT = 26;
const DESTINATION_AT = 30;
const LEAST_LENGTH = ETHERNET_HEADER_LENGTH + ipv4.HEADER_LENGTH;
/** In that field: more fragments, and the offset. */
const FRAGMENT = 0x3fff;

/** A decision that passes everything, because there is no rule. */
export const UNRULED = 0;

/** The rules for one direction of a pod's connections. */
export interface ConnectionRules {
  /** Another number whenever the rules may have changed. */
  readonly generation: number;
  /** Whether there is anything that they could refuse. */
  readonly mayRefuse: boolean;
  /**
   * Whether a connection with `remote` (signed) to `port` (of TCP, UDP and SCTP; others have none) may begin: the number of
   * the decision that allows it, or the complement of the one that refuses it.
   */
  decide(remote: number, protocol: number, port: number): number;
  /** A packet of `bytes` bytes, of a connection with `remote`, was decided on so. */
  count(decision: number, bytes: number, remote: number): void;
  /** The same in words. */
  explain(decision: number, remote: number, protocol: number, port: number): string;
  /** The policy that a decision is of, "" for none. */
  policyOf(decision: number): string;
}

/** Under which names packets are counted that do not pass. */
export interface FilterReasons {
  readonly refused: DropReason;
  readonly invalid: DropReason;
  readonly full: DropReason;
}

/** Indexes into `ConnectionFilter.packets` and `.bytes`. */
export const FilterCount = {
  ESTABLISHED: 0,
  RELATED: 1,
  ALLOWED: 2,
  REFUSED: 3,
  INVALID: 4,
  FULL: 5,
  OTHER: 6,
} as const;

export interface ConnectionFilterOptions {
  /** The pod's device on its node. */
  readonly device: NetDevice;
  /** The pod's own end. */
  readonly inside: NetDevice;
  /** The pod's address. */
  readonly address: number;
  /** Which way packets go that are filtered. */
  readonly side: "from-pod" | "to-pod";
  readonly tracker: ConnectionTracker;
  readonly rules: ConnectionRules;
  readonly reasons: FilterReasons;
  /** Whether rules are asked about what a pod sends to its own node. */
  readonly rulesOwnNode: boolean;
  /** Whether senders are told of what rules refuse, by ICMP port unreachable (iptables' REJECT). */
  readonly rejects?: boolean | undefined;
}

export class ConnectionFilter implements DeviceFilter {
  readonly device: NetDevice;
  readonly side: "from-pod" | "to-pod";
  readonly tracker: ConnectionTracker;
  readonly rules: ConnectionRules;
  readonly reasons: FilterReasons;
  readonly rulesOwnNode: boolean;
  onward: Stage | null = null;
  readonly rejects: boolean;
  /** Packets and bytes of their frames, by `FilterCount`. */
  readonly packets: Float64Array = new Float64Array(7);
  readonly bytes: Float64Array = new Float64Array(7);
  private readonly engine: Engine;
  private readonly inside: NetDevice;
  private readonly address: number;
  private readonly passed: number;
  /** Fragments that wait; null until the first comes. */
  private fragments: FilterFragments | null = null;
  /** What was counted last, and why a packet was dropped last. */
  private lastCount: number = FilterCount.OTHER;
  private lastReason: DropReason;

  constructor(options: ConnectionFilterOptions) {
    this.device = options.device;
    this.inside = options.inside;
    this.address = options.address | 0;
    this.side = options.side;
    this.tracker = options.tracker;
    this.rules = options.rules;
    this.reasons = options.reasons;
    this.rulesOwnNode = options.rulesOwnNode;
    this.rejects = options.rejects === true;
    this.engine = options.device.engine;
    this.lastReason = options.reasons.refused;
    this.passed = options.side === "from-pod" ? FROM_POD : TO_POD;
    if (options.side === "to-pod") this.tracker.noteFiltered(this.address);
  }

  run(handles: Int32Array, first: number, end: number): number {
    const { engine, tracker, passed } = this;
    const { loops, table, trusted } = tracker;
    tracker.keepTime();
    const knownCount =
      engine.inquirer !== null
        ? 0
        : loops.findKnown(table, handles, first, end, passed, trusted, this.rules.generation, engine.milliseconds);
    if (knownCount > 0) this.countMany(FilterCount.ESTABLISHED, knownCount, loops.knownBytes[0]!);
    const isBehind = this.onward !== null && this.onward.count > 0;
    return knownCount === end - first && !isBehind ? end : this.runUnknown(handles, first, end, knownCount > 0);
  }

  /**
   * Decides on those that are not known, in order. Deciding on one may change what is known of those behind it: these only
   * pass. Behind a datagram that came in fragments all go the way that these go.
   */
  private runUnknown(handles: Int32Array, first: number, end: number, hasKnown: boolean): number {
    const { known } = this.tracker.loops;
    const { onward } = this;
    let kept = first;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const isKnown = hasKnown && known[i - first] === 1;
      if (!isKnown && this.isGathered(handle)) {
        this.gather(handle);
      } else if (isKnown || this.passes(handle)) {
        if (onward === null || onward.count === 0) handles[kept++] = handle;
        else onward.push(handle);
      }
    }
    return kept;
  }

  /** Whether a frame has a fragment that waits for others: of what tracking may take for a connection. */
  private isGathered(handle: number): boolean {
    const { view, start, length } = this.engine.pool;
    const offset = start[handle]!;
    const size = length[handle]!;
    if (this.tracker.kind !== "netfilter" || this.onward === null || size < LEAST_LENGTH) return false;
    if ((view.getUint16(offset + FRAGMENT_AT) & FRAGMENT) === 0 || etherType(view, offset) !== IPV4) return false;
    if (this.passed === TO_POD && view.getInt32(offset + DESTINATION_AT) !== this.address) return false;
    return ipv4.check(view, offset + ETHERNET_HEADER_LENGTH, offset + size) === 0;
  }

  /** Takes a fragment. When its datagram is whole it is decided on by its first fragment, and the others follow. */
  private gather(handle: number): void {
    const { engine } = this;
    this.fragments ??= new FilterFragments(this.device.namespace);
    if (!this.fragments.add(handle)) return;
    const { pieces } = this.fragments;
    const isPassed = this.passes(pieces[0]!);
    if (isPassed) this.onward!.push(pieces[0]!);
    for (let i = 1; i < pieces.length; i++) {
      const piece = pieces[i]!;
      this.countMany(this.lastCount, 1, engine.pool.length[piece]!);
      if (engine.inquirer !== null) engine.inquirer.explain(piece, "decided on with its datagram's first fragment");
      if (isPassed) this.onward!.push(piece);
      else engine.drop(piece, this.lastReason, this.device);
    }
  }

  /** Decides on one packet, an Ethernet frame: counts, explains, and drops it when it does not pass. */
  passes(handle: number): boolean {
    const { engine, rules, tracker, passed } = this;
    const { view, start, length } = engine.pool;
    const offset = start[handle]!;
    const size = length[handle]!;
    if (etherType(view, offset) !== IPV4) return this.pass(FilterCount.OTHER, size);
    if (passed === TO_POD && view.getInt32(offset + DESTINATION_AT) !== this.address)
      return this.passesGroup(handle, size);
    const { generation } = rules;
    const now = engine.milliseconds;
    tracker.keepTime();
    switch (tracker.look(view, offset + ETHERNET_HEADER_LENGTH, offset + size, passed, generation, now)) {
      case Finding.ESTABLISHED:
        if (engine.inquirer !== null) this.explainKnown(handle, "established");
        return this.pass(FilterCount.ESTABLISHED, size);
      case Finding.RELATED:
        if (engine.inquirer !== null) this.explainKnown(handle, "ICMP error about an established connection");
        return this.pass(FilterCount.RELATED, size);
      case Finding.NEW:
        return this.passesNew(handle, size, generation, now);
      case Finding.INVALID:
        return this.isOwn(handle) || (tracker.kind === "cilium" && !rules.mayRefuse)
          ? this.pass(FilterCount.OTHER, size)
          : this.dropInvalid(handle, size);
      default:
        return this.pass(FilterCount.OTHER, size);
    }
  }

  /**
   * What is not for the pod's address must not make connections of other pods pass: a bridge floods, and every port gets
   * its copy. The pod drops those of other stations; broadcasts and the like are decided on one by one.
   */
  private passesGroup(handle: number, size: number): boolean {
    const { engine, inside, rules } = this;
    const { view, start, ingress } = engine.pool;
    const offset = start[handle]!;
    const isGroup = (view.getUint8(offset) & 1) === 1;
    const isForPod = view.getUint16(offset) === inside.macHigh && view.getInt32(offset + 2) === inside.macLow;
    const isShort = size < LEAST_LENGTH;
    if (isShort || (!isGroup && !isForPod) || ingress[handle] === 0) return this.pass(FilterCount.OTHER, size);
    const remote = view.getInt32(offset + SOURCE_AT);
    const now = engine.milliseconds;
    const key = this.tracker.peek(view, offset + ETHERNET_HEADER_LENGTH, offset + size, now);
    const { protocol, destinationPort } = key;
    const decision = rules.decide(remote, protocol, destinationPort);
    rules.count(decision, size, remote);
    if (engine.inquirer !== null)
      this.tell(handle, rules.explain(decision, remote, protocol, destinationPort), decision);
    if (decision < 0) return this.refuse(handle, FilterCount.REFUSED, size, this.reasons.refused);
    key.letThrough(now);
    return this.pass(FilterCount.ALLOWED, size);
  }

  private passesNew(handle: number, size: number, generation: number, now: number): boolean {
    const { engine, rules, tracker, passed } = this;
    const { key } = tracker;
    const remote = passed === FROM_POD ? key.destination : key.source;
    const isOwn = this.isOwn(handle);
    const decision = isOwn ? UNRULED : rules.decide(remote, key.protocol, key.destinationPort);
    rules.count(decision, size, remote);
    if (engine.inquirer !== null) {
      const { protocol, destinationPort } = key;
      const text = isOwn
        ? "to or from its own node: always allowed"
        : rules.explain(decision, remote, protocol, destinationPort);
      this.tell(handle, text, decision);
    }
    if (decision < 0) {
      tracker.refuse();
      if (this.rejects) this.device.namespace.icmp.sendRejected(handle);
      return this.refuse(handle, FilterCount.REFUSED, size, this.reasons.refused);
    }
    if (!tracker.admit(passed, decision, generation, now))
      return this.refuse(handle, FilterCount.FULL, size, this.reasons.full);
    key.letThrough(now);
    return this.pass(FilterCount.ALLOWED, size);
  }

  /** Whether a packet comes from the pod's node itself; or goes there, where nobody is asked about that. */
  private isOwn(handle: number): boolean {
    const { ingress, start, view } = this.engine.pool;
    if (this.passed === TO_POD) return ingress[handle] === 0;
    return (
      !this.rulesOwnNode && this.device.namespace.addresses.isLocal(view.getInt32(start[handle]! + DESTINATION_AT))
    );
  }

  private dropInvalid(handle: number, size: number): false {
    const { inquirer } = this.engine;
    if (inquirer !== null) this.tell(handle, "of no connection, and none can begin so", UNRULED);
    return this.refuse(handle, FilterCount.INVALID, size, this.reasons.invalid);
  }

  private explainKnown(handle: number, text: string): void {
    const decision = this.tracker.decisionOf(this.passed);
    const policy = this.rules.policyOf(decision);
    this.tell(handle, policy === "" ? text : `${text}, allowed by policy ${policy}`, decision);
  }

  private tell(handle: number, text: string, decision: number): void {
    const inquirer = this.engine.inquirer!;
    inquirer.explain(handle, text);
    const policy = this.rules.policyOf(decision);
    if (policy !== "") inquirer.decided?.(handle, policy);
  }

  private pass(what: number, size: number): true {
    this.countMany(what, 1, size);
    return true;
  }

  private refuse(handle: number, what: number, size: number, reason: DropReason): false {
    this.countMany(what, 1, size);
    this.lastReason = reason;
    this.engine.drop(handle, reason, this.device);
    return false;
  }

  private countMany(what: number, count: number, bytes: number): void {
    this.lastCount = what;
    this.packets[what] = this.packets[what]! + count;
    this.bytes[what] = this.bytes[what]! + bytes;
  }
}
