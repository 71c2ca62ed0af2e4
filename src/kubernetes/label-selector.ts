/** Whether labels meet a selector, as Kubernetes' labels package has it. */
import type { LabelRequirement, LabelSelector } from "./network-policy.ts";

export type Labels = Readonly<Record<string, string>>;

/** The label that every namespace has: its name. */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";

/** Selects everything. */
export const SELECT_ALL: LabelSelector = { matchLabels: {}, matchExpressions: [] };

/** Whether the labels meet all requirements. */
export function matchesLabels({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  for (const key of Object.keys(matchLabels)) if (labelOf(labels, key) !== matchLabels[key]) return false;
  return matchExpressions.every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labelOf(labels, key);
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  return (value !== undefined && values.includes(value)) === (operator === "In");
}

/** A label's value; undefined where there is none, "constructor" too. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** A namespace's labels with that of its name, which the API server gives to each. */
export function labelsOfNamespace(name: string, labels: Labels | undefined): Labels {
  return { ...labels, [NAMESPACE_NAME_LABEL]: name };
}
