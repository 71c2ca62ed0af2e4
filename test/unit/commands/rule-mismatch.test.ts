import { describe, expect, it } from "vitest";
import { ruleFits } from "../../../src/commands/index.ts";
import type { NetworkPolicy, PolicyDirection, PolicyRule } from "../../../src/kubernetes/index.ts";
import { block, createPolicyCluster, labelled, podOf, policy, pods, port, rule } from "../kubernetes/policies.ts";

const cluster = createPolicyCluster("flannel");
const frontend = podOf(cluster, "frontend");
cluster.addPod({ name: "far", kubernetesNamespace: "other", node: "node-1", labels: { app: "far" } });
cluster.relabelNamespace("other", { team: "ops" });

/** What is said of a rule of a policy that selects the frontend, about another pod or an address. */
function said(
  asked: string | number,
  askedRule: PolicyRule,
  service: string = "TCP 6379",
  direction: PolicyDirection = "ingress",
): string {
  const other = typeof asked === "number" ? asked : cluster.pods.find(({ name }) => name === asked)!;
  const own: NetworkPolicy = policy("own", { podSelector: labelled({ app: "frontend" }), [direction]: [askedRule] });
  const question = { direction, end: frontend, other, service, namespaceLabels: cluster.namespaceLabels };
  const [fit] = ruleFits(own, question);
  expect(fit!.place).toBe(`spec.${direction}[0]`);
  return fit!.text;
}

describe("the first thing about a rule that does not fit", () => {
  const backend = pods({ app: "backend" });

  it.each([
    [[port("TCP", 80), port("TCP", 90, 99)], "its ports are TCP 80, TCP 90-99"],
    [[port("UDP"), port("TCP", "http")], "its ports are UDP of any port, TCP http (8080 of default/frontend)"],
    [[port("TCP", "none")], "its ports are TCP none (default/frontend has no port of that name)"],
  ])("is its ports: %j", (ports, text) => {
    expect(said("backend", rule([backend], ports))).toBe(`allows from default/backend, but ${text}`);
  });

  it("is that it has ports, for ICMP", () => {
    expect(said("backend", rule(null, [port("TCP", 80)]), "ICMP")).toBe(
      "allows from default/backend, but only TCP 80: ICMP has no ports",
    );
  });

  it.each([
    ["client", pods({ app: "backend" }), "pods with app=backend; default/client has app=client"],
    ["client", pods({ tier: "x" }), "pods with tier=x; default/client has no label tier"],
    [
      "far",
      pods(null),
      "all pods of the policy's own namespace, default; other/far is in other: a namespaceSelector is missing",
    ],
    [
      "far",
      pods({ app: "x" }),
      "pods with app=x of the policy's own namespace, default; other/far has app=far, and other/far is in other: a namespaceSelector is missing",
    ],
    ["far", pods({}, { team: "web" }), "all pods of namespaces with team=web; namespace other has team=ops"],
    ["far", pods({ app: "x" }, {}), "pods with app=x of all namespaces; other/far has app=far"],
    ["client", block("172.17.0.0/16"), "172.17.0.0/16; default/client has 10.244.2.3"],
    [0x08080808, block("8.0.0.0/8", "8.8.0.0/16"), "8.0.0.0/8 except 8.8.0.0/16; 8.8.8.8 is in 8.8.0.0/16"],
    [0x08080808, block("9.0.0.0/8"), "9.0.0.0/8; 8.8.8.8 is not in it"],
    [0x08080808, pods(null), "all pods; 8.8.8.8 is no pod's own address: an ipBlock is missing"],
  ])("is whom it allows: not %s by %j", (other, peer, text) => {
    expect(said(other, rule([peer]))).toBe(`allows any port, but only from ${text}`);
    expect(said(other, rule([peer], [port("TCP", 6379)]), "TCP 6379", "egress")).toBe(
      `allows TCP 6379, but only to ${text}`,
    );
  });

  it("is both, and all of several peers with their reasons", () => {
    expect(said("client", rule([backend], [port("TCP", 80)]))).toBe(
      "allows only TCP 80, and that only from pods with app=backend; default/client has app=client",
    );
    expect(said("client", rule([backend, block("9.0.0.0/8")]))).toBe(
      "allows any port, but only from pods with app=backend (default/client has app=client) or from 9.0.0.0/8 (default/client has 10.244.2.3)",
    );
    expect(said("client", rule([]))).toBe("allows any port, but only from IPv6 addresses");
  });

  it("says what a selector asks as kubectl has it, and which labels stand in the way", () => {
    const podSelector = {
      matchLabels: { app: "client" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["a", "b"] },
        { key: "app", operator: "NotIn", values: ["client"] },
        { key: "old", operator: "DoesNotExist", values: [] },
        { key: "new", operator: "Exists", values: [] },
      ],
    } as const;
    expect(said("client", rule([{ kind: "pods", podSelector, namespaceSelector: null }]))).toBe(
      "allows any port, but only from pods with app=client,tier in (a,b),app notin (client),!old,new; default/client has no label tier and app=client and no label new",
    );
  });

  it("is nothing where the rule allows it", () => {
    expect(said("backend", rule([backend], [port("TCP", 6000, 7000)]))).toBe("");
  });
});
