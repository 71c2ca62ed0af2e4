/** Results of pairs as a table: of pods, or of Kubernetes namespaces with the numbers of their pairs. */
import type { ClusterPod } from "../kubernetes/index.ts";
import { getOrMake } from "./get-or-make.ts";
import { portText } from "./pod-groups.ts";
import type { PolicyDeniers } from "./policy-deniers.ts";
import { PairKind, type Reachability } from "./reachability.ts";

/** How many pairs, each with a port, came to what. A pod and itself are no pair. */
export interface MatrixCell {
  readonly allowed: number;
  readonly denied: number;
  readonly lost: number;
  /** The policies that deny, where any does and that was asked for. */
  readonly deniedBy?: readonly string[];
}

export interface MatrixColumn {
  readonly name: string;
  /** "TCP 8080"; "" for all that are tried. */
  readonly port: string;
}

export interface Matrix {
  readonly by: "pod" | "namespace";
  /** The senders. */
  readonly rows: readonly string[];
  readonly columns: readonly MatrixColumn[];
  readonly cells: readonly (readonly MatrixCell[])[];
}

const NOTHING: MatrixCell = { allowed: 0, denied: 0, lost: 0 };

/** A row for each pod, and a column for each port that is tried of each. `deniers`: who says which policies deny. */
export function podMatrix(reachability: Reachability, deniers?: PolicyDeniers): Matrix {
  const { pods } = reachability.cluster;
  const nameOf = podNamer(pods);
  const ends = pods.flatMap((pod) => reachability.portsOf(pod).map((port, index) => ({ pod, port, index })));
  return {
    by: "pod",
    rows: pods.map(nameOf),
    columns: ends.map(({ pod, port }) => ({ name: nameOf(pod), port: portText(port) })),
    cells: pods.map((source) =>
      ends.map(({ pod, port, index }) => {
        if (source.namespace === pod.namespace) return NOTHING;
        const outcome = reachability.result(source, pod, index)?.outcome;
        if (outcome === undefined) return NOTHING;
        const deniedBy = outcome === "denied" ? deniers?.of(source, pod, port) : undefined;
        return { ...NOTHING, [outcome]: 1, ...(deniedBy !== undefined && { deniedBy }) };
      }),
    ),
  };
}

/** Without the namespace, where all are in one. */
export function podNamer(pods: readonly ClusterPod[]): (pod: ClusterPod) => string {
  const isOne = new Set(pods.map(({ kubernetesNamespace }) => kubernetesNamespace)).size <= 1;
  return (pod) => (isOne ? pod.name : pod.fullName);
}

/** Pods of one group in a namespace. */
interface Share {
  readonly group: number;
  readonly pods: ClusterPod[];
}

/** A row and a column for each namespace; `deniers` as above. Pairs are counted by groups, and by themselves where one has its node's network. */
export function namespaceMatrix(reachability: Reachability, deniers?: PolicyDeniers): Matrix {
  const shares = new Map<string, Map<number, Share>>();
  for (const pod of reachability.cluster.pods) {
    const ofNamespace = getOrMake(shares, pod.kubernetesNamespace, () => new Map<number, Share>());
    const group = reachability.groupOf(pod);
    const share = getOrMake(ofNamespace, group, () => ({ group, pods: [] }));
    share.pods.push(pod);
  }
  const names = [...shares.keys()].sort();
  return {
    by: "namespace",
    rows: names,
    columns: names.map((name) => ({ name, port: "" })),
    cells: names.map((from) =>
      names.map((to) => sum(reachability, [...shares.get(from)!.values()], [...shares.get(to)!.values()], deniers)),
    ),
  };
}

function sum(
  reachability: Reachability,
  sources: readonly Share[],
  destinations: readonly Share[],
  deniers: PolicyDeniers | undefined,
): MatrixCell {
  const cell = { ...NOTHING };
  const deniedBy = new Set<string>();
  for (const source of sources)
    for (const destination of destinations)
      for (const [kind, pairs] of pairsOf(reachability, source, destination))
        reachability.groups[destination.group]!.ports.forEach((port, index) => {
          const result = reachability.resultOf(source.group, destination.group, kind, index);
          if (result === undefined || pairs.count === 0) return;
          cell[result.outcome] += pairs.count;
          // One pair speaks for all.
          if (result.outcome === "denied")
            for (const name of deniers?.of(pairs.source, pairs.destination, port) ?? []) deniedBy.add(name);
        });
  return deniedBy.size === 0 ? cell : { ...cell, deniedBy: [...deniedBy].sort() };
}

/** How many pairs are of a kind, and one of them. */
interface Pairs {
  count: number;
  readonly source: ClusterPod;
  readonly destination: ClusterPod;
}

/** By kind; a pod is no pair with itself, nor are two that share a node's network. */
function pairsOf(reachability: Reachability, from: Share, to: Share): Map<number, Pairs> {
  const [sources, destinations] = [from, to].map(({ group }) => reachability.groups[group]!);
  if (!sources!.hostNetwork && !destinations!.hostNetwork) {
    const count = from.pods.length * to.pods.length - (from === to ? from.pods.length : 0);
    const [source, destination] = [from.pods[0]!, to.pods[from === to ? to.pods.length - 1 : 0]!];
    return new Map([[PairKind.ANY, { count, source, destination }]]);
  }
  const pairs = new Map<number, Pairs>();
  for (const source of from.pods)
    for (const destination of to.pods) {
      if (source.namespace === destination.namespace) continue;
      const kind = reachability.kindOf(source, destination);
      getOrMake(pairs, kind, () => ({ count: 0, source, destination })).count++;
    }
  return pairs;
}

/** What a cell says in a word: "yes", "no", "lost", "all", "none", "3/12", "-" for no pair. */
export function cellText(cell: MatrixCell, by: Matrix["by"]): string {
  const { allowed, denied, lost } = cell;
  const count = allowed + denied + lost;
  if (count === 0) return "-";
  if (by === "pod") return allowed > 0 ? "yes" : denied > 0 ? "no" : "lost";
  return allowed === count ? "all" : allowed === 0 ? (lost === count ? "lost" : "none") : `${allowed}/${count}`;
}
