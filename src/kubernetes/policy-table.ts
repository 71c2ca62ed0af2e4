/**
 * The network policies of a cluster, as they hold now: compiled to flat tables when the first packet comes after a change,
 * and asked by two filters at each pod.
 *
 * While there has never been a policy there are no filters, and nothing is tracked.
 */
import { ConnectionTracker, type Engine } from "../datapath/index.ts";
import { formatIpv4, Protocol } from "../wire/index.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { CniPlugin } from "./cni-plugin.ts";
import { PolicyCompiler } from "./policy-compiler.ts";
import { type PolicyCount, PolicyDecisions, type PolicyDirection, type PolicyKind } from "./policy-decisions.ts";
import type { NamespaceLabels, PolicySet } from "./policy-warnings.ts";
import { sourceTowards } from "./source-address.ts";
import { attachFilters, FORWARD_CHAIN, type PodFilters, PodRules, type PolicySource } from "./policy-filters.ts";

/** What policies are for: a cluster. */
export interface PolicyCluster {
  readonly engine: Engine;
  readonly cni: CniPlugin;
  readonly nodes: readonly ClusterNode[];
  readonly pods: readonly ClusterPod[];
  /** By the namespace's name. */
  readonly namespaceLabels: NamespaceLabels;
}

export interface PolicyQuery {
  /** A pod, or any address as an unsigned number. */
  readonly source: ClusterPod | number;
  readonly destination: ClusterPod | number;
  readonly protocol: "TCP" | "UDP" | "SCTP" | "ICMP";
  /** Of the destination; ICMP has none. */
  readonly port?: number;
}

/** What one end's policies say. */
export interface PolicyDecision {
  readonly isAllowed: boolean;
  /** Whether NetworkPolicies isolate the pod in this direction. */
  readonly isIsolated: boolean;
  /** All that select the pod in this direction: "default/backend", administrators' by their own names. */
  readonly policies: readonly string[];
  /** The one that decided, or null: nothing is decided by a policy, or all isolate and none allows. */
  readonly policy: string | null;
  readonly kind: PolicyKind | null;
  /** Index of the rule that decided, in its direction. */
  readonly rule: number | null;
  /** In words. */
  readonly reason: string;
}

export interface PolicyVerdict {
  readonly isAllowed: boolean;
  readonly ingress: PolicyDecision;
  readonly egress: PolicyDecision;
}

const NO_POLICIES: PolicySet = { networkPolicies: [], adminPolicies: [] };

export class PolicyTable implements PolicySource {
  readonly decisions: PolicyDecisions = new PolicyDecisions();
  /** Connections that each node tracks at most; nf_conntrack_max where it is undefined. */
  readonly #connectionLimit: number | undefined;
  readonly #cluster: PolicyCluster;
  readonly #trackers = new Map<ClusterNode, ConnectionTracker>();
  readonly #filters = new Map<ClusterPod, PodFilters>();
  #policies = NO_POLICIES;
  #compiled: PolicyCompiler | null = null;
  #generation = 1;
  #isTracking = false;
  #names: ReadonlyMap<number, string> | null = null;

  constructor(cluster: PolicyCluster, connectionLimit?: number) {
    this.#cluster = cluster;
    this.#connectionLimit = connectionLimit;
  }

  /**
   * Puts these policies in place of all that were there. New connections obey; those that are established go on, but for
   * Cilium's, which obey too in the direction that began.
   */
  set(policies: Partial<PolicySet>): void {
    this.#policies = { ...NO_POLICIES, ...policies };
    this.#compiled = null;
    this.#noteChange();
    const { networkPolicies, adminPolicies } = this.#policies;
    if (networkPolicies.length + adminPolicies.length > 0) this.track();
  }

  list(): PolicySet {
    return this.#policies;
  }

  /** Whether connections are tracked. */
  get isTracking(): boolean {
    return this.#isTracking;
  }

  /**
   * Tracks connections from now on, so that those of today are known under the policies of tomorrow. The first policy
   * starts it if nobody has before.
   */
  track(): void {
    if (this.#isTracking) return;
    this.#isTracking = true;
    for (const pod of this.#cluster.pods) this.#attach(pod);
  }

  #noteChange(): void {
    this.#names = null;
    this.#generation = (this.#generation + 1) | 0;
  }

  /** A pod has come. Called by the cluster. */
  addPod(pod: ClusterPod): void {
    this.relabelPod(pod);
    if (this.#isTracking) this.#attach(pod);
  }

  /** A pod has other labels. Called by the cluster. */
  relabelPod(pod: ClusterPod): void {
    this.#compiled?.changePod(pod);
    this.#noteChange();
  }

  /** A namespace has other labels. Called by the cluster. */
  relabelNamespace(name: string): void {
    this.#compiled?.changeNamespace(name, this.#cluster.pods);
    this.#noteChange();
  }

  #attach(pod: ClusterPod): void {
    if (pod.hostNetwork) return;
    const enforcement = this.#cluster.cni.enforcement ?? FORWARD_CHAIN;
    this.#filters.set(pod, attachFilters(pod, this, this.tracker(pod.node), enforcement));
  }

  /** The connections that a node tracks. */
  tracker(node: ClusterNode): ConnectionTracker {
    const known = this.#trackers.get(node);
    if (known !== undefined) return known;
    const { engine, cni } = this.#cluster;
    const kind = cni.enforcement?.tracking;
    const tracker = new ConnectionTracker(engine, { limit: this.#connectionLimit, seed: engine.random(), kind });
    this.#trackers.set(node, tracker);
    return tracker;
  }

  /** A pod's filters, whose counters tell what passed; undefined while nothing is tracked, and for a pod with hostNetwork. */
  filters(pod: ClusterPod): PodFilters | undefined {
    return this.#filters.get(pod);
  }

  get generation(): number {
    return this.#generation;
  }

  get compiled(): PolicyCompiler {
    const { pods, namespaceLabels } = this.#cluster;
    this.#compiled ??= new PolicyCompiler(this.#policies, pods, namespaceLabels, this.decisions);
    return this.#compiled;
  }

  /** What decided how often, since the cluster began. */
  counters(): PolicyCount[] {
    return this.decisions.counters();
  }

  /** Whether a new connection would be allowed, by the tables that the filters ask. Nothing is counted. */
  verdict({ source, destination, protocol, port = 0 }: PolicyQuery): PolicyVerdict {
    const isWithinPod = source === destination;
    const to = typeof destination === "number" ? destination : destination.address;
    const from = typeof source === "number" ? source : sourceTowards(source, to);
    const ask = (end: ClusterPod | number, direction: PolicyDirection, remote: number): PolicyDecision =>
      typeof end === "number" || isWithinPod
        ? UNDECIDED
        : this.#decide(end, direction, remote, Protocol[protocol], port);
    const egress = ask(source, "egress", to);
    const ingress = ask(destination, "ingress", from);
    return { isAllowed: egress.isAllowed && ingress.isAllowed, ingress, egress };
  }

  #decide(pod: ClusterPod, direction: PolicyDirection, remote: number, protocol: number, port: number): PolicyDecision {
    const { rulesOwnNode, echoPasses } = this.#cluster.cni.enforcement ?? FORWARD_CHAIN;
    const rules = new PodRules(pod, direction, this, echoPasses);
    const { isolatedBy, policies } = rules.policies;
    const isIsolated = isolatedBy.length > 0;
    const isOwnRuled = direction === "egress" && rulesOwnNode;
    if (!pod.hostNetwork && !isOwnRuled && this.#isOwnNode(pod, remote))
      return { ...UNDECIDED, isIsolated, policies, reason: "to or from its own node: always allowed" };
    const decision = rules.decide(remote, protocol, port);
    const description = this.decisions.describe(decision);
    return {
      isAllowed: decision >= 0,
      isIsolated,
      policies,
      policy: description?.policy ?? null,
      kind: description?.kind ?? null,
      rule: description?.rule ?? null,
      reason: rules.explain(decision, remote, protocol, port),
    };
  }

  #isOwnNode(pod: ClusterPod, remote: number): boolean {
    return pod.node.namespace.addresses.isLocal(remote | 0);
  }

  nameOf(address: number): string {
    if (this.#names === null) {
      const { nodes, pods } = this.#cluster;
      const own = pods.filter(({ hostNetwork }) => !hostNetwork);
      this.#names = new Map([
        ...nodes.map((node) => [node.address, node.name] as const),
        ...own.map((pod) => [pod.address, pod.fullName] as const),
      ]);
    }
    return this.#names.get(address >>> 0) ?? formatIpv4(address >>> 0);
  }
}

const UNDECIDED: PolicyDecision = {
  isAllowed: true,
  isIsolated: false,
  policies: [],
  policy: null,
  kind: null,
  rule: null,
  reason: "no policy has a say",
};
