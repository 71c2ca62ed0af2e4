import { describe, expect, it } from "vitest";
import { type EndExplanation, explainVerdict } from "../../../src/commands/index.ts";
import { formatIpv4 } from "../../../src/wire/index.ts";
import { type Cluster, type PolicyDirection, type PolicySet, parsePolicies } from "../../../src/kubernetes/index.ts";
import { adminPolicy, adminRule, createPolicyCluster, labelled, podOf, policy } from "../kubernetes/policies.ts";

/** What is said of the backend's end of a connection from the client. */
function explained(
  cluster: Cluster,
  policies: Partial<PolicySet>,
  direction: PolicyDirection = "ingress",
): EndExplanation {
  cluster.policies.set(policies);
  const [client, backend] = [podOf(cluster, "client"), podOf(cluster, "backend")];
  const [source, destination] = direction === "ingress" ? [client, backend] : [backend, client];
  const verdict = cluster.policies.verdict({ source, destination, protocol: "TCP", port: 80 });
  const scene = { policies: cluster.policies.list(), namespaceLabels: cluster.namespaceLabels };
  return explainVerdict(verdict, { source, destination, service: "TCP 80" }, scene).find(
    (end) => end.direction === direction,
  )!;
}

/** The rule in an advice, as a policy of its own that selects the backend. */
function advised(advice: string, direction: PolicyDirection): PolicySet {
  const rule = JSON.parse(/rule (\{.*\})/.exec(advice)![1]!) as object;
  const types = direction === "ingress" ? ["Ingress"] : ["Egress"];
  const spec = { podSelector: { matchLabels: { app: "backend" } }, policyTypes: types, [direction]: [rule] };
  const metadata = { name: "advised", namespace: "default" };
  return parsePolicies([{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec }], "advised");
}

describe("an advice", () => {
  it("leaves labels out that controllers give", () => {
    const cluster = createPolicyCluster("flannel");
    cluster.relabel(podOf(cluster, "client"), {
      app: "client",
      "pod-template-hash": "5d5f9c7b8",
      "controller-revision-hash": "web-6d",
      "statefulset.kubernetes.io/pod-name": "web-0",
      "apps.kubernetes.io/pod-index": "0",
      "pod-template-generation": "1",
      "batch.kubernetes.io/controller-uid": "x",
      "batch.kubernetes.io/job-name": "y",
      "controller-uid": "x",
      "job-name": "y",
    });
    expect(explained(cluster, { networkPolicies: [policy("deny", { ingress: [] })] }).advice).toContain(
      `{"podSelector":{"matchLabels":{"app":"client"}}}`,
    );
  });

  it.each(["ingress", "egress"] as const)(
    "against a baseline is a NetworkPolicy, which allows it in %s",
    (direction) => {
      const cluster = createPolicyCluster("flannel");
      const deny = adminRule("Deny", [{ kind: "namespaces", selector: labelled() }]);
      const baseline = adminPolicy("default", Infinity, { isBaseline: true, [direction]: [deny] });
      const { advice, isAllowed, place } = explained(cluster, { adminPolicies: [baseline] }, direction);
      expect([isAllowed, place]).toEqual([false, `test, spec.${direction}[0]`]);
      expect(advice).toMatch(/^a baseline holds where no NetworkPolicy selects the pod: /);
      const after = { ...advised(advice, direction), adminPolicies: [baseline] };
      expect(explained(cluster, after, direction).isAllowed).toBe(true);
    },
  );

  it("against an administrator is an administrator's, and each policy is found by its kind", () => {
    const deny = adminRule("Deny", [{ kind: "namespaces", selector: labelled() }]);
    const policies = [
      adminPolicy("default", Infinity, { isBaseline: true, ingress: [deny], origin: "baseline" }),
      adminPolicy("default", 5, { ingress: [deny], origin: "admin" }),
    ];
    const { advice, place } = explained(createPolicyCluster("flannel"), { adminPolicies: policies });
    expect(advice).toContain("put a rule with action Allow before that one");
    expect(place).toBe("admin, spec.ingress[0]");
  });
});

function isAllowed(cluster: Cluster, from: string, to: string): boolean {
  const [source, destination] = [podOf(cluster, from), podOf(cluster, to)];
  return cluster.policies.verdict({ source, destination, protocol: "TCP", port: 80 }).isAllowed;
}

/** What a person is told to do so that `from` may connect to `to`. */
function adviceOf(cluster: Cluster, from: string, to: string): string {
  const [source, destination] = [podOf(cluster, from), podOf(cluster, to)];
  const verdict = cluster.policies.verdict({ source, destination, protocol: "TCP", port: 80 });
  const scene = { policies: cluster.policies.list(), namespaceLabels: cluster.namespaceLabels };
  return explainVerdict(verdict, { source, destination, service: "TCP 80" }, scene)[1]!.advice;
}

it("selects the other end by its labels, and by its address where it has none", () => {
  const cluster = createPolicyCluster("flannel");
  cluster.policies.set({ networkPolicies: [policy("closed", { ingress: [] })] });
  cluster.addPod({ name: "plain", node: "node-2" });
  cluster.addPod({ name: "far", node: "node-2", kubernetesNamespace: "elsewhere" });
  expect(adviceOf(cluster, "frontend", "backend")).toBe(
    'to allow it, give a policy that selects default/backend the ingress rule { "from": [{"podSelector":{"matchLabels":{"app":"frontend"}}}], "ports": [{"protocol":"TCP","port":80}] }',
  );
  for (const name of ["plain", "far"]) {
    const { fullName, address } = podOf(cluster, name);
    const block = `{"ipBlock":{"cidr":"${formatIpv4(address)}/32"}}`;
    const advice = adviceOf(cluster, name, "backend");
    expect(advice).toBe(
      `${fullName} has no labels to select it by: to allow it, give it a label, or for as long as it has its address give a policy that selects default/backend the ingress rule { "from": [${block}], "ports": [{"protocol":"TCP","port":80}] }`,
    );
    const [rule] = /\{ "from".* \}$/.exec(advice)!;
    const spec = { podSelector: {}, ingress: [JSON.parse(rule) as object] };
    const document = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "allow" }, spec };
    cluster.policies.set(parsePolicies([document], "advice"));
    // What is advised lets this pod in, and no other.
    expect(["plain", "far", "client"].filter((other) => isAllowed(cluster, other, "backend"))).toEqual([name]);
    cluster.policies.set({ networkPolicies: [policy("closed", { ingress: [] })] });
  }
});
