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
import { ECHO_PASSES, type PolicyDecisions, type PolicyDirection } from "./policy-decisions.ts";
import { explainDecision } from "./policy-words.ts";

const { ICMP, SCTP, TCP, UDP } = Protocol;

export interface PodFilters {
  /** Egress policies: what the pod sends. */
  readonly fromPod: ConnectionFilter;
  /** Ingress policies: what is sent to it. */
  readonly toPod: ConnectionFilter;
}

/*
 * What plugins do that Kubernetes leaves to them: about ICMP, which NetworkPolicies do not know, what becomes of what is
 * refused, and what pods send to their own nodes.
 *
 * |                     | echo requests            | other ICMP                    | refused  | pod to its own node |
 * | ------------------- | ------------------------ | ----------------------------- | -------- | ------------------- |
 * | kube-router         | pass (CommonICMPRules)   | errors about connections pass | rejected | as egress rules say |
 * | weave-npc           | as rules without ports   | errors about connections pass | dropped  | passes              |
 * | Calico (Felix)      | as rules without ports   | errors about connections pass | dropped  | as egress rules say |
 * | Cilium              | as rules without ports   | errors about connections pass | dropped  | as egress rules say |
 *
 * A rule with ports is one for their protocols: it allows no ICMP. kube-router accepts destination-unreachable and
 * time-exceeded too, but only behind its rule that drops what is INVALID: those about no connection come no further.
 */

/**
 * In the FORWARD chain, which what a pod sends to its own node does not pass: with physdev matches at the pod's bridge
 * port, where br_netfilter hands bridged frames to it. So does weave-npc, whose WEAVE-NPC-EGRESS is in INPUT as well, but
 * returns for destinations of type LOCAL.
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

/**
 * kube-router, the usual companion of plugins that enforce nothing themselves: KUBE-ROUTER-FORWARD and KUBE-ROUTER-INPUT
 * go through a pod's chain, KUBE-NWPLCY-COMMON accepts echo requests, and what is left is rejected (pkg/controllers/netpol).
 */
export const KUBE_ROUTER: PolicyEnforcement = { ...FORWARD_AND_INPUT_CHAINS, echoPasses: true, rejects: true };

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

/** What was decided so, and of that what the pod's own node was at the other end of, and other pods of that node. */
export interface PodCount {
  packets: number;
  /** Of their frames. */
  bytes: number;
  nodePackets: number;
  nodeBytes: number;
  besidePackets: number;
  besideBytes: number;
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
  const { reasons, rulesOwnNode, rejects, echoPasses } = enforcement;
  const common = { device, inside, address: pod.address, tracker, reasons, rulesOwnNode, rejects };
  const rulesOf = (direction: PolicyDirection): PodRules => new PodRules(pod, direction, source, echoPasses);
  const filters: PodFilters = {
    fromPod: new ConnectionFilter({ ...common, side: "from-pod", rules: rulesOf("egress") }),
    toPod: new ConnectionFilter({ ...common, side: "to-pod", rules: rulesOf("ingress") }),
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
  readonly #echoPasses: boolean;
  readonly #counts = new Map<number, PodCount>();
  /** Addresses of the pods on the node, signed, and of how many pods they were taken. */
  #beside: ReadonlySet<number> = new Set();
  #besideCount = 0;
  /** Whose policies these are. */
  #generation = 0;
  #policies: PodPolicies | null = null;

  constructor(pod: ClusterPod, direction: PolicyDirection, source: PolicySource, echoPasses = false) {
    this.#echoPasses = echoPasses;
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
  get counts(): ReadonlyMap<number, Readonly<PodCount>> {
    return this.#counts;
  }

  get mayRefuse(): boolean {
    return this.policies.program !== null;
  }

  decide(remote: number, protocol: number, port: number): number {
    const { program } = this.policies;
    if (program === null) return 0;
    // Of ICMP only an echo request can begin anything.
    return protocol === ICMP && this.#echoPasses ? ECHO_PASSES : program.decide(remote, protocol, port);
  }

  count(decision: number, bytes: number, remote: number): void {
    let own = this.#counts.get(decision);
    if (own === undefined) this.#counts.set(decision, (own = newPodCount()));
    own.packets++;
    own.bytes += bytes;
    if (this.#isBeside(remote)) {
      own.besidePackets++;
      own.besideBytes += bytes;
    } else if (this.pod.node.namespace.addresses.isLocal(remote)) {
      own.nodePackets++;
      own.nodeBytes += bytes;
    }
    if (decision !== 0) this.#source.decisions.count(decision, bytes);
  }

  #isBeside(remote: number): boolean {
    const { pods } = this.pod.node;
    // A node's pods only ever become more.
    if (this.#besideCount !== pods.length) {
      this.#beside = new Set(pods.filter(({ hostNetwork }) => !hostNetwork).map(({ address }) => address | 0));
      this.#besideCount = pods.length;
    }
    return this.#beside.has(remote | 0);
  }

  explain(decision: number, remote: number, protocol: number, port: number): string {
    if (decision === ECHO_PASSES) return "kube-router accepts echo requests, whatever policies say";
    const description = this.#source.decisions.describe(decision);
    if (description === null) return `no ${this.direction} policy isolates ${this.pod.fullName}`;
    const what = { remote: this.#source.nameOf(remote), service: serviceText(protocol, port) };
    return explainDecision(description, what);
  }

  policyOf(decision: number): string {
    return this.#source.decisions.policyOf(decision);
  }
}

function newPodCount(): PodCount {
  return { packets: 0, bytes: 0, nodePackets: 0, nodeBytes: 0, besidePackets: 0, besideBytes: 0 };
}

function serviceText(protocol: number, port: number): string {
  if (protocol === TCP) return `TCP ${port}`;
  if (protocol === UDP) return `UDP ${port}`;
  if (protocol === SCTP) return `SCTP ${port}`;
  return protocol === ICMP ? "ICMP" : `IP protocol ${protocol}`;
}
