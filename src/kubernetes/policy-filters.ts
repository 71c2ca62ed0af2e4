/** A pod's two filters, and the rules that they ask: those of its policies, as they are when a packet comes. */
import {
  attachInputFilter,
  attachOutputFilter,
  ConnectionFilter,
  type ConnectionRules,
  type ConnectionTracker,
  type Veth,
} from "../datapath/index.ts";
import { DropReason, Protocol } from "../wire/index.ts";
import type { ClusterPod } from "./cluster-pod.ts";
import type { PolicyEnforcement } from "./cni-plugin.ts";
import type { PodPolicies, PolicyCompiler } from "./policy-compiler.ts";
import type { PolicyDecisions, PolicyDirection } from "./policy-decisions.ts";
import { explainDecision } from "./policy-words.ts";

const { ICMP, SCTP, TCP, UDP } = Protocol;

export interface PodFilters {
  /** Egress policies: what the pod sends. */
  readonly fromPod: ConnectionFilter;
  /** Ingress policies: what is sent to it. */
  readonly toPod: ConnectionFilter;
}

/**
 * Companions that enforce policies for flannel and kubenet do so in the FORWARD chain, which what a pod sends to its own
 * node does not pass: with physdev matches at the pod's bridge port, where br_netfilter hands bridged frames to it. So
 * does weave-npc, whose WEAVE-NPC-EGRESS is in INPUT as well, but returns for destinations of type LOCAL.
 */
export const FORWARD_CHAIN: PolicyEnforcement = {
  reasons: {
    refused: DropReason.NETFILTER_DROP,
    invalid: DropReason.NETFILTER_DROP,
    full: DropReason.CT_TABLE_FULL,
  },
  rulesOwnNode: false,
};

/** The same where the INPUT chain sends what pods send to their node through their egress rules as well. */
export const FORWARD_AND_INPUT_CHAINS: PolicyEnforcement = { ...FORWARD_CHAIN, rulesOwnNode: true };

/** What rules ask for what holds now. */
export interface PolicySource {
  readonly decisions: PolicyDecisions;
  /** Rises with every change. */
  readonly generation: number;
  /** Of the state that `generation` counts. */
  readonly compiled: PolicyCompiler;
  /** A pod's or node's name; the address itself where nobody has it. */
  nameOf(address: number): string;
}

/** Makes a pod's filters, and puts them where the plugin has them. */
export function attachFilters(
  pod: ClusterPod,
  source: PolicySource,
  tracker: ConnectionTracker,
  enforcement: PolicyEnforcement,
): PodFilters {
  const inside = pod.namespace.device("eth0") as Veth;
  const device = inside.peer;
  const { reasons, rulesOwnNode } = enforcement;
  const common = { device, inside, address: pod.address, tracker, reasons, rulesOwnNode };
  const filters: PodFilters = {
    fromPod: new ConnectionFilter({ ...common, side: "from-pod", rules: new PodRules(pod, "egress", source) }),
    toPod: new ConnectionFilter({ ...common, side: "to-pod", rules: new PodRules(pod, "ingress", source) }),
  };
  if (enforcement.attach !== undefined) {
    enforcement.attach(pod, filters);
  } else {
    attachInputFilter(device, filters.fromPod);
    attachOutputFilter(device, filters.toPod);
  }
  return filters;
}

/** The rules of a pod in one direction. */
export class PodRules implements ConnectionRules {
  readonly pod: ClusterPod;
  readonly direction: PolicyDirection;
  readonly #source: PolicySource;
  readonly #counts = new Map<number, { packets: number; bytes: number }>();
  /** Whose policies these are. */
  #generation = 0;
  #policies: PodPolicies | null = null;

  constructor(pod: ClusterPod, direction: PolicyDirection, source: PolicySource) {
    this.pod = pod;
    this.direction = direction;
    this.#source = source;
  }

  get generation(): number {
    return this.#source.generation;
  }

  /** What holds now. */
  get policies(): PodPolicies {
    const { generation } = this.#source;
    if (this.#policies === null || this.#generation !== generation) {
      this.#generation = generation;
      this.#policies = this.#source.compiled.policiesOf(this.pod, this.direction);
    }
    return this.#policies;
  }

  /** What was decided for this pod, by the decision's number; 0 where there was no rule. */
  get counts(): ReadonlyMap<number, { readonly packets: number; readonly bytes: number }> {
    return this.#counts;
  }

  get mayRefuse(): boolean {
    return this.policies.program !== null;
  }

  decide(remote: number, protocol: number, port: number): number {
    const { program } = this.policies;
    return program === null ? 0 : program.decide(remote, protocol, port);
  }

  count(decision: number, bytes: number): void {
    const own = this.#counts.get(decision);
    if (own === undefined) this.#counts.set(decision, { packets: 1, bytes });
    else {
      own.packets++;
      own.bytes += bytes;
    }
    if (decision !== 0) this.#source.decisions.count(decision, bytes);
  }

  explain(decision: number, remote: number, protocol: number, port: number): string {
    const description = this.#source.decisions.describe(decision);
    if (description === null) return `no ${this.direction} policy isolates ${this.pod.fullName}`;
    const what = { remote: this.#source.nameOf(remote), service: serviceText(protocol, port) };
    return explainDecision(description, what);
  }

  policyOf(decision: number): string {
    return this.#source.decisions.policyOf(decision);
  }
}

function serviceText(protocol: number, port: number): string {
  if (protocol === TCP) return `TCP ${port}`;
  if (protocol === UDP) return `UDP ${port}`;
  if (protocol === SCTP) return `SCTP ${port}`;
  return protocol === ICMP ? "ICMP" : `IP protocol ${protocol}`;
}
