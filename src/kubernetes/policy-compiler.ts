/**
 * From policies and pods to the programs that decide. Other policies are compiled anew; pods that come and labels that
 * change are noted in what is there.
 */
import type {
  AdminPeer,
  AdminPolicy,
  AdminPolicyRule,
  AdminSelection,
  NetworkPolicy,
  PolicyPeer,
} from "./network-policy.ts";
import { type Labels, labelsOfNamespace, matchesLabels } from "./label-selector.ts";
import type { PolicyDecisions, PolicyDirection } from "./policy-decisions.ts";
import { type AddressedPod, type NamedPort, PolicyPeers } from "./policy-peers.ts";
import type { NamespaceLabels, PolicySet } from "./policy-warnings.ts";
import { PASS, PolicyProgram, type ProgramRule } from "./policy-program.ts";

/** What policies a pod has in one direction. */
export interface PodPolicies {
  /** Null where nothing is ever refused. */
  readonly program: PolicyProgram | null;
  /** NetworkPolicies that isolate the pod, in order of their names. */
  readonly isolatedBy: readonly string[];
  /** All that have a say, administrators' first. */
  readonly policies: readonly string[];
}

const NO_POLICIES: PodPolicies = { program: null, isolatedBy: [], policies: [] };

/** A policy's rules in one direction. */
interface CompiledPolicy<Policy> {
  readonly policy: Policy;
  readonly name: string;
  readonly rules: readonly ProgramRule[];
}

type Compiled<Policy> = Readonly<Record<PolicyDirection, readonly CompiledPolicy<Policy>[]>>;

const DIRECTIONS = ["ingress", "egress"] as const;

export class PolicyCompiler {
  readonly #decisions: PolicyDecisions;
  readonly #namespaces: NamespaceLabels;
  readonly #peers: PolicyPeers;
  readonly #admin: Compiled<AdminPolicy>;
  readonly #network = new Map<string, Compiled<NetworkPolicy>>();
  readonly #byPod = { ingress: new Map<AddressedPod, PodPolicies>(), egress: new Map<AddressedPod, PodPolicies>() };
  /** By the policies that select: pods that the same ones select share what these come to. */
  readonly #bySelection = new Map<string, PodPolicies>();

  constructor(
    policies: PolicySet,
    pods: readonly AddressedPod[],
    namespaces: NamespaceLabels,
    decisions: PolicyDecisions,
  ) {
    this.#decisions = decisions;
    this.#namespaces = namespaces;
    this.#peers = new PolicyPeers(namespaces);
    const admin = [...policies.adminPolicies].sort((a, b) => a.priority - b.priority || compareNames(a, b));
    this.#admin = this.#compile(admin, adminName, (policy, direction) => this.#adminRules(policy, direction));
    for (const [namespace, own] of byNamespace([...policies.networkPolicies].sort(compareNames))) {
      const compiled = this.#compile(own, networkName, (policy, direction) => this.#networkRules(policy, direction));
      this.#network.set(namespace, compiled);
    }
    this.#peers.divide();
    for (const pod of pods) this.#peers.place(pod);
  }

  /** A pod has come, or has other labels: nothing else is compiled again. */
  changePod(pod: AddressedPod): void {
    this.#byPod.ingress.delete(pod);
    this.#byPod.egress.delete(pod);
    this.#peers.place(pod);
  }

  /** A namespace has other labels. `pods`: all of the cluster, or those in it. */
  changeNamespace(name: string, pods: readonly AddressedPod[]): void {
    this.#peers.forgetNamespace(name);
    for (const pod of pods) if (pod.kubernetesNamespace === name) this.changePod(pod);
  }

  #compile<Policy>(
    policies: readonly Policy[],
    nameOf: (policy: Policy) => string,
    rulesOf: (policy: Policy, direction: PolicyDirection) => readonly ProgramRule[] | null,
  ): Compiled<Policy> {
    const [ingress, egress] = DIRECTIONS.map((direction) =>
      policies.flatMap((policy) => {
        const rules = rulesOf(policy, direction);
        return rules === null ? [] : [{ policy, name: nameOf(policy), rules }];
      }),
    );
    return { ingress: ingress!, egress: egress! };
  }

  #networkRules(policy: NetworkPolicy, direction: PolicyDirection): readonly ProgramRule[] | null {
    const rules = policy[direction];
    if (rules === null) return null;
    return rules.map(({ peers, ports }, rule) => {
      for (const { port } of ports ?? []) if (typeof port === "string") this.#peers.namePort(port);
      return {
        decision: this.#decisions.numberOf({
          direction,
          isAllowed: true,
          kind: "NetworkPolicy",
          policy: networkName(policy),
          rule,
          ruleName: "",
          isolatedBy: [],
        }),
        peers: peers === null ? null : peers.map((peer) => this.#peerOf(peer, policy.namespace)),
        ports,
      };
    });
  }

  #peerOf(peer: PolicyPeer, namespace: string): number {
    if (peer.kind === "ipBlock") return this.#peers.addresses(peer.cidr, peer.except);
    const { namespaceSelector, podSelector } = peer;
    return this.#peers.pods({
      namespace: namespaceSelector === null ? namespace : null,
      namespaceSelector,
      podSelector,
    });
  }

  #adminRules(policy: AdminPolicy, direction: PolicyDirection): readonly ProgramRule[] | null {
    const rules = policy[direction];
    if (rules.length === 0) return null;
    return rules.map((rule, index) => {
      for (const { port } of rule.ports ?? []) if (typeof port === "string") this.#peers.namePort(port);
      return {
        decision: this.#adminDecision(policy, direction, rule, index),
        peers: rule.peers.flatMap((peer) => this.#adminPeersOf(peer)),
        ports: rule.ports,
      };
    });
  }

  #adminDecision(policy: AdminPolicy, direction: PolicyDirection, rule: AdminPolicyRule, index: number): number {
    if (rule.action === "Pass") return PASS;
    return this.#decisions.numberOf({
      direction,
      isAllowed: rule.action === "Allow",
      kind: policy.isBaseline ? "BaselineAdminNetworkPolicy" : "AdminNetworkPolicy",
      policy: policy.name,
      rule: index,
      ruleName: rule.name,
      isolatedBy: [],
    });
  }

  #adminPeersOf(peer: AdminPeer): readonly number[] {
    if (peer.kind === "networks") return peer.prefixes.map((prefix) => this.#peers.addresses(prefix, []));
    const [namespaceSelector, podSelector] =
      peer.kind === "namespaces" ? [peer.selector, null] : [peer.namespaceSelector, peer.podSelector];
    return [this.#peers.pods({ namespace: null, namespaceSelector, podSelector })];
  }

  /** What decides on a pod's connections. */
  policiesOf(pod: AddressedPod, direction: PolicyDirection): PodPolicies {
    if (pod.hostNetwork) return NO_POLICIES;
    const known = this.#byPod[direction].get(pod);
    if (known !== undefined) return known;
    const policies = this.#selecting(pod, direction);
    this.#byPod[direction].set(pod, policies);
    return policies;
  }

  #selecting(pod: AddressedPod, direction: PolicyDirection): PodPolicies {
    const labels = labelsOfNamespace(pod.kubernetesNamespace, this.#namespaces.get(pod.kubernetesNamespace));
    const admin = this.#admin[direction].filter(({ policy }) => isSubject(policy.subject, labels, pod.labels));
    const network = (this.#network.get(pod.kubernetesNamespace)?.[direction] ?? []).filter(({ policy }) =>
      matchesLabels(policy.podSelector, pod.labels),
    );
    if (admin.length + network.length === 0) return NO_POLICIES;
    const ownPorts = direction === "ingress" ? this.#peers.namedPortsOf(pod) : null;
    const key = JSON.stringify([direction, admin.map(({ name }) => name), network.map(({ name }) => name), ownPorts]);
    const known = this.#bySelection.get(key);
    if (known !== undefined) return known;
    const policies = this.#combine(admin, network, direction, ownPorts);
    this.#bySelection.set(key, policies);
    return policies;
  }

  #combine(
    all: readonly CompiledPolicy<AdminPolicy>[],
    network: readonly CompiledPolicy<NetworkPolicy>[],
    direction: PolicyDirection,
    ownPorts: readonly NamedPort[] | null,
  ): PodPolicies {
    const admin = all.filter(({ policy }) => !policy.isBaseline);
    const baseline = all.filter(({ policy }) => policy.isBaseline);
    const isolatedBy = network.map(({ name }) => name);
    const isolation = this.#decisions.numberOf({
      direction,
      isAllowed: false,
      kind: "NetworkPolicy",
      policy: null,
      rule: null,
      ruleName: "",
      isolatedBy,
    });
    const rulesOf = (of: readonly CompiledPolicy<unknown>[]): readonly ProgramRule[] =>
      of.flatMap(({ rules }) => rules);
    const rules = {
      admin: rulesOf(admin),
      network: network.length === 0 ? null : rulesOf(network),
      isolation,
      baseline: rulesOf(baseline),
    };
    return {
      program: new PolicyProgram(rules, this.#peers, ownPorts),
      isolatedBy,
      policies: [...admin, ...network, ...baseline].map(({ name }) => name),
    };
  }
}

function isSubject(subject: AdminSelection, namespace: Labels, pod: Labels): boolean {
  if (subject.kind === "namespaces") return matchesLabels(subject.selector, namespace);
  return matchesLabels(subject.namespaceSelector, namespace) && matchesLabels(subject.podSelector, pod);
}

function byNamespace(policies: readonly NetworkPolicy[]): Map<string, NetworkPolicy[]> {
  const found = new Map<string, NetworkPolicy[]>();
  for (const policy of policies) {
    const own = found.get(policy.namespace);
    if (own === undefined) found.set(policy.namespace, [policy]);
    else own.push(policy);
  }
  return found;
}

function networkName({ namespace, name }: NetworkPolicy): string {
  return `${namespace}/${name}`;
}

function adminName({ name }: AdminPolicy): string {
  return name;
}

function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
