import { describe, expect, it } from "vitest";
import { type Cluster, CNI_NAMES, type PolicyQuery, type PolicyTable } from "../../../src/kubernetes/index.ts";
import { HopRecorder } from "../../../src/datapath/index.ts";
import { parseIpv4 } from "../../../src/wire/index.ts";
import {
  adminPolicy,
  adminRule,
  block,
  connects,
  createPolicyCluster,
  labelled,
  pings,
  podOf,
  policy,
  pods,
  port,
  rule,
} from "./policies.ts";

const FRONTEND = pods({ app: "frontend" });

function ask(
  cluster: Cluster,
  source: string,
  destination: string,
  toPort: number,
  protocol: PolicyQuery["protocol"] = "TCP",
): ReturnType<PolicyTable["verdict"]> {
  const end = (name: string): PolicyQuery["source"] => podOf(cluster, name) ?? parseIpv4(name);
  return cluster.policies.verdict({ source: end(source), destination: end(destination), protocol, port: toPort });
}

function allows(
  cluster: Cluster,
  source: string,
  destination: string,
  toPort: number,
  protocol: PolicyQuery["protocol"] = "TCP",
): boolean {
  return ask(cluster, source, destination, toPort, protocol).isAllowed;
}

describe("the verdict on a connection", () => {
  it("is allowed by nobody where no policy selects", () => {
    const cluster = createPolicyCluster("calico");
    expect(ask(cluster, "client", "backend", 80).ingress).toEqual({
      isAllowed: true,
      isIsolated: false,
      policies: [],
      policy: null,
      kind: null,
      rule: null,
      reason: "no ingress policy isolates default/backend",
    });
  });

  it("names the policy and the rule that allow, and those that isolate where none does", () => {
    const cluster = createPolicyCluster("calico");
    cluster.policies.set({
      networkPolicies: [
        policy("deny-all", { ingress: [] }),
        policy("backend", {
          podSelector: labelled({ app: "backend" }),
          ingress: [rule([pods({ app: "database" })]), rule([FRONTEND], [port("TCP", 8080)])],
        }),
      ],
    });
    expect(ask(cluster, "frontend", "backend", 8080).ingress).toEqual({
      isAllowed: true,
      isIsolated: true,
      policies: ["default/backend", "default/deny-all"],
      policy: "default/backend",
      kind: "NetworkPolicy",
      rule: 1,
      reason: "policy default/backend: ingress rule 2 allows TCP 8080 from default/frontend",
    });
    const { isAllowed, ingress, egress } = ask(cluster, "client", "backend", 8080);
    expect([isAllowed, egress.isAllowed, ingress.policy, ingress.rule]).toEqual([false, true, null, null]);
    expect(ingress.reason).toBe(
      "isolated by default/backend, default/deny-all: no ingress rule allows TCP 8080 from default/client",
    );
  });

  it("takes ports by number, range and name, of the pod that is connected to", () => {
    const cluster = createPolicyCluster("calico");
    cluster.policies.set({
      networkPolicies: [
        policy("ports", {
          podSelector: labelled({ app: "backend" }),
          ingress: [rule(null, [port("TCP", "http"), port("UDP", 5000, 5010), port("SCTP")])],
        }),
        policy("egress", {
          podSelector: labelled({ app: "client" }),
          egress: [rule([FRONTEND], [port("TCP", "metrics")])],
        }),
      ],
    });
    expect([8079, 8080, 8081].map((number) => allows(cluster, "database", "backend", number))).toEqual([
      false,
      true,
      false,
    ]);
    expect([4999, 5000, 5010, 5011].map((number) => allows(cluster, "database", "backend", number, "UDP"))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([
      allows(cluster, "database", "backend", 7, "SCTP"),
      allows(cluster, "database", "backend", 0, "ICMP"),
    ]).toEqual([true, false]);
    expect([9100, 8080].map((number) => allows(cluster, "client", "frontend", number))).toEqual([true, false]);
    expect(allows(cluster, "client", "10.9.9.9", 9100)).toBe(false);
  });

  it("lets ICMP through where a rule names no ports", () => {
    const cluster = createPolicyCluster("calico");
    cluster.policies.set({ networkPolicies: [policy("all", { ingress: [rule([FRONTEND])] })] });
    expect([pings(cluster, "frontend", "backend"), pings(cluster, "client", "backend")]).toEqual([true, false]);
  });

  it("takes address ranges without their exceptions, for pods and for others", () => {
    const cluster = createPolicyCluster("flannel");
    const { address } = podOf(cluster, "database");
    const [first, second] = [podOf(cluster, "frontend"), podOf(cluster, "database")];
    expect([first.address >>> 8, second.address >>> 8]).toEqual([
      parseIpv4("10.244.1.0") >>> 8,
      parseIpv4("10.244.2.0") >>> 8,
    ]);
    cluster.policies.set({
      networkPolicies: [
        policy("ranges", {
          podSelector: labelled({ app: "backend" }),
          ingress: [
            rule([
              block("10.244.0.0/16", "10.244.2.0/24"),
              block("203.0.113.0/24", "203.0.113.128/25", "203.0.113.7/32"),
            ]),
          ],
        }),
      ],
    });
    expect(address).toBeGreaterThan(0);
    expect(
      ["frontend", "database", "203.0.113.1", "203.0.113.7", "203.0.113.128", "198.51.100.1"].map((source) =>
        allows(cluster, source, "backend", 80),
      ),
    ).toEqual([true, false, true, false, false, false]);
  });

  it("asks administrators' policies by priority, then NetworkPolicies, then the baseline", () => {
    const cluster = createPolicyCluster("calico");
    const everybody = [{ kind: "namespaces", selector: labelled() }] as const;
    cluster.policies.set({
      adminPolicies: [
        adminPolicy("late", 20, { ingress: [adminRule("Allow", everybody)] }),
        adminPolicy("early", 10, {
          ingress: [
            adminRule("Deny", everybody, [port("TCP", 23)]),
            adminRule("Pass", everybody, [port("TCP", 8080)]),
            { ...adminRule("Allow", everybody, [port("TCP", 22, 24)]), name: "remote" },
          ],
        }),
        adminPolicy("default", Infinity, { isBaseline: true, ingress: [adminRule("Deny", everybody)] }),
      ],
      networkPolicies: [policy("backend", { podSelector: labelled({ app: "backend" }), ingress: [rule([FRONTEND])] })],
    });
    expect(ask(cluster, "frontend", "backend", 23).ingress.reason).toBe(
      "admin policy early: ingress rule 1 denies TCP 23 from default/frontend",
    );
    expect(ask(cluster, "client", "backend", 22).ingress.reason).toBe(
      "admin policy early: ingress rule 3 (remote) allows TCP 22 from default/client",
    );
    expect(ask(cluster, "client", "backend", 80).ingress).toMatchObject({
      isAllowed: true,
      policy: "late",
      kind: "AdminNetworkPolicy",
      policies: ["early", "late", "default/backend", "default"],
    });
    expect([allows(cluster, "frontend", "backend", 8080), allows(cluster, "client", "backend", 8080)]).toEqual([
      true,
      false,
    ]);
    expect(ask(cluster, "frontend", "client", 8080).ingress.reason).toBe(
      "baseline policy default: ingress rule 1 denies TCP 8080 from default/frontend",
    );
    expect([connects(cluster, "frontend", "backend", 8080), connects(cluster, "frontend", "client", 8080)]).toEqual([
      true,
      false,
    ]);
  });

  it("lets the own node through, and asks about what goes there as the plugin does", () => {
    const answers = ["weave", "calico", "cilium", "flannel", "kubenet"].map((cni) => {
      const cluster = createPolicyCluster(cni);
      cluster.policies.set({ networkPolicies: [policy("deny", { ingress: [], egress: [] })] });
      return [
        allows(cluster, "192.168.1.10", "backend", 80),
        allows(cluster, "192.168.1.20", "backend", 80),
        allows(cluster, "backend", "192.168.1.10", 80),
      ];
    });
    expect(answers).toEqual([
      [true, false, true],
      [true, false, false],
      [true, false, false],
      [true, false, false],
      [true, false, false],
    ]);
  });

  it("is that echo requests pass where kube-router enforces, and else that they pass rules without ports", () => {
    const answers = CNI_NAMES.map((cni) => {
      const cluster = createPolicyCluster(cni);
      const anything = policy("anything", { podSelector: labelled({ app: "database" }), ingress: [rule(null)] });
      cluster.policies.set({
        networkPolicies: [policy("http", { ingress: [rule(null, [port("TCP", 80)])] }), anything],
      });
      const { ingress } = cluster.policies.verdict({
        source: podOf(cluster, "client"),
        destination: podOf(cluster, "backend"),
        protocol: "ICMP",
      });
      expect(allows(cluster, "client", "database", 0, "ICMP")).toBe(true);
      return [cni, ingress.isAllowed, ingress.policy];
    });
    const passing = answers.filter(([, isAllowed]) => isAllowed).map(([cni]) => cni);
    expect(passing).toEqual(CNI_NAMES.filter((cni) => /^(flannel|kubenet)/.test(cni)));
    expect(answers.every(([, , by]) => by === null)).toBe(true);
  });

  it("knows pods with hostNetwork by their node's address alone, and no policy selects them", () => {
    const cluster = createPolicyCluster("calico");
    cluster.addPod({ name: "agent", node: "node-2", hostNetwork: true, labels: { app: "frontend" } });
    cluster.policies.set({ networkPolicies: [policy("some", { ingress: [rule([FRONTEND])], egress: [] })] });
    expect([allows(cluster, "agent", "backend", 80), allows(cluster, "frontend", "agent", 80)]).toEqual([false, false]);
    expect(ask(cluster, "agent", "backend", 80).egress.isAllowed).toBe(true);
    cluster.policies.set({ networkPolicies: [policy("node", { ingress: [rule([block("192.168.1.20/32")])] })] });
    expect(allows(cluster, "agent", "backend", 80)).toBe(true);
  });

  it("is nobody's business within a pod", () => {
    const cluster = createPolicyCluster("calico");
    cluster.policies.set({ networkPolicies: [policy("deny", { ingress: [], egress: [] })] });
    expect([allows(cluster, "backend", "backend", 80), connects(cluster, "backend", "backend", 8080)]).toEqual([
      true,
      true,
    ]);
  });
});

describe("policies", () => {
  const toBackend = policy("backend", { podSelector: labelled({ app: "backend" }), ingress: [rule([FRONTEND])] });

  it("go by labels as they are when a connection begins", () => {
    const cluster = createPolicyCluster("cilium");
    cluster.policies.set({ networkPolicies: [toBackend] });
    expect(connects(cluster, "client", "backend", 8080)).toBe(false);
    cluster.relabel(podOf(cluster, "client"), { app: "frontend" });
    expect(connects(cluster, "client", "backend", 8080)).toBe(true);
    cluster.relabel(podOf(cluster, "client"), {});
    expect(connects(cluster, "client", "backend", 8080)).toBe(false);
  });

  it("go by labels of namespaces, the name among them", () => {
    const cluster = createPolicyCluster("calico");
    cluster.addPod({ name: "monitor", kubernetesNamespace: "tools", node: "node-2" });
    const from = (labels: Record<string, string>): void =>
      cluster.policies.set({ networkPolicies: [policy("from", { ingress: [rule([pods(null, labels)])] })] });
    from({ "kubernetes.io/metadata.name": "tools" });
    expect([allows(cluster, "tools/monitor", "backend", 80), allows(cluster, "client", "backend", 80)]).toEqual([
      true,
      false,
    ]);
    from({ team: "ops" });
    expect(allows(cluster, "tools/monitor", "backend", 80)).toBe(false);
    cluster.relabelNamespace("tools", { team: "ops" });
    expect(allows(cluster, "tools/monitor", "backend", 80)).toBe(true);
  });

  it("hold for pods that come later", () => {
    const cluster = createPolicyCluster("weave");
    cluster.policies.set({ networkPolicies: [toBackend] });
    cluster.addPod({ name: "late", node: "node-2", labels: { app: "frontend" } });
    cluster.addPod({ name: "stranger", node: "node-2" });
    expect([connects(cluster, "late", "backend", 8080), connects(cluster, "stranger", "backend", 8080)]).toEqual([
      true,
      false,
    ]);
  });

  it("filter nothing and track nothing while there has never been one", () => {
    const cluster = createPolicyCluster("calico");
    connects(cluster, "frontend", "backend", 8080);
    expect([cluster.policies.isTracking, cluster.policies.filters(podOf(cluster, "backend"))]).toEqual([
      false,
      undefined,
    ]);
    cluster.policies.set({});
    expect(cluster.policies.isTracking).toBe(false);
    cluster.policies.set({ networkPolicies: [toBackend] });
    expect(cluster.policies.isTracking).toBe(true);
    cluster.policies.set({});
    expect([connects(cluster, "client", "backend", 8080), cluster.policies.list()]).toEqual([
      true,
      { networkPolicies: [], adminPolicies: [] },
    ]);
  });

  it("count what they allow by connections, and what they refuse by packets", () => {
    const cluster = createPolicyCluster("calico");
    cluster.policies.set({ networkPolicies: [toBackend] });
    connects(cluster, "frontend", "backend", 8080);
    connects(cluster, "client", "backend", 8080);
    expect(cluster.policies.counters()).toMatchObject([
      { policy: "default/backend", rule: 0, isAllowed: true, direction: "ingress", packets: 1 },
      { policy: null, rule: null, isAllowed: false, isolatedBy: ["default/backend"], packets: 1 },
    ]);
  });

  it.each(["flannel", "calico", "cilium"])("are told of in the hops under %s", (cni) => {
    const cluster = createPolicyCluster(cni);
    connects(cluster, "frontend", "backend", 8080);
    connects(cluster, "client", "backend", 8080);
    cluster.policies.set({ networkPolicies: [toBackend] });
    const told: string[] = [];
    cluster.engine.observer = new HopRecorder(cluster.engine, [
      { hop: ({ comment, verdict }) => verdict !== undefined && told.push(`${comment} [${verdict}]`) },
    ]);
    connects(cluster, "frontend", "backend", 8080);
    expect(
      told.some((text) =>
        text.includes("policy default/backend: ingress rule 1 allows TCP 8080 from default/frontend"),
      ),
    ).toBe(true);
    expect(told.some((text) => text.includes("established, allowed by policy default/backend"))).toBe(true);
    told.length = 0;
    connects(cluster, "client", "backend", 8080);
    const reason = cni === "cilium" ? "DROP_POLICY" : "NETFILTER_DROP";
    expect(told.at(-1)).toContain(
      "isolated by default/backend: no ingress rule allows TCP 8080 from default/client; dropped at node-1/",
    );
    expect(told.at(-1)).toContain(`${reason}`);
    expect(told.at(-1)).toContain("[default/backend]");
  });
});
