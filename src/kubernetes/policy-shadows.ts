/** Rules that another policy makes needless: it selects all pods that this one selects, and lets all of it through. */
import type { Labels } from "./label-selector.ts";
import type { LabelSelector, NetworkPolicy, PolicyRule } from "./network-policy.ts";
import { peerCovers, portsCover, selectorCovers } from "./policy-coverage.ts";

const DIRECTIONS = ["ingress", "egress"] as const;
type Direction = (typeof DIRECTIONS)[number];

export class PolicyShadows {
  readonly #labelsOf: (namespace: string) => Labels;
  /** By the namespace and one label that all pods have which the policy selects; those without any by the namespace. */
  readonly #policies = new Map<string, NetworkPolicy[]>();
  readonly #order: ReadonlyMap<NetworkPolicy, number>;

  constructor(policies: readonly NetworkPolicy[], labelsOf: (namespace: string) => Labels) {
    this.#labelsOf = labelsOf;
    this.#order = new Map(policies.map((policy, index) => [policy, index]));
    for (const policy of policies) {
      const key = keyOf(policy.namespace, labelsAskedFor(policy.podSelector)[0]);
      const known = this.#policies.get(key);
      if (known === undefined) this.#policies.set(key, [policy]);
      else known.push(policy);
    }
  }

  /** Of a policy: its fields of rules that have no effect, and why. */
  of(policy: NetworkPolicy): { readonly field: string; readonly text: string }[] {
    const others = this.#selectingAllOf(policy);
    if (others.length === 0) return [];
    return DIRECTIONS.flatMap((direction) =>
      (policy[direction] ?? []).flatMap((rule, index) => {
        // What its own policy makes needless is told of there.
        if (policy[direction]!.some((own) => own !== rule && this.#covers(policy, own, rule))) return [];
        const other = this.#coveringRule(others, policy, direction, rule);
        const text = `has no effect: ${other ?? ""} lets all that it matches through, to or from the same pods`;
        return other === undefined ? [] : [{ field: `spec.${direction}[${index}]`, text }];
      }),
    );
  }

  #selectingAllOf(policy: NetworkPolicy): NetworkPolicy[] {
    const { namespace, podSelector } = policy;
    const labels = [undefined, ...labelsAskedFor(podSelector)];
    return labels
      .flatMap((label) => this.#policies.get(keyOf(namespace, label)) ?? [])
      .filter((other) => other !== policy && selectorCovers(other.podSelector, podSelector));
  }

  /** "NetworkPolicy shop/all, spec.ingress[0]" */
  #coveringRule(
    others: readonly NetworkPolicy[],
    policy: NetworkPolicy,
    direction: Direction,
    rule: PolicyRule,
  ): string | undefined {
    for (const other of others) {
      const found = (other[direction] ?? []).findIndex(
        (candidate) =>
          this.#covers(policy, candidate, rule) &&
          // Of two that are the same, the later one is needless.
          (this.#order.get(other)! < this.#order.get(policy)! ||
            !selectorCovers(policy.podSelector, other.podSelector) ||
            !this.#covers(policy, rule, candidate)),
      );
      if (found !== -1) return `NetworkPolicy ${other.namespace}/${other.name}, spec.${direction}[${found}]`;
    }
    return undefined;
  }

  #covers({ namespace }: NetworkPolicy, outer: PolicyRule, inner: PolicyRule): boolean {
    if (!portsCover(outer.ports, inner.ports)) return false;
    const { peers } = outer;
    if (peers === null) return true;
    const own = this.#labelsOf(namespace);
    return inner.peers !== null && inner.peers.every((peer) => peers.some((other) => peerCovers(other, peer, own)));
  }
}

function keyOf(namespace: string, label: string | undefined): string {
  return JSON.stringify(label === undefined ? [namespace] : [namespace, label]);
}

/** Labels that whatever meets the selector has: "app=web". */
function labelsAskedFor({ matchLabels, matchExpressions }: LabelSelector): string[] {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const single = matchExpressions.filter(({ operator, values }) => operator === "In" && values.length === 1);
  return [...labels, ...single.map(({ key, values }) => `${key}=${values[0]!}`)];
}
