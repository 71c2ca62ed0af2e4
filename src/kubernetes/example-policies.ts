/** Policies for the example cluster: frontend reaches backend, and backend the database, which frontend does not reach. */
import { type ParsedPolicies, parsePolicyFile } from "./policy-file.ts";

/** What the example's policies are called where a file's name stands. */
export const EXAMPLE_POLICY_NAME = "example";

/** An ingress policy for the pods of one app, from those of another, to one port by its name. */
function allow(app: string, from: string, port: string): object {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: app, namespace: "default" },
    spec: {
      podSelector: { matchLabels: { app } },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: from } } }], ports: [{ protocol: "TCP", port }] }],
    },
  };
}

/** As a file, to start from. */
export function examplePolicyText(): string {
  const items = [allow("backend", "frontend", "http"), allow("database", "backend", "postgres")];
  return `${JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2)}\n`;
}

/** The same, read. */
export function examplePolicies(): ParsedPolicies {
  return parsePolicyFile(examplePolicyText(), EXAMPLE_POLICY_NAME);
}
