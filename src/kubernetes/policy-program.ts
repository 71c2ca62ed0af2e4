/**
 * What decides on the connections of one pod in one direction: flat lists, by class of the remote address, of port ranges
 * and decisions. They are made from the rules when a class is met for the first time, so that a decision costs the same
 * whether one policy selects the pod or a thousand.
 *
 * Administrators' rules come first, in their order; what they pass on, or say nothing of, NetworkPolicies decide if any
 * isolates the pod, and the baseline if none does.
 */
import { Protocol } from "../wire/index.ts";
import type { PolicyPort, PolicyProtocol } from "./network-policy.ts";
import type { AddressClass, NamedPort, PolicyPeers } from "./policy-peers.ts";
import { type PortRange, PortRanges } from "./policy-port-ranges.ts";

const { SCTP, TCP, UDP } = Protocol;

/** The decision of a rule that leaves it to those behind the administrators'. */
export const PASS: number = -(2 ** 31);

/** A rule as programs have it. */
export interface ProgramRule {
  /** What it decides, or `PASS`. */
  readonly decision: number;
  /** Numbers of sets; null for everybody. */
  readonly peers: readonly number[] | null;
  readonly ports: readonly PolicyPort[] | null;
}

export interface ProgramRules {
  readonly admin: readonly ProgramRule[];
  /** Null where no NetworkPolicy isolates. */
  readonly network: readonly ProgramRule[] | null;
  /** What is decided where policies isolate and none of their rules allows. */
  readonly isolation: number;
  readonly baseline: readonly ProgramRule[];
}

/** By protocol, and last all that have no ports. */
const PROTOCOLS: readonly (PolicyProtocol | null)[] = ["TCP", "UDP", "SCTP", null];
const PORTLESS = 3;
const LAST_PORT = 65_535;

/** Of a list: where its ranges start, and how many there are. */
const HEADER_WORDS = 2;

export class PolicyProgram {
  readonly rules: ProgramRules;
  readonly #peers: PolicyPeers;
  /** The named ports of the pods themselves, for ingress; null in egress: the remote ones count. */
  readonly #ownPorts: readonly NamedPort[] | null;
  /** By class: where in `words` its lists are, 0 for none yet. Most programs of a large cluster are never asked. */
  #lists = new Int32Array(0);
  /** Lists: for each protocol where its ranges are and how many, then ranges: first port and decision. */
  #words = new Int32Array(16);
  #usedCount = 1;

  constructor(rules: ProgramRules, peers: PolicyPeers, ownPorts: readonly NamedPort[] | null) {
    this.rules = rules;
    this.#peers = peers;
    this.#ownPorts = ownPorts;
  }

  /** The decision on a connection with `remote` (signed or unsigned), to `port` of a protocol that has ports. */
  decide(remote: number, protocol: number, port: number): number {
    const number = this.#peers.classNumberOf(remote);
    const list = this.#lists[number] || this.#make(number);
    const at = list + HEADER_WORDS * indexOf(protocol);
    const words = this.#words;
    let low = words[at]!;
    let count = words[at + 1]!;
    // The last range that begins at or before the port.
    while (count > 1) {
      const half = count >>> 1;
      if (words[low + 2 * half]! <= port) {
        low += 2 * half;
        count -= half;
      } else {
        count = half;
      }
    }
    return words[low + 1]!;
  }

  #make(number: number): number {
    if (number >= this.#lists.length) this.#lists = longer(this.#lists, this.#peers.classCount);
    const remote = this.#peers.classAt(number);
    const ranges = PROTOCOLS.map((protocol) => this.#rangesOf(protocol, remote));
    const size = ranges.reduce((sum, { length }) => sum + 2 * length, HEADER_WORDS * ranges.length);
    const list = this.#reserve(size);
    let at = list + HEADER_WORDS * ranges.length;
    ranges.forEach((ofProtocol, index) => {
      this.#words[list + HEADER_WORDS * index] = at;
      this.#words[list + HEADER_WORDS * index + 1] = ofProtocol.length;
      for (const { first, value } of ofProtocol) {
        this.#words[at++] = first;
        this.#words[at++] = value;
      }
    });
    this.#lists[number] = list;
    return list;
  }

  #reserve(size: number): number {
    const list = this.#usedCount;
    this.#usedCount += size;
    if (this.#usedCount > this.#words.length) this.#words = longer(this.#words, this.#usedCount);
    return list;
  }

  #rangesOf(protocol: PolicyProtocol | null, remote: AddressClass): readonly PortRange[] {
    const { admin, network, isolation, baseline } = this.rules;
    const last = protocol === null ? 0 : LAST_PORT;
    const ranges = new PortRanges(last);
    this.#paint(ranges, admin, protocol, remote);
    ranges.clear(PASS);
    this.#paint(ranges, network ?? baseline, protocol, remote);
    ranges.paint(0, last, network === null ? 0 : isolation);
    return ranges.list();
  }

  #paint(
    ranges: PortRanges,
    rules: readonly ProgramRule[],
    protocol: PolicyProtocol | null,
    remote: AddressClass,
  ): void {
    for (const { decision, peers, ports } of rules) {
      if (ranges.isWhole) return;
      if (peers !== null && !peers.some((set) => remote.sets.has(set))) continue;
      if (ports === null) ranges.paint(0, ranges.last, decision);
      else for (const port of ports) if (port.protocol === protocol) this.#paintPort(ranges, port, decision, remote);
    }
  }

  #paintPort(
    ranges: PortRanges,
    { protocol, port, endPort }: PolicyPort,
    decision: number,
    remote: AddressClass,
  ): void {
    if (port === null) ranges.paint(0, LAST_PORT, decision);
    else if (typeof port === "number") ranges.paint(port, endPort ?? port, decision);
    else
      for (const named of this.#ownPorts ?? remote.namedPorts)
        if (named.name === port && named.protocol === protocol) ranges.paint(named.port, named.port, decision);
  }
}

function indexOf(protocol: number): number {
  return protocol === TCP ? 0 : protocol === UDP ? 1 : protocol === SCTP ? 2 : PORTLESS;
}

/** The same words and room for `count`; for twice as many at least, so that what grows is rarely copied. */
function longer(words: Int32Array, count: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(Math.max(count, 2 * words.length));
  copy.set(words);
  return copy;
}
