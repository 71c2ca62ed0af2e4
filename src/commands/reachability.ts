/** Which pods reach which: every pair's verdict, from one packet for each pair of groups. */
import { type Cluster, type ClusterNode, type ClusterPod, type PolicySet, sourceTowards } from "../kubernetes/index.ts";
import { getOrMake } from "./get-or-make.ts";
import { PairSights } from "./pair-sights.ts";
import { groupPods, type PodGroup, type TriedPort } from "./pod-groups.ts";
import { PolicyQuestions } from "./policy-questions.ts";
import { ReachabilityProbe, type Trial, type TrialResult } from "./reachability-probe.ts";
import { type Ends, TrialPlan } from "./trial-plan.ts";

/** Chooses one of several: a property test takes others than the usual. */
export type Choose = <T>(candidates: readonly T[]) => T;

export interface ReachabilityOptions {
  /** What is tried of a destination; when left out, its own ports, or TCP 80 where it declares none. */
  readonly portsOf?: (pod: ClusterPod) => readonly TriedPort[];
  /** Policies that the groups have to be told apart by, beside those that hold. */
  readonly policySets?: readonly PolicySet[];
  /** Pairs of groups up to which each has a packet of its own (default 20,000). */
  readonly pairLimit?: number;
}

/**
 * What else decides on a pair with an end that has its node's network: ANY is for pairs without; those on one node are
 * SAME_NODE; from OTHER_NODE on, each number is for source addresses that are in the same ranges of policies.
 */
export const PairKind = { ANY: 0, SAME_NODE: 1, OTHER_NODE: 2 } as const;

/** Twice as many take a second. */
const PAIR_LIMIT = 20_000;

/** Pods that are tried one by one. */
const SPLIT_LIMIT = 300;

const USUAL_PORT: TriedPort = { protocol: "TCP", port: 80 };

/** The same packet is tried of two pods that share a namespace as of one: it passes the loopback device. */
const ITSELF: TrialResult = { outcome: "allowed", reason: "" };

export class Reachability {
  readonly cluster: Cluster;
  readonly groups: readonly PodGroup[];
  readonly #groupOf = new Map<ClusterPod, number>();
  readonly #probe: ReachabilityProbe;
  readonly #questions: PolicyQuestions;
  /** What tells pairs of groups apart, where not each has its packet. */
  readonly #sights: PairSights | undefined;
  /** Kinds of pairs whose sender is a node, by node and destination. */
  readonly #kinds = new Map<ClusterNode, Map<ClusterPod, number>>();
  /** By number of the kind, behind OTHER_NODE: which ranges have the source address. */
  readonly #insideOfKind: string[] = [];
  #plan: TrialPlan | undefined;
  #results: ReadonlyMap<Trial, TrialResult> = new Map();

  constructor(cluster: Cluster, options: ReachabilityOptions = {}) {
    const { portsOf = ownPorts, policySets = [], pairLimit = PAIR_LIMIT } = options;
    this.cluster = cluster;
    this.#questions = new PolicyQuestions([cluster.policies.list(), ...policySets], cluster.namespaceLabels);
    const groups = groupPods(cluster.pods, this.#questions, portsOf);
    // Where nodes cannot all reach each other, it matters where pods are, and they are tried one by one if they are few.
    const isSplit = cluster.findings().length > 0 && cluster.pods.length <= SPLIT_LIMIT;
    this.groups = isSplit ? groups.flatMap((group) => group.pods.map((pod) => ({ ...group, pods: [pod] }))) : groups;
    this.groups.forEach(({ pods }, index) => pods.forEach((pod) => this.#groupOf.set(pod, index)));
    this.#sights =
      isSplit || this.groups.length ** 2 <= pairLimit ? undefined : new PairSights(this.#questions, this.groups);
    this.#probe = new ReachabilityProbe(cluster);
  }

  /** Packets sent so far. */
  get sentCount(): number {
    return this.#probe.sentCount;
  }

  /** Index of a pod's group. */
  groupOf(pod: ClusterPod): number {
    return this.#groupOf.get(pod)!;
  }

  /** The ports that are tried of a pod. */
  portsOf(pod: ClusterPod): readonly TriedPort[] {
    return this.groups[this.groupOf(pod)]!.ports;
  }

  /** Sends the packets, under the policies that hold now. */
  measure(choose: Choose = ([first]) => first!): void {
    const plan = new TrialPlan(this.groups);
    const count = this.groups.length;
    for (let from = 0; from < count; from++)
      for (let to = 0; to < count; to++) this.#addPairs(plan, from, to, choose);
    this.#plan = plan;
    this.#results = this.#probe.try(plan.trials);
  }

  #addPairs(plan: TrialPlan, from: number, to: number, choose: Choose): void {
    const [source, destination] = [this.groups[from]!, this.groups[to]!];
    if (source.hostNetwork || destination.hostNetwork) {
      for (const [kind, pairs] of this.#pairsByKind(source.pods, destination.pods))
        plan.add(from, to, kind, this.#sightOf(from, to, kind), () => choose(pairs));
    } else if (from !== to || source.pods.length > 1) {
      plan.add(from, to, PairKind.ANY, this.#sightOf(from, to, PairKind.ANY), () => {
        const sender = choose(source.pods);
        const others = from === to ? destination.pods.filter((pod) => pod !== sender) : destination.pods;
        return { source: sender, destination: choose(others) };
      });
    }
  }

  /** Twice its number, and one for ends on one node; undefined where each pair has its packet. */
  #sightOf(from: number, to: number, kind: number): number | undefined {
    if (this.#sights === undefined) return undefined;
    const { hostNetwork, inside } = this.groups[from]!;
    const sight = this.#sights.of(from, to, hostNetwork ? (this.#insideOfKind[kind] ?? "") : inside);
    return 2 * sight + (kind === PairKind.SAME_NODE ? 1 : 0);
  }

  #pairsByKind(sources: readonly ClusterPod[], destinations: readonly ClusterPod[]): Map<number, Ends[]> {
    const pairs = new Map<number, Ends[]>();
    for (const source of sources)
      for (const destination of destinations)
        if (source.namespace !== destination.namespace)
          getOrMake(pairs, this.kindOf(source, destination), () => []).push({ source, destination });
    return pairs;
  }

  /** What else decides on a pair of these pods: see PairKind. They must not share a namespace. */
  kindOf(source: ClusterPod, destination: ClusterPod): number {
    if (!source.hostNetwork && !destination.hostNetwork) return PairKind.ANY;
    if (source.node === destination.node) return PairKind.SAME_NODE;
    if (!source.hostNetwork) return PairKind.OTHER_NODE;
    let kinds = this.#kinds.get(source.node);
    if (kinds === undefined) this.#kinds.set(source.node, (kinds = new Map()));
    const known = kinds.get(destination);
    if (known !== undefined) return known;
    const inside = this.#questions.inside(sourceTowards(source, destination.address));
    const same = this.#insideOfKind.indexOf(inside, PairKind.OTHER_NODE);
    const kind = same >= 0 ? same : Math.max(PairKind.OTHER_NODE, this.#insideOfKind.length);
    this.#insideOfKind[kind] = inside;
    kinds.set(destination, kind);
    return kind;
  }

  /** What becomes of a connection to the `index`th of the ports that are tried of the destination. */
  result(source: ClusterPod, destination: ClusterPod, index: number): TrialResult | undefined {
    if (source.namespace === destination.namespace) return ITSELF;
    return this.resultOf(this.groupOf(source), this.groupOf(destination), this.kindOf(source, destination), index);
  }

  /** The same of two groups by their indexes; undefined where there is no such pair. */
  resultOf(from: number, to: number, kind: number, index: number): TrialResult | undefined {
    const trial = this.#plan?.find(from, to, kind, index);
    return trial && this.#results.get(trial);
  }
}

/** The ports that a pod's containers declare, each once. */
export function ownPorts({ containers }: ClusterPod): readonly TriedPort[] {
  const ports = containers.flatMap(({ ports: declared = [] }) => declared);
  const distinct = new Map(
    ports.map(({ protocol, containerPort }) => [`${protocol} ${containerPort}`, { protocol, port: containerPort }]),
  );
  return distinct.size === 0 ? [USUAL_PORT] : [...distinct.values()];
}
