/**
 * Pods that no policy tells apart, so that one pair of pods speaks for all pairs of two groups.
 *
 * A policy sees of a pod: whether it is selected, as a subject or as a peer; in which address ranges it is; the ports that
 * have a name which a rule names; and whether it has its node's network, where it is on the same node as the other end or
 * not. Pods that are alike in all of these are of one group. Whatever decides on frames may look at nothing else.
 */
import {
  type ClusterPod,
  type Labels,
  labelsOfNamespace,
  type LabelSelector,
  matchesLabels,
  type NamespaceLabels,
  type PolicyPort,
  type PolicyProtocol,
  type PolicySet,
} from "../kubernetes/index.ts";
import { formatPrefix, type Ipv4Prefix, prefixContains } from "../wire/index.ts";

/** A port that is tried. */
export interface TriedPort {
  readonly protocol: PolicyProtocol;
  readonly port: number;
}

export interface PodGroup {
  readonly pods: readonly ClusterPod[];
  /** What is tried of them as destinations. */
  readonly ports: readonly TriedPort[];
  /** Theirs are their nodes' addresses: what they exchange with pods of their own node passes no policy. */
  readonly hostNetwork: boolean;
}

/** A question that a selector asks of a pod. */
interface Selection {
  /** The only namespace, or null where a selector says. */
  readonly namespace: string | null;
  readonly namespaceSelector: LabelSelector | null;
  readonly podSelector: LabelSelector | null;
}

/** Divides pods; `policySets`: all that are to be compared. */
export function groupPods(
  pods: readonly ClusterPod[],
  namespaces: NamespaceLabels,
  policySets: readonly PolicySet[],
  portsOf: (pod: ClusterPod) => readonly TriedPort[],
): PodGroup[] {
  const questions = new Questions(policySets);
  const groups = new Map<string, ClusterPod[]>();
  for (const pod of pods) {
    const key = `${questions.answers(pod, namespaces)} ${portsOf(pod).map(portText).join()}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pod]);
    else group.push(pod);
  }
  return [...groups.values()].map((members) => ({
    pods: members,
    ports: portsOf(members[0]!),
    hostNetwork: members[0]!.hostNetwork,
  }));
}

/** "TCP 8080" */
export function portText({ protocol, port }: TriedPort): string {
  return `${protocol} ${port}`;
}

/** All that policies ask about a pod. */
class Questions {
  readonly #selections = new Map<string, Selection>();
  readonly #ranges = new Map<string, Ipv4Prefix>();
  readonly #portNames = new Set<string>();
  /** Answers of selectors, by namespace and labels. */
  readonly #known = new Map<string, string>();

  constructor(policySets: readonly PolicySet[]) {
    for (const { networkPolicies, adminPolicies } of policySets) {
      for (const { namespace, podSelector, ingress, egress } of networkPolicies) {
        this.#select({ namespace, namespaceSelector: null, podSelector });
        for (const { peers, ports } of [...(ingress ?? []), ...(egress ?? [])]) {
          for (const peer of peers ?? [])
            if (peer.kind === "ipBlock") this.#rangeOf([peer.cidr, ...peer.except]);
            else this.#select({ ...peer, namespace: peer.namespaceSelector === null ? namespace : null });
          this.#name(ports);
        }
      }
      for (const { subject, ingress, egress } of adminPolicies) {
        const peers = [...ingress, ...egress].flatMap((rule) => rule.peers);
        for (const peer of [subject, ...peers])
          if (peer.kind === "networks") this.#rangeOf(peer.prefixes);
          else if (peer.kind === "pods") this.#select({ ...peer, namespace: null });
          else this.#select({ namespace: null, namespaceSelector: peer.selector, podSelector: null });
        for (const { ports } of [...ingress, ...egress]) this.#name(ports);
      }
    }
  }

  #select({ namespace, namespaceSelector, podSelector }: Selection): void {
    this.#selections.set(JSON.stringify([namespace, namespaceSelector, podSelector]), {
      namespace,
      namespaceSelector,
      podSelector,
    });
  }

  #rangeOf(prefixes: readonly Ipv4Prefix[]): void {
    for (const prefix of prefixes) this.#ranges.set(formatPrefix(prefix), prefix);
  }

  #name(ports: readonly PolicyPort[] | null): void {
    for (const { port } of ports ?? []) if (typeof port === "string") this.#portNames.add(port);
  }

  /** Equal for pods that no policy tells apart. */
  answers(pod: ClusterPod, namespaces: NamespaceLabels): string {
    const inside = [...this.#ranges.values()].map((range) => (prefixContains(range, pod.address) ? "1" : "0"));
    if (pod.hostNetwork) return `node ${inside.join("")}`;
    const names = pod.containers.flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, protocol, containerPort }) =>
        name !== undefined && this.#portNames.has(name) ? [`${name}=${protocol}/${containerPort}`] : [],
      ),
    );
    return `${this.#selectedBy(pod, namespaces)} ${inside.join("")} ${names.sort().join()}`;
  }

  #selectedBy({ kubernetesNamespace, labels }: ClusterPod, namespaces: NamespaceLabels): string {
    const key = JSON.stringify([kubernetesNamespace, labels]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const own = labelsOfNamespace(kubernetesNamespace, namespaces.get(kubernetesNamespace));
    const isIn = (selection: Selection): boolean => isSelected(selection, kubernetesNamespace, own, labels);
    const answers = [...this.#selections.values()].map((selection) => (isIn(selection) ? "1" : "0")).join("");
    this.#known.set(key, answers);
    return answers;
  }
}

function isSelected(selection: Selection, namespace: string, namespaceLabels: Labels, labels: Labels): boolean {
  const { namespaceSelector, podSelector } = selection;
  return (
    (selection.namespace === null || selection.namespace === namespace) &&
    (namespaceSelector === null || matchesLabels(namespaceSelector, namespaceLabels)) &&
    (podSelector === null || matchesLabels(podSelector, labels))
  );
}
