import { expect, it } from "vitest";
import { explainVerdict } from "../../../src/commands/policy-explanation.ts";
import { type Cluster, parsePolicies } from "../../../src/kubernetes/index.ts";
import { formatIpv4 } from "../../../src/wire/index.ts";
import { createPolicyCluster, podOf, policy } from "../kubernetes/policies.ts";

function isAllowed(cluster: Cluster, from: string, to: string): boolean {
  const [source, destination] = [podOf(cluster, from), podOf(cluster, to)];
  return cluster.policies.verdict({ source, destination, protocol: "TCP", port: 80 }).isAllowed;
}

/** What a person is told to do so that `from` may connect to `to`. */
function adviceOf(cluster: Cluster, from: string, to: string): string {
  const [source, destination] = [podOf(cluster, from), podOf(cluster, to)];
  const verdict = cluster.policies.verdict({ source, destination, protocol: "TCP", port: 80 });
  return explainVerdict(verdict, source, destination, "TCP 80", cluster.policies.list())[1]!.advice;
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
