import { describe, expect, it } from "vitest";
import { expectedPorts, parseExpectations } from "../../../src/commands/index.ts";
import { createPolicyCluster } from "../kubernetes/policies.ts";

/** The pods that get packets for an expectation, or what is said against it. */
function tested(from: string, to: string): string[] | string {
  const cluster = createPolicyCluster("flannel");
  const add = (name: string, kubernetesNamespace: string, hostNetwork: boolean = false): void =>
    void cluster.addPod({ name, kubernetesNamespace, node: "node-1", hostNetwork });
  for (const namespace of ["one", "two"]) add("twin", namespace);
  add("frontend", "one");
  add("single", "two");
  add("proxy", "kube-system", true);
  add("agent", "kube-system", true);
  const text = JSON.stringify([
    { from: "client", to: "*", allowed: true },
    { from, to, tcp: 999, allowed: true },
  ]);
  try {
    const portsOf = expectedPorts(cluster, parseExpectations(text));
    return cluster.pods.filter((pod) => portsOf(pod).some(({ port }) => port === 999)).map(({ fullName }) => fullName);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message;
  }
}

describe("an expectation's pods", () => {
  it.each([
    ["client", "single", ["two/single"]],
    ["single", "frontend", ["default/frontend"]],
    ["two/*", "one/frontend", ["one/frontend"]],
    ["*", "two/*", ["two/twin", "two/single"]],
    ["two/*", "two/*", ["two/twin", "two/single"]],
  ])("from %s to %s are found by the name alone where it says enough", (from, to, names) => {
    expect(tested(from, to)).toEqual(names);
  });

  it.each([
    ["client", "twin", 'expected one of one/twin, two/twin, found "twin"'],
    ["nobody", "client", 'expected pods of the cluster, found none for "nobody"'],
    ["default/single", "client", 'expected pods of the cluster, found none for "default/single": there is two/single'],
    [
      "three/*",
      "client",
      'expected pods of the cluster, found none for "three/*": there is default/*, kube-system/*, one/*, two/*',
    ],
    ["single", "two/single", /^expectation 2: expected a pair of pods to test, found none /],
    ["kube-system/*", "kube-system/*", /^expectation 2: expected a pair of pods to test, found none /],
  ])("from %s to %s are none, which is told with the place", (from, to, message) => {
    const said = tested(from, to);
    if (typeof message === "string") expect(said).toBe(`expectation 2: ${message}`);
    else expect(said).toMatch(message);
  });

  it("have to be somebody", () => {
    expect(() => parseExpectations("[]")).toThrow(/^expected at least one expectation, found none$/);
  });
});
