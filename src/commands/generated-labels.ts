/** Labels that controllers give to each pod: they change with every rollout, or tell replicas apart. */
import type { Labels } from "../kubernetes/index.ts";

const GENERATED: ReadonlySet<string> = new Set([
  ...["pod-template-hash", "pod-template-generation", "controller-revision-hash"],
  ...["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"],
  // Jobs have had the last two without a prefix before Kubernetes 1.27, and have both since.
  ...["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "batch.kubernetes.io/job-completion-index"],
  ...["controller-uid", "job-name"],
]);

/** What a selector can go by: the labels that people give. */
export function lastingLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !GENERATED.has(key)));
}
