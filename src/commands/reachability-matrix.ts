/** Results of pairs as a table: of pods, or of Kubernetes namespaces with the numbers of their pairs. */
import type { ClusterPod } from "../kubernetes/index.ts";
import { portText } from "./pod-groups.ts";
import { PairKind, pairKinds, type Reachability } from "./reachability.ts";

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
  count: number;
  readonly byNode: Map<string, number>;
}

/** A row and a column for each namespace. What is counted is counted by groups: no pair is looked at by itself. */
export function namespaceMatrix(reachability: Reachability): Matrix {
  const shares = new Map<string, Map<number, Share>>();
  for (const pod of reachability.cluster.pods) {
    const ofNamespace = getOrMake(shares, pod.kubernetesNamespace, () => new Map<number, Share>());
    const group = reachability.groupOf(pod);
    const share = getOrMake(ofNamespace, group, () => ({ group, count: 0, byNode: new Map() }));
    share.count++;
    share.byNode.set(pod.node.name, (share.byNode.get(pod.node.name) ?? 0) + 1);
  }
  const names = [...shares.keys()].sort();
  return {
    by: "namespace",
    rows: names,
    columns: names.map((name) => ({ name, port: "" })),
    cells: names.map((from) =>
      names.map((to) => sum(reachability, [...shares.get(from)!.values()], [...shares.get(to)!.values()], from === to)),
    ),
  };
}

function sum(
  reachability: Reachability,
  sources: readonly Share[],
  destinations: readonly Share[],
  isOwn: boolean,
): MatrixCell {
  const cell = { ...NOTHING };
  for (const source of sources)
    for (const destination of destinations) {
      const [from, to] = [reachability.groups[source.group]!, reachability.groups[destination.group]!];
      for (const kind of pairKinds(from, to)) {
        const count = pairCount(source, destination, kind, isOwn, from.hostNetwork && to.hostNetwork);
        if (count === 0) continue;
        to.ports.forEach((_port, index) => {
          const result = reachability.resultOf(source.group, destination.group, kind, index);
          if (result !== undefined) cell[result.outcome] += count;
        });
      }
    }
  return cell;
}

/** Pairs of two shares; nodes of their own are no pair with themselves, however many pods they are. */
function pairCount(from: Share, to: Share, kind: PairKind, isOwn: boolean, areNodes: boolean): number {
  if (kind === PairKind.ANY) return from.count * to.count - (isOwn && from.group === to.group ? from.count : 0);
  const same = [...from.byNode].reduce((all, [node, count]) => all + count * (to.byNode.get(node) ?? 0), 0);
  if (kind === PairKind.OTHER_NODE) return from.count * to.count - same;
  return areNodes ? 0 : same;
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** What a cell says in a word: "yes", "no", "lost", "all", "none", "3/12", "-" for no pair. */
export function cellText(cell: MatrixCell, by: Matrix["by"]): string {
  const { allowed, denied, lost } = cell;
  const count = allowed + denied + lost;
  if (count === 0) return "-";
  if (by === "pod") return allowed > 0 ? "yes" : denied > 0 ? "no" : "lost";
  return allowed === count ? "all" : allowed === 0 ? (lost === count ? "lost" : "none") : `${allowed}/${count}`;
}
