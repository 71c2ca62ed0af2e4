/** Which policies deny what was denied: by the decisions of the tables that pods' filters ask, and count by. */
import {
  type Cluster,
  type ClusterPod,
  type DecisionDescription,
  type PolicyDirection,
  PodRules,
  sourceTowards,
} from "../kubernetes/index.ts";
import { Protocol } from "../wire/index.ts";
import type { TriedPort } from "./pod-groups.ts";

/** Of the policies that hold now. */
export class PolicyDeniers {
  readonly #cluster: Cluster;
  readonly #rules = { ingress: new Map<ClusterPod, PodRules>(), egress: new Map<ClusterPod, PodRules>() };

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** "default/backend", an administrator's policy by its own name, or all that isolate; none where it is allowed. */
  of(source: ClusterPod, destination: ClusterPod, { protocol, port }: TriedPort): readonly string[] {
    const number = Protocol[protocol];
    const leaving = this.#rulesOf(source, "egress").decide(destination.address, number, port);
    if (leaving < 0) return this.#names(leaving);
    const from = source.hostNetwork ? sourceTowards(source, destination.address) : source.address;
    return this.#names(this.#rulesOf(destination, "ingress").decide(from, number, port));
  }

  #rulesOf(pod: ClusterPod, direction: PolicyDirection): PodRules {
    const known = this.#rules[direction].get(pod);
    if (known !== undefined) return known;
    const rules = new PodRules(pod, direction, this.#cluster.policies);
    this.#rules[direction].set(pod, rules);
    return rules;
  }

  #names(decision: number): readonly string[] {
    const description = this.#cluster.policies.decisions.describe(decision);
    return description === null || description.isAllowed ? [] : policiesOf(description);
  }
}

/** The one that decided, or all that isolate. */
function policiesOf({ policy, isolatedBy }: DecisionDescription): readonly string[] {
  return policy === null ? isolatedBy : [policy];
}
