/**
 * The peers of all policies as numbered sets of addresses, and the classes that they divide addresses into: all
 * addresses of a class are in the same sets, and pods of it have the same named ports.
 *
 * The class of an address is found by the longest of these prefixes: every range and exception of an ipBlock, and every
 * pod's address.
 */
import { RouteTable } from "../table/index.ts";
import { formatPrefix, type Ipv4Prefix } from "../wire/index.ts";
import type { LabelSelector, PolicyProtocol } from "./network-policy.ts";
import { labelsOfNamespace, matchesLabels } from "./label-selector.ts";
import { type AddressSet, OUTSIDE, PolicyRanges } from "./policy-ranges.ts";
import type { NamespaceLabels, PolicyPod } from "./policy-warnings.ts";

/** A pod, and where it is. */
export interface AddressedPod extends PolicyPod {
  readonly address: number;
}

export interface NamedPort {
  readonly name: string;
  readonly protocol: PolicyProtocol;
  readonly port: number;
}

export interface PodSet {
  /** The only namespace, or null where a selector says. */
  readonly namespace: string | null;
  readonly namespaceSelector: LabelSelector | null;
  /** Null: all pods. */
  readonly podSelector: LabelSelector | null;
}

interface NumberedPodSet {
  readonly set: PodSet;
  readonly number: number;
}

export interface AddressClass {
  /** Numbers of the sets that the class is in. */
  readonly sets: ReadonlySet<number>;
  readonly namedPorts: readonly NamedPort[];
}

/** A class as it is known before anybody asks for its sets. */
interface ClassOrigin {
  /** The place among ranges. */
  readonly place: number;
  readonly podSets: readonly number[];
  readonly namedPorts: readonly NamedPort[];
}

/** What pods of a namespace may be in. */
interface NamespaceSets {
  readonly sets: readonly NumberedPodSet[];
  /** Those of each group of pods, by their labels. */
  readonly byLabels: Map<string, readonly number[]>;
}

export class PolicyPeers {
  readonly #podSets: NumberedPodSet[] = [];
  readonly #addressSets: AddressSet[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #namespaces: NamespaceLabels;
  readonly #byNamespace = new Map<string, NamespaceSets>();
  /** Names of ports that rules name. */
  readonly #portNames = new Set<string>();
  readonly #table = new RouteTable();
  #ranges = new PolicyRanges([]);
  /** By number; 0 is of all addresses that the table has not. */
  readonly #origins: ClassOrigin[] = [{ place: OUTSIDE, podSets: [], namedPorts: [] }];
  /** Those that were asked for. */
  readonly #classes: AddressClass[] = [];
  readonly #classNumbers = new Map<string, number>();

  /** `namespaces`: labels by name. */
  constructor(namespaces: NamespaceLabels) {
    this.#namespaces = namespaces;
  }

  /** The number of a set of pods. */
  pods(set: PodSet): number {
    return this.#number(JSON.stringify([set.namespace, set.namespaceSelector, set.podSelector]), (number) =>
      this.#podSets.push({ set, number }),
    );
  }

  /** The number of a range of addresses. */
  addresses(cidr: Ipv4Prefix, except: readonly Ipv4Prefix[]): number {
    return this.#number([cidr, ...except].map(formatPrefix).join(), (number) =>
      this.#addressSets.push({ cidr, except, number }),
    );
  }

  #number(key: string, add: (number: number) => void): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    add(number);
    return number;
  }

  /** A rule names a port. */
  namePort(name: string): void {
    this.#portNames.add(name);
  }

  /** The ports of a pod that rules name. */
  namedPortsOf({ containers }: AddressedPod): readonly NamedPort[] {
    if (this.#portNames.size === 0) return [];
    return containers.flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, containerPort, protocol }) =>
        name !== undefined && this.#portNames.has(name) ? [{ name, protocol, port: containerPort }] : [],
      ),
    );
  }

  /** Divides all addresses by ranges, when all sets and names are known; pods are to be placed after that. */
  divide(): void {
    this.#ranges = new PolicyRanges(this.#addressSets);
    for (const { prefix, place } of this.#ranges.prefixes)
      this.#enter(prefix, this.#classOf({ place, podSets: [], namedPorts: [] }));
  }

  /** Gives the address of a pod, new or changed, its class. */
  place(pod: AddressedPod): void {
    if (pod.hostNetwork) return;
    const origin = {
      place: this.#ranges.placeOf(pod.address),
      podSets: this.#podSetsOf(pod),
      namedPorts: this.namedPortsOf(pod),
    };
    this.#enter({ address: pod.address, length: 32 }, this.#classOf(origin));
  }

  /** A namespace has other labels: its pods are to be placed again. */
  forgetNamespace(name: string): void {
    this.#byNamespace.delete(name);
  }

  #podSetsOf({ kubernetesNamespace, labels }: AddressedPod): readonly number[] {
    const { sets, byLabels } = this.#setsAbout(kubernetesNamespace);
    const key = JSON.stringify(labels);
    const known = byLabels.get(key);
    if (known !== undefined) return known;
    const numbers = sets
      .filter(({ set: { podSelector } }) => podSelector === null || matchesLabels(podSelector, labels))
      .map(({ number }) => number);
    byLabels.set(key, numbers);
    return numbers;
  }

  #setsAbout(namespace: string): NamespaceSets {
    const known = this.#byNamespace.get(namespace);
    if (known !== undefined) return known;
    const labels = labelsOfNamespace(namespace, this.#namespaces.get(namespace));
    const sets = this.#podSets.filter(({ set }) =>
      set.namespaceSelector === null ? set.namespace === namespace : matchesLabels(set.namespaceSelector, labels),
    );
    const about = { sets, byLabels: new Map<string, readonly number[]>() };
    this.#byNamespace.set(namespace, about);
    return about;
  }

  #enter({ address, length }: Ipv4Prefix, number: number): void {
    this.#table.set(address, length, number);
  }

  #classOf(origin: ClassOrigin): number {
    const { place, podSets, namedPorts } = origin;
    const ports = namedPorts.map(({ name, protocol, port }) => `${name}/${protocol}/${port}`);
    const key = `${place} ${podSets.join()} ${ports.join()}`;
    const known = this.#classNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#origins.push(origin) - 1;
    this.#classNumbers.set(key, number);
    return number;
  }

  get classCount(): number {
    return this.#origins.length;
  }

  /** The number of the class of an address (signed or unsigned); 0 for one that is in no set. */
  classNumberOf(address: number): number {
    return this.#table.lookup(address);
  }

  classAt(number: number): AddressClass {
    const known = this.#classes[number];
    if (known !== undefined) return known;
    const { place, podSets, namedPorts } = this.#origins[number]!;
    const found = { sets: new Set([...this.#ranges.setsAt(place), ...podSets]), namedPorts };
    this.#classes[number] = found;
    return found;
  }
}
