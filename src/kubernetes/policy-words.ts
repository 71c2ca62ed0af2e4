/** What policies decided, in words a person can act on. */
import type { DecisionDescription, PolicyDirection, PolicyKind } from "./policy-decisions.ts";

/** The connection that was decided on. */
export interface DecidedConnection {
  /** Who is at the other end. */
  readonly remote: string;
  /** "TCP 8080". */
  readonly service: string;
}

const KINDS: Readonly<Record<PolicyKind, string>> = {
  NetworkPolicy: "policy",
  AdminNetworkPolicy: "admin policy",
  BaselineAdminNetworkPolicy: "baseline policy",
};

const PREPOSITIONS: Readonly<Record<PolicyDirection, string>> = { ingress: "from", egress: "to" };

/** "policy default/backend: ingress rule 1 allows TCP 8080 from default/frontend". Rules are counted from 1. */
export function explainDecision(decision: DecisionDescription, { remote, service }: DecidedConnection): string {
  const { direction, isAllowed, kind, policy, rule, ruleName, isolatedBy } = decision;
  const connection = `${service} ${PREPOSITIONS[direction]} ${remote}`;
  if (policy === null) return `isolated by ${isolatedBy.join(", ")}: no ${direction} rule allows ${connection}`;
  const name = ruleName === "" ? "" : ` (${ruleName})`;
  return `${KINDS[kind]} ${policy}: ${direction} rule ${rule! + 1}${name} ${isAllowed ? "allows" : "denies"} ${connection}`;
}
