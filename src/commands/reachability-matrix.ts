/** Results of pairs as a table: of pods, or of Kubernetes namespaces with the numbers of their pairs. */
import type { ClusterPod } from "../kubernetes/index.ts";
import { getOrMake } from "./get-or-make.ts";
import { portText } from "./pod-groups.ts";
import { PairKind, type Reachability } from "./reachability.ts";

/** How many pairs, each with a port, came to what. A pod and itself are no pair. */
export interface MatrixCell {
  readonly allowed: number;
  readonly denied: number;
  readonly lost: number;
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

/** A row for each pod, and a column for each port that is tried of each. */
export function podMatrix(reachability: Reachability): Matrix {
  const { pods } = reachability.cluster;
  const nameOf = podNamer(pods);
  const ends = pods.flatMap((pod) => reachability.portsOf(pod).map((port, index) => ({ pod, port, index })));
  return {
    by: "pod",
    rows: pods.map(nameOf),
    columns: ends.map(({ pod, port }) => ({ name: nameOf(pod), port: portText(port) })),
    cells: pods.map((source) =>
      ends.map(({ pod, index }) => {
        if (source.namespace === pod.namespace) return NOTHING;
        const outcome = reachability.result(source, pod, index)?.outcome;
        return outcome === undefined ? NOTHING : { ...NOTHING, [outcome]: 1 };
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

/** A row and a column for each namespace. Pairs are counted by groups, and by themselves where one has its node's network. */
export function namespaceMatrix(reachability: Reachability): Matrix {
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
      names.map((to) => sum(reachability, [...shares.get(from)!.values()], [...shares.get(to)!.values()])),
    ),
  };
}

function sum(reachability: Reachability, sources: readonly Share[], destinations: readonly Share[]): MatrixCell {
  const cell = { ...NOTHING };
  for (const source of sources)
    for (const destination of destinations)
      for (const [kind, count] of pairCounts(reachability, source, destination))
        reachability.groups[destination.group]!.ports.forEach((_port, index) => {
          const result = reachability.resultOf(source.group, destination.group, kind, index);
          if (result !== undefined) cell[result.outcome] += count;
        });
  return cell;
}

/** By kind; a pod is no pair with itself, nor are two that share a node's network. */
function pairCounts(reachability: Reachability, from: Share, to: Share): Map<number, number> {
  const [sources, destinations] = [from, to].map(({ group }) => reachability.groups[group]!);
  if (!sources!.hostNetwork && !destinations!.hostNetwork)
    return new Map([[PairKind.ANY, from.pods.length * to.pods.length - (from === to ? from.pods.length : 0)]]);
  const counts = new Map<number, number>();
  for (const source of from.pods)
    for (const destination of to.pods) {
      if (source.namespace === destination.namespace) continue;
      const kind = reachability.kindOf(source, destination);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  return counts;
}

/** What a cell says in a word: "yes", "no", "lost", "all", "none", "3/12", "-" for no pair. */
export function cellText(cell: MatrixCell, by: Matrix["by"]): string {
  const { allowed, denied, lost } = cell;
  const count = allowed + denied + lost;
  if (count === 0) return "-";
  if (by === "pod") return allowed > 0 ? "yes" : denied > 0 ? "no" : "lost";
  return allowed === count ? "all" : allowed === 0 ? (lost === count ? "lost" : "none") : `${allowed}/${count}`;
}
