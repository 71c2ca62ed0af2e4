/** All policies of a cluster, and what becomes of them when others are applied. */
import type { AdminPolicy, NetworkPolicy } from "./network-policy.ts";

export interface PolicySet {
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly adminPolicies: readonly AdminPolicy[];
}

/** As `kubectl apply` does: a policy takes the place of one of its kind and name, or is added. */
export function applyPolicies(present: PolicySet, applied: PolicySet): PolicySet {
  return {
    networkPolicies: replaced(present.networkPolicies, applied.networkPolicies, networkKey),
    adminPolicies: replaced(present.adminPolicies, applied.adminPolicies, adminKey),
  };
}

function replaced<Policy>(
  present: readonly Policy[],
  applied: readonly Policy[],
  keyOf: (policy: Policy) => string,
): Policy[] {
  const byKey = new Map([...present, ...applied].map((policy) => [keyOf(policy), policy]));
  return [...byKey.values()];
}

function networkKey({ namespace, name }: NetworkPolicy): string {
  return `${namespace}/${name}`;
}

/** A baseline and an administrator's policy of one name are two. */
function adminKey({ isBaseline, name }: AdminPolicy): string {
  return `${isBaseline} ${name}`;
}
