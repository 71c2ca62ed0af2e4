/**
 * The peers of all policies as numbered sets of addresses, and the classes that they divide addresses into: all
 * addresses of a class are in the same sets, and pods of it have the same named ports.
 *
 * The class of an address is found by the longest of these prefixes: every range and exception of an ipBlock, and every
 * pod's address.
 */
import { RouteTable } from "../table/index.ts";
import { formatPrefix, type Ipv4Prefix, prefixContains } from "../wire/index.ts";
import type { LabelSelector, PolicyProtocol } from "./network-policy.ts";
import { labelsOfNamespace, matchesLabels } from "./label-selector.ts";
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

interface AddressSet {
  readonly cidr: Ipv4Prefix;
  readonly except: readonly Ipv4Prefix[];
}

export interface AddressClass {
  /** By number of a set: 1 for those that the class is in. */
  readonly members: Uint8Array;
  readonly namedPorts: readonly NamedPort[];
}

export class PolicyPeers {
  readonly #podSets: NumberedPodSet[] = [];
  readonly #addressSets: { readonly set: AddressSet; readonly number: number }[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #namespaces: NamespaceLabels;
  readonly #podSetsByNamespace = new Map<string, readonly NumberedPodSet[]>();
  /** Names of ports that rules name. */
  readonly #portNames = new Set<string>();
  readonly #table = new RouteTable();
  readonly #classes: AddressClass[] = [];
  readonly #classNumbers = new Map<string, number>();
  readonly #membersOfGroups = new Map<string, readonly number[]>();

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
      this.#addressSets.push({ set: { cidr, except }, number }),
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

  /** Divides all addresses, when all sets and names are known. */
  classify(pods: readonly AddressedPod[]): void {
    // Of all addresses without a prefix.
    this.#classes.push({ members: new Uint8Array(this.#numbers.size), namedPorts: [] });
    const prefixes = new Map(
      this.#addressSets.flatMap(({ set }) => [set.cidr, ...set.except]).map((prefix) => [formatPrefix(prefix), prefix]),
    );
    const ranges = new RouteTable();
    const members: (readonly number[])[] = [[]];
    for (const prefix of prefixes.values()) {
      const sets = this.#addressSetsAt(prefix);
      ranges.set(prefix.address, prefix.length, members.push(sets) - 1);
      this.#enter(prefix, this.#classOf(sets, []));
    }
    for (const pod of pods) {
      if (pod.hostNetwork) continue;
      const sets = [...members[ranges.lookup(pod.address)]!, ...this.#podSetsOf(pod)];
      this.#enter({ address: pod.address, length: 32 }, this.#classOf(sets, this.namedPortsOf(pod)));
    }
  }

  /** The sets that all addresses of a prefix are in, but for those that a longer prefix has. */
  #addressSetsAt({ address, length }: Ipv4Prefix): readonly number[] {
    const covers = (prefix: Ipv4Prefix): boolean => prefix.length <= length && prefixContains(prefix, address);
    return this.#addressSets
      .filter(({ set }) => covers(set.cidr) && !set.except.some(covers))
      .map(({ number }) => number);
  }

  #podSetsOf({ kubernetesNamespace, labels }: AddressedPod): readonly number[] {
    const key = JSON.stringify([kubernetesNamespace, labels]);
    const known = this.#membersOfGroups.get(key);
    if (known !== undefined) return known;
    const numbers = this.#setsAbout(kubernetesNamespace)
      .filter(({ set: { podSelector } }) => podSelector === null || matchesLabels(podSelector, labels))
      .map(({ number }) => number);
    this.#membersOfGroups.set(key, numbers);
    return numbers;
  }

  /** The sets that pods of a namespace may be in. */
  #setsAbout(namespace: string): readonly NumberedPodSet[] {
    const known = this.#podSetsByNamespace.get(namespace);
    if (known !== undefined) return known;
    const labels = labelsOfNamespace(namespace, this.#namespaces.get(namespace));
    const sets = this.#podSets.filter(({ set }) =>
      set.namespaceSelector === null ? set.namespace === namespace : matchesLabels(set.namespaceSelector, labels),
    );
    this.#podSetsByNamespace.set(namespace, sets);
    return sets;
  }

  #enter({ address, length }: Ipv4Prefix, number: number): void {
    this.#table.set(address, length, number);
  }

  #classOf(sets: readonly number[], namedPorts: readonly NamedPort[]): number {
    const key = `${sets.join()} ${namedPorts.map(({ name, protocol, port }) => `${name}/${protocol}/${port}`).join()}`;
    const known = this.#classNumbers.get(key);
    if (known !== undefined) return known;
    const members = new Uint8Array(this.#numbers.size);
    for (const set of sets) members[set] = 1;
    const number = this.#classes.push({ members, namedPorts }) - 1;
    this.#classNumbers.set(key, number);
    return number;
  }

  get classCount(): number {
    return this.#classes.length;
  }

  /** The number of the class of an address (signed or unsigned); 0 for one that is in no set. */
  classNumberOf(address: number): number {
    return this.#table.lookup(address);
  }

  classAt(number: number): AddressClass {
    return this.#classes[number]!;
  }
}
