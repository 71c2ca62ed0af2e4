/** Policies as JSON for tests. */

export type Json = Readonly<Record<string, unknown>>;

/** NetworkPolicy shop/deny. */
export function networkPolicy(spec: Json, metadata: Json = {}): Json {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "deny", namespace: "shop", ...metadata },
    spec,
  };
}

/** AdminNetworkPolicy rule with priority 5 for all namespaces. */
export function adminPolicy(spec: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: "policy.networking.k8s.io/v1alpha1",
    kind: "AdminNetworkPolicy",
    metadata: { name: "rule", ...metadata },
    spec: { priority: 5, subject: { namespaces: {} }, ...spec },
  };
}

/** BaselineAdminNetworkPolicy default for all namespaces. */
export function baseline(spec: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: "policy.networking.k8s.io/v1alpha1",
    kind: "BaselineAdminNetworkPolicy",
    metadata: { name: "default", ...metadata },
    spec: { subject: { namespaces: {} }, ...spec },
  };
}
