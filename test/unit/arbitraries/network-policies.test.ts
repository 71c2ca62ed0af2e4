import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adminPolicies,
  buildPolicyCluster,
  labelSelector,
  labelSet,
  NAMESPACE_VOCABULARY,
  networkPolicy,
  POD_VOCABULARY,
  policyCluster,
  type PolicyManifest,
} from "../../../src/arbitraries/index.ts";
import { CNI_NAMES, createCni, matchesLabels, parsePolicies, policyWarnings } from "../../../src/kubernetes/index.ts";

const SAMPLE = { numRuns: 120, seed: 1 };

/** What fails shrinks to this. */
function smallest<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): T {
  return fc.check(fc.property(arbitrary, holds), SAMPLE).counterexample![0];
}

/** The share of those that pass. */
function shareOf<T>(values: readonly T[], passes: (value: T) => boolean): number {
  return values.filter(passes).length / values.length;
}

describe("labels", () => {
  it("are of the vocabulary, any key present or not", () => {
    const sets = fc.sample(labelSet(), SAMPLE);
    for (const labels of sets)
      for (const [key, value] of Object.entries(labels)) expect(POD_VOCABULARY[key]).toContain(value);
    for (const key of Object.keys(POD_VOCABULARY)) {
      expect(shareOf(sets, (labels) => Object.hasOwn(labels, key))).toBeGreaterThan(0.3);
      expect(shareOf(sets, (labels) => !Object.hasOwn(labels, key))).toBeGreaterThan(0.1);
    }
  });

  it("are selected often, and often not; with every operator", () => {
    const selectors = fc.sample(labelSelector(), SAMPLE);
    const sets = fc.sample(labelSet(), SAMPLE);
    const isMatch = (index: number): boolean => {
      const { matchLabels = {}, matchExpressions = [] } = selectors[index]!;
      const requirements = matchExpressions.map(({ values = [], ...rest }) => ({ values, ...rest }));
      return matchesLabels({ matchLabels, matchExpressions: requirements }, sets[index]!);
    };
    const share = shareOf([...selectors.keys()], isMatch);
    expect([share > 0.3, share < 0.8]).toEqual([true, true]);
    const operators = selectors.flatMap(({ matchExpressions = [] }) =>
      matchExpressions.map(({ operator }) => operator),
    );
    expect(new Set(operators)).toEqual(new Set(["In", "NotIn", "Exists", "DoesNotExist"]));
  });

  it("take another vocabulary", () => {
    const labels = fc.sample(labelSet({ only: ["one"] }), 20);
    expect(new Set(labels.map((set) => JSON.stringify(set)))).toEqual(new Set(["{}", '{"only":"one"}']));
    expect(Object.keys(NAMESPACE_VOCABULARY)).toEqual(["team", "stage"]);
  });
});

describe("policies", () => {
  /** The words of keys, wherever they are. */
  function keysIn(policies: readonly PolicyManifest[]): Set<string> {
    return new Set(Array.from(JSON.stringify(policies).matchAll(/"(\w+)":/g), ([, key]) => key!));
  }

  it("are all taken, and have all that there is", () => {
    const policies = fc.sample(networkPolicy(), SAMPLE);
    for (const policy of policies) expect(parsePolicies([policy], "").networkPolicies).toHaveLength(1);
    const expected = ["from", "to", "ports", "port", "endPort", "protocol", "ipBlock", "except", "namespaceSelector"];
    for (const key of [...expected, "podSelector", "policyTypes", "ingress", "egress"])
      expect(keysIn(policies)).toContain(key);
    expect(JSON.stringify(policies)).toMatch(/"port":"web"/);
  });

  it("of administrators are all taken, no two of one priority", () => {
    const lists = fc.sample(adminPolicies(), SAMPLE);
    for (const list of lists) {
      const parsed = parsePolicies(list, "").adminPolicies;
      expect(parsed).toHaveLength(list.length);
      expect(new Set(parsed.map(({ priority }) => priority)).size).toBe(list.length);
    }
    const keys = keysIn(lists.flat());
    for (const key of ["namespaces", "pods", "networks", "portNumber", "portRange", "namedPort"])
      expect(keys).toContain(key);
    for (const action of ["Allow", "Deny", "Pass"]) expect(JSON.stringify(lists)).toContain(`"action":"${action}"`);
    expect(lists.flat().some(({ kind }) => kind === "BaselineAdminNetworkPolicy")).toBe(true);
  });

  it("shrink to one that selects all pods and has no rules", () => {
    const { spec, metadata } = smallest(networkPolicy(), () => false);
    expect(metadata).toEqual({ name: "policy-0", namespace: "shop" });
    expect(spec).toEqual({ podSelector: {} });
  });

  it("stay within their options", () => {
    const policies = fc.sample(
      networkPolicy({ namespaces: ["one"], portNumbers: [7], portNames: ["x"], maxRules: 1 }),
      100,
    );
    for (const { metadata, spec } of policies) {
      expect(metadata.namespace).toBe("one");
      expect((spec["ingress"] as unknown[] | undefined)?.length ?? 0).toBeLessThan(2);
      expect(JSON.stringify(spec)).not.toMatch(/"port":"(?!x")/);
    }
  });
});

describe("policy clusters", () => {
  it("can be built under every plugin, and their policies matter to them", () => {
    const plans = fc.sample(policyCluster(), { numRuns: 39, seed: 1 });
    let [policies, useless] = [0, 0];
    for (const [index, plan] of plans.entries()) {
      const cluster = buildPolicyCluster(plan, { cni: createCni(CNI_NAMES[index % CNI_NAMES.length]!), slotCount: 64 });
      expect(cluster.pods).toHaveLength(plan.pods.length);
      const warnings = policyWarnings(cluster.policies.list(), cluster.pods, cluster.namespaceLabels);
      policies += plan.policies.length;
      useless += warnings.filter(
        ({ text }) => text.startsWith("selects no") || text.startsWith("namespace has no"),
      ).length;
    }
    expect(policies).toBeGreaterThan(80);
    expect(useless / policies).toBeLessThan(0.4);
  });

  it("are as large as is asked for, and shrink to two pods without policies", () => {
    const options = { nodeCount: 3, maxPods: 4, maxPolicies: 1, maxAdminPolicies: 0, hostNetwork: false };
    for (const { nodes, pods, policies } of fc.sample(policyCluster(options), 50)) {
      expect([nodes.length, pods.length <= 4, policies.length <= 1]).toEqual([3, true, true]);
      expect(pods.some(({ hostNetwork }) => hostNetwork === true)).toBe(false);
    }
    const { pods, policies } = smallest(policyCluster(), () => false);
    expect(policies).toEqual([]);
    expect(pods.map(({ name, labels }) => [name, labels])).toEqual([
      ["pod-1", {}],
      ["pod-2", {}],
    ]);
  });
});
