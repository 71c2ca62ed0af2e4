/** All policies of a cluster, and what becomes of them when others are applied. */
import type { AdminPolicy, NetworkPolicy } from "./network-policy.ts";
import type { PolicyKind } from "./policy-decisions.ts";

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

/** What `kubectl apply` or `kubectl delete` says of one policy. */
export interface PolicyChange {
  readonly kind: PolicyKind;
  readonly name: string;
  /** "" for an administrator's. */
  readonly namespace: string;
  readonly outcome: "created" | "configured" | "unchanged" | "deleted" | "not found";
}

/** What applying these does to each of them: where it was read makes no difference. */
export function policyChanges(present: PolicySet, applied: PolicySet): PolicyChange[] {
  const known = new Map(entriesOf(present).map(({ key, policy }) => [key, contentOf(policy)]));
  return entriesOf(applied).map(({ key, policy, change }) => {
    const before = known.get(key);
    const outcome = before === undefined ? "created" : before === contentOf(policy) ? "unchanged" : "configured";
    return { ...change, outcome };
  });
}

/** As `kubectl delete` does: policies of these kinds, namespaces and names are gone, whatever they say. */
export function deletePolicies(
  present: PolicySet,
  deleted: PolicySet,
): { readonly policies: PolicySet; readonly changes: PolicyChange[] } {
  const known = new Set(entriesOf(present).map(({ key }) => key));
  const gone = entriesOf(deleted);
  const keys = new Set(gone.map(({ key }) => key));
  return {
    policies: {
      networkPolicies: present.networkPolicies.filter((policy) => !keys.has(`NetworkPolicy ${networkKey(policy)}`)),
      adminPolicies: present.adminPolicies.filter((policy) => !keys.has(`${adminKind(policy)} ${policy.name}`)),
    },
    changes: gone.map(({ key, change }) => ({ ...change, outcome: known.has(key) ? "deleted" : "not found" })),
  };
}

interface PolicyEntry {
  /** "NetworkPolicy default/deny" */
  readonly key: string;
  readonly policy: NetworkPolicy | AdminPolicy;
  readonly change: Omit<PolicyChange, "outcome">;
}

function entriesOf({ networkPolicies, adminPolicies }: PolicySet): PolicyEntry[] {
  return [
    ...networkPolicies.map((policy): PolicyEntry => {
      const { name, namespace } = policy;
      return { key: `NetworkPolicy ${networkKey(policy)}`, policy, change: { kind: "NetworkPolicy", name, namespace } };
    }),
    ...adminPolicies.map((policy): PolicyEntry => {
      const [kind, { name }] = [adminKind(policy), policy];
      return { key: `${kind} ${name}`, policy, change: { kind, name, namespace: "" } };
    }),
  ];
}

function contentOf({ origin: _origin, ...content }: NetworkPolicy | AdminPolicy): string {
  return JSON.stringify(content);
}

function adminKind({ isBaseline }: AdminPolicy): PolicyKind {
  return isBaseline ? "BaselineAdminNetworkPolicy" : "AdminNetworkPolicy";
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
