import { describe, expect, it } from "vitest";
import { applyPolicies, parsePolicies } from "../../../src/kubernetes/index.ts";
import { adminPolicy, baseline, networkPolicy } from "./policy-objects.ts";

describe("applied policies", () => {
  it("take the place of those of their kind, namespace and name, or come behind", () => {
    const present = parsePolicies(
      [networkPolicy({}), networkPolicy({}, { name: "b" }), adminPolicy({}, { name: "default" }), baseline()],
      "cluster",
    );
    const applied = parsePolicies(
      [networkPolicy({}), networkPolicy({}, { namespace: "other" }), baseline(), adminPolicy()],
      "new",
    );
    const { networkPolicies, adminPolicies } = applyPolicies(present, applied);
    expect(networkPolicies.map(({ namespace, name, origin }) => `${namespace}/${name} ${origin}`)).toEqual([
      "shop/deny new: document 1",
      "shop/b cluster: document 2",
      "other/deny new: document 2",
    ]);
    expect(adminPolicies.map(({ name, isBaseline, origin }) => `${name} ${isBaseline} ${origin}`)).toEqual([
      "default false cluster: document 3",
      "default true new: document 3",
      "rule false new: document 4",
    ]);
  });
});
