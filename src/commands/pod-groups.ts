/**
 * Pods that no policy tells apart, so that one pair of pods speaks for all pairs of two groups.
 *
 * A policy sees of a pod: whether it is selected, as a subject or as a peer; in which address ranges it is; the ports that
 * have a name which a rule names; and whether it has its node's network, where it matters which address the node takes for
 * the way to the other end, and whether that is on the same node. Pods that are alike in all of these are of one group.
 * Whatever decides on frames may look at nothing else.
 */
import type { ClusterPod, PolicyProtocol } from "../kubernetes/index.ts";
import type { PodAnswers, PolicyQuestions } from "./policy-questions.ts";

/** A port that is tried. */
export interface TriedPort {
  readonly protocol: PolicyProtocol;
  readonly port: number;
}

export interface PodGroup extends PodAnswers {
  readonly pods: readonly ClusterPod[];
  /** What is tried of them as destinations. */
  readonly ports: readonly TriedPort[];
  /** Theirs are their nodes' addresses: what they exchange with pods of their own node passes no policy. */
  readonly hostNetwork: boolean;
}

export function groupPods(
  pods: readonly ClusterPod[],
  questions: PolicyQuestions,
  portsOf: (pod: ClusterPod) => readonly TriedPort[],
): PodGroup[] {
  const groups = new Map<string, PodGroup & { readonly pods: ClusterPod[] }>();
  for (const pod of pods) {
    const { hostNetwork } = pod;
    const answers = questions.about(pod);
    const ports = portsOf(pod);
    const key = [hostNetwork, answers.selected, answers.inside, answers.names, ...ports.map(portText)].join(" ");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...answers, pods: [pod], ports, hostNetwork });
    else group.pods.push(pod);
  }
  return [...groups.values()];
}

/** "TCP 8080" */
export function portText({ protocol, port }: TriedPort): string {
  return `${protocol} ${port}`;
}
