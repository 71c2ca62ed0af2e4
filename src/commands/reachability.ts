/** Which pods reach which: every pair's verdict, from one packet for each pair of groups. */
import type { Cluster, ClusterPod, PolicySet } from "../kubernetes/index.ts";
import { groupPods, type PodGroup, type TriedPort } from "./pod-groups.ts";
import { ReachabilityProbe, type Trial, type TrialResult } from "./reachability-probe.ts";

/** Chooses one of several: a property test takes others than the usual. */
export type Choose = <T>(candidates: readonly T[]) => T;

export interface ReachabilityOptions {
  /** What is tried of a destination; when left out, its own ports, or TCP 80 where it declares none. */
  readonly portsOf?: (pod: ClusterPod) => readonly TriedPort[];
  /** Policies that the groups have to be told apart by, beside those that hold. */
  readonly policySets?: readonly PolicySet[];
}

/** Of a pair with an end that has its node's network it matters whether both are on one node. */
export const PairKind = { ANY: 0, SAME_NODE: 1, OTHER_NODE: 2 } as const;

export type PairKind = (typeof PairKind)[keyof typeof PairKind];

const KIND_COUNT = 3;

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
  readonly #byNode = new Map<number, Map<string, readonly ClusterPod[]>>();
  /** Ports that are tried of any destination, at most. */
  readonly #portLimit: number;
  #results: ReadonlyMap<number, TrialResult> = new Map();

  constructor(cluster: Cluster, { portsOf = ownPorts, policySets = [] }: ReachabilityOptions = {}) {
    this.cluster = cluster;
    const all = [cluster.policies.list(), ...policySets];
    const groups = groupPods(cluster.pods, cluster.namespaceLabels, all, portsOf);
    // Where nodes cannot all reach each other, it matters where pods are, and they are tried one by one if they are few.
    const isSplit = cluster.findings().length > 0 && cluster.pods.length <= SPLIT_LIMIT;
    this.groups = isSplit ? groups.flatMap((group) => group.pods.map((pod) => ({ ...group, pods: [pod] }))) : groups;
    this.groups.forEach(({ pods }, index) => pods.forEach((pod) => this.#groupOf.set(pod, index)));
    this.#portLimit = Math.max(1, ...this.groups.map(({ ports }) => ports.length));
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
    const keys = new Map<Trial, number>();
    const rounds: Trial[][] = [];
    const count = this.groups.length;
    for (let shift = 0; shift < count; shift++) {
      // Each group sends once and gets once in a round.
      const round: Trial[] = [];
      for (let from = 0; from < count; from++) {
        const to = (from + shift) % count;
        for (const kind of pairKinds(this.groups[from]!, this.groups[to]!)) {
          const pair = this.#pair(from, to, kind, choose);
          if (pair === undefined) continue;
          this.groups[to]!.ports.forEach((port, index) => {
            const trial = { ...pair, ...port };
            keys.set(trial, this.#keyOf(from, to, kind, index));
            round.push(trial);
          });
        }
      }
      rounds.push(round);
    }
    const results = this.#probe.try(rounds);
    this.#results = new Map([...results].map(([trial, result]) => [keys.get(trial)!, result]));
  }

  /** Two pods, on one node or two; undefined where there are none. */
  #pair(
    from: number,
    to: number,
    kind: PairKind,
    choose: Choose,
  ): { readonly source: ClusterPod; readonly destination: ClusterPod } | undefined {
    const [sources, destinations] = [this.groups[from]!.pods, this.groups[to]!.pods];
    if (kind === PairKind.ANY) {
      const source = choose(sources);
      if (from !== to) return { source, destination: choose(destinations) };
      const others = destinations.length > 1 ? destinations.filter((pod) => pod !== source) : [];
      return others.length === 0 ? undefined : { source, destination: choose(others) };
    }
    const [here, there] = [this.#podsByNode(from), this.#podsByNode(to)];
    const isSame = kind === PairKind.SAME_NODE;
    const nodes = [...here.keys()].filter((node) =>
      isSame ? there.has(node) : [...there.keys()].some((n) => n !== node),
    );
    const pairs = nodes.flatMap((node) => {
      const others = isSame ? there.get(node)! : there.get([...there.keys()].find((other) => other !== node)!)!;
      const source = here.get(node)!.find((pod) => others.some((other) => other.namespace !== pod.namespace));
      const destination = others.find((pod) => pod.namespace !== source?.namespace);
      return source === undefined || destination === undefined ? [] : [{ source, destination }];
    });
    return pairs.length === 0 ? undefined : choose(pairs);
  }

  #podsByNode(group: number): Map<string, readonly ClusterPod[]> {
    const known = this.#byNode.get(group);
    if (known !== undefined) return known;
    const nodes = new Map<string, ClusterPod[]>();
    for (const pod of this.groups[group]!.pods) {
      const pods = nodes.get(pod.node.name);
      if (pods === undefined) nodes.set(pod.node.name, [pod]);
      else pods.push(pod);
    }
    this.#byNode.set(group, nodes);
    return nodes;
  }

  /** What becomes of a connection to the `index`th of the ports that are tried of the destination. */
  result(source: ClusterPod, destination: ClusterPod, index: number): TrialResult | undefined {
    if (source.namespace === destination.namespace) return ITSELF;
    const [from, to] = [this.#groupOf.get(source)!, this.#groupOf.get(destination)!];
    const isAboutNodes = source.hostNetwork || destination.hostNetwork;
    const { ANY, SAME_NODE, OTHER_NODE } = PairKind;
    return this.resultOf(
      from,
      to,
      !isAboutNodes ? ANY : source.node === destination.node ? SAME_NODE : OTHER_NODE,
      index,
    );
  }

  /** The same of two groups by their indexes; undefined where there is no such pair. */
  resultOf(from: number, to: number, kind: PairKind, index: number): TrialResult | undefined {
    return this.#results.get(this.#keyOf(from, to, kind, index));
  }

  #keyOf(from: number, to: number, kind: PairKind, index: number): number {
    return ((from * this.groups.length + to) * KIND_COUNT + kind) * this.#portLimit + index;
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

/** What has to be tried of two groups. */
export function pairKinds(from: PodGroup, to: PodGroup): readonly PairKind[] {
  return from.hostNetwork || to.hostNetwork ? [PairKind.SAME_NODE, PairKind.OTHER_NODE] : [PairKind.ANY];
}
