/** All that policies ask about pods: whether selectors select them, and whether address ranges have them. */
import {
  type ClusterPod,
  type Labels,
  labelsOfNamespace,
  type LabelSelector,
  matchesLabels,
  type NamespaceLabels,
  type PolicyDirection,
  type PolicyPort,
  type PolicySet,
} from "../kubernetes/index.ts";
import { formatPrefix, type Ipv4Prefix, prefixContains } from "../wire/index.ts";

/** A question that a selector asks of a pod. */
interface Selection {
  /** The only namespace, or null where a selector says. */
  readonly namespace: string | null;
  readonly namespaceSelector: LabelSelector | null;
  readonly podSelector: LabelSelector | null;
}

/** A policy in one direction, by the numbers of its questions. */
export interface PolicySide {
  readonly direction: PolicyDirection;
  /** The selection that says whose connections it rules. */
  readonly subject: number;
  /** What its rules ask about the other end. */
  readonly selections: readonly number[];
  readonly ranges: readonly number[];
}

/** Answers about a pod: a "1" or "0" for each question, by its number. */
export interface PodAnswers {
  /** "" of one with hostNetwork, which no selector selects. */
  readonly selected: string;
  readonly inside: string;
  /** Its ports with names that rules have. */
  readonly names: string;
}

/** What one side of a policy has in its rules, whatever its kind. */
interface RuleParts {
  readonly selections: readonly Selection[];
  readonly ranges: readonly Ipv4Prefix[];
  readonly ports: readonly (readonly PolicyPort[] | null)[];
}

export class PolicyQuestions {
  readonly sides: readonly PolicySide[];
  readonly #selections = new Numbered<Selection>();
  readonly #ranges = new Numbered<Ipv4Prefix>();
  readonly #portNames = new Set<string>();
  readonly #namespaces: NamespaceLabels;
  /** Answers of selectors, by namespace and labels. */
  readonly #known = new Map<string, string>();

  /** @param policySets all that are to be compared */
  constructor(policySets: readonly PolicySet[], namespaces: NamespaceLabels) {
    this.#namespaces = namespaces;
    this.sides = policySets.flatMap((policies) => this.#sidesOf(policies));
  }

  #sidesOf({ networkPolicies, adminPolicies }: PolicySet): PolicySide[] {
    const sides: PolicySide[] = [];
    const add = (direction: PolicyDirection, subject: Selection, { selections, ranges, ports }: RuleParts): void => {
      sides.push({
        direction,
        subject: this.#select(subject),
        selections: selections.map((selection) => this.#select(selection)),
        ranges: ranges.map((range) => this.#ranges.number(formatPrefix(range), range)),
      });
      for (const { port } of ports.flatMap((list) => list ?? []))
        if (typeof port === "string") this.#portNames.add(port);
    };
    for (const { namespace, podSelector, ...directions } of networkPolicies)
      for (const direction of DIRECTIONS) {
        const rules = directions[direction];
        const peers = (rules ?? []).flatMap((rule) => rule.peers ?? []);
        const ofPods = peers.flatMap((peer) =>
          peer.kind === "ipBlock" ? [] : [{ ...peer, namespace: peer.namespaceSelector === null ? namespace : null }],
        );
        if (rules !== null)
          add(
            direction,
            { namespace, namespaceSelector: null, podSelector },
            {
              selections: ofPods,
              ranges: peers.flatMap((peer) => (peer.kind === "ipBlock" ? [peer.cidr, ...peer.except] : [])),
              ports: rules.map(({ ports }) => ports),
            },
          );
      }
    for (const { subject, ...directions } of adminPolicies)
      for (const direction of DIRECTIONS) {
        const rules = directions[direction];
        const peers = rules.flatMap((rule) => rule.peers);
        add(direction, adminSelection(subject), {
          selections: peers.flatMap((peer) => (peer.kind === "networks" ? [] : [adminSelection(peer)])),
          ranges: peers.flatMap((peer) => (peer.kind === "networks" ? peer.prefixes : [])),
          ports: rules.map(({ ports }) => ports),
        });
      }
    return sides;
  }

  #select({ namespace, namespaceSelector, podSelector }: Selection): number {
    const key = JSON.stringify([namespace, namespaceSelector, podSelector]);
    return this.#selections.number(key, { namespace, namespaceSelector, podSelector });
  }

  /** Equal for pods that no policy tells apart. */
  about(pod: ClusterPod): PodAnswers {
    const inside = this.inside(pod.address);
    if (pod.hostNetwork) return { selected: "", inside, names: "" };
    const names = pod.containers.flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, protocol, containerPort }) =>
        name !== undefined && this.#portNames.has(name) ? [`${name}=${protocol}/${containerPort}`] : [],
      ),
    );
    return { selected: this.#selectedBy(pod), inside, names: names.sort().join() };
  }

  /** Of an address: which ranges have it. */
  inside(address: number): string {
    return this.#ranges.values.map((range) => (prefixContains(range, address) ? "1" : "0")).join("");
  }

  #selectedBy({ kubernetesNamespace, labels }: ClusterPod): string {
    const key = JSON.stringify([kubernetesNamespace, labels]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const own = labelsOfNamespace(kubernetesNamespace, this.#namespaces.get(kubernetesNamespace));
    const isIn = (selection: Selection): boolean => isSelected(selection, kubernetesNamespace, own, labels);
    const answers = this.#selections.values.map((selection) => (isIn(selection) ? "1" : "0")).join("");
    this.#known.set(key, answers);
    return answers;
  }
}

const DIRECTIONS = ["ingress", "egress"] as const;

/** Equal things get the number of the first. */
class Numbered<Value> {
  readonly values: Value[] = [];
  readonly #numbers = new Map<string, number>();

  number(key: string, value: Value): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}

type AdminSelector =
  | { readonly kind: "namespaces"; readonly selector: LabelSelector }
  | { readonly kind: "pods"; readonly namespaceSelector: LabelSelector; readonly podSelector: LabelSelector };

function adminSelection(of: AdminSelector): Selection {
  if (of.kind === "namespaces") return { namespace: null, namespaceSelector: of.selector, podSelector: null };
  return { namespace: null, namespaceSelector: of.namespaceSelector, podSelector: of.podSelector };
}

function isSelected(selection: Selection, namespace: string, namespaceLabels: Labels, labels: Labels): boolean {
  const { namespaceSelector, podSelector } = selection;
  return (
    (selection.namespace === null || selection.namespace === namespace) &&
    (namespaceSelector === null || matchesLabels(namespaceSelector, namespaceLabels)) &&
    (podSelector === null || matchesLabels(podSelector, labels))
  );
}
