/**
 * Cilium's security identities: one number for all pods whose labels that count are equal
 * (github.com/cilium/cilium, pkg/identity and pkg/labelsfilter).
 */

/** Numbers below 256 that are not made of labels (pkg/identity/numericidentity.go). */
export const ReservedIdentity = {
  UNKNOWN: 0,
  /** The node that is asked. */
  HOST: 1,
  /** Whatever is outside the cluster. */
  WORLD: 2,
  /** Another node of the cluster; as which a node's own packets travel. */
  REMOTE_NODE: 6,
} as const;

/** The first number of those made of labels. */
const FIRST_IDENTITY = 256;
/** The last one of a cluster: 16 bits. */
const LAST_IDENTITY = 0xffff;

const RESERVED_NAMES: Readonly<Record<number, string>> = {
  [ReservedIdentity.UNKNOWN]: "reserved:unknown",
  [ReservedIdentity.HOST]: "reserved:host",
  [ReservedIdentity.WORLD]: "reserved:world",
  [ReservedIdentity.REMOTE_NODE]: "reserved:remote-node",
};

/** Keys that say nothing of what a pod is allowed: those that differ from pod to pod of one deployment, above all. */
const EXCLUDED_LABELS =
  /^(io\.kubernetes|kubernetes\.io|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|batch\.kubernetes\.io\/(job-completion-index|controller-uid)|.*beta\.kubernetes\.io|k8s\.io|pod-template-generation|pod-template-hash|controller-revision-hash|controller-uid|annotation|etcd_node)/;

/** Who an identity is for. */
export interface CiliumLabels {
  readonly kubernetesNamespace: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface CiliumIdentity {
  readonly number: number;
  /** "k8s:app=web", in order. */
  readonly labels: readonly string[];
}

/** The identities of a cluster, numbered in the order in which they were needed; the real ones are drawn. */
export class CiliumIdentities {
  readonly #byLabels = new Map<string, CiliumIdentity>();

  /** The number of pods with these labels. @throws RangeError when all 65,280 numbers are in use. */
  numberOf(pod: CiliumLabels): number {
    const labels = relevantLabels(pod);
    const key = labels.join("\n");
    const known = this.#byLabels.get(key);
    if (known !== undefined) return known.number;
    const number = FIRST_IDENTITY + this.#byLabels.size;
    if (number > LAST_IDENTITY) throw new RangeError("expected a free security identity, found all in use");
    this.#byLabels.set(key, { number, labels });
    return number;
  }

  /** Those made of labels, by number. */
  list(): CiliumIdentity[] {
    return [...this.#byLabels.values()];
  }
}

/** An identity for people: its number, and the name of one that is reserved. */
export function identityText(number: number): string {
  const name = RESERVED_NAMES[number];
  return name === undefined ? String(number) : `${number} (${name})`;
}

function relevantLabels({ kubernetesNamespace, labels = {} }: CiliumLabels): string[] {
  const own = Object.entries(labels).filter(([key]) => !EXCLUDED_LABELS.test(key));
  const all = [...own, ["io.kubernetes.pod.namespace", kubernetesNamespace] as const];
  return all.map(([key, value]) => `k8s:${key}=${value}`).sort();
}
