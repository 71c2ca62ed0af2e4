import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { policy } from "../../../src/cli/policy.ts";
import { trace } from "../../../src/cli/trace.ts";
import { expectOneLineError, type Outcome, temporaryFolder, within } from "./command.ts";

const path = temporaryFolder();

function explain(...arguments_: string[]): Outcome {
  return within(path(), policy, ["explain", ...arguments_]);
}

describe("podwire policy explain", () => {
  it("says which rule allows, where it stands, and that the packet arrived", () => {
    const { status, stdout } = explain("frontend", "backend", "--tcp", "8080");
    expect(status).toBe(0);
    expect(stdout.split("\n").slice(0, 5)).toEqual([
      "allowed: the packet arrived",
      "leaving default/frontend: no egress policy isolates default/frontend",
      "entering default/backend: policy default/backend: ingress rule 1 allows TCP 8080 from default/frontend",
      "    the rule stands in example: document 1, items[0], spec.ingress[0]",
      "    selected by default/backend (example: document 1, items[0])",
    ]);
    expect(stdout).toContain("policy default/backend: ingress rule 1 allows TCP 8080 from default/frontend\n12  ");
  });

  it("says why nothing allows it, and a rule that would, which does", () => {
    const { status, stdout } = explain("frontend", "database", "--tcp", "5432");
    expect(status).toBe(1);
    expect(stdout).toContain(
      "\nentering default/database: isolated by default/database: no ingress rule allows TCP 5432 from default/frontend\n",
    );
    expect(stdout).toMatch(/isolated by default\/database: [^\n]*; dropped at node-b\/veth\w+: NETFILTER_DROP/);
    const rule = JSON.parse(/ingress rule (\{.*\})\n/.exec(stdout)![1]!) as object;
    writeFileSync(
      path("more.json"),
      JSON.stringify({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "more" },
        spec: { podSelector: { matchLabels: { app: "database" } }, ingress: [rule] },
      }),
    );
    const after = explain("frontend", "database", "--tcp", "5432", "--policy", "example", "--policy", "more.json");
    expect(after.status).toBe(0);
    expect(after.stdout).toContain("    the rule stands in more.json: document 1, spec.ingress[0]\n");
  });

  it("tells a node by the address that it takes for the way, and ICMP without ports", () => {
    const { stdout } = explain("node-a", "backend");
    expect(stdout).toMatch(/ingress rule \{ "from": \[\{"ipBlock":\{"cidr":"10\.244\.1\.0\/32"\}\}\] \}\n/);
  });

  it("tells what is lost for another reason", () => {
    const { status, stdout } = explain("frontend", "pod-b", "--cni", "calico", "--underlay", "vpc:192.168.1.0/24");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^policies allow it, and it was lost all the same: dropped at /);
  });

  it("is an object with --json", () => {
    const record = JSON.parse(explain("pod-a", "backend", "--udp", "53", "--json").stdout) as {
      hasArrived: boolean;
      ends: { direction: string; isAllowed: boolean; policies: object[] }[];
    };
    expect(record.hasArrived).toBe(false);
    expect(record.ends.map(({ direction, isAllowed }) => `${direction} ${isAllowed}`)).toEqual([
      "egress true",
      "ingress false",
    ]);
    const miss =
      "spec.ingress[0] allows only TCP http (8080 of default/backend), and that only from pods with app=frontend; default/pod-a has no label app";
    expect(record.ends[1]!.policies).toEqual([
      { name: "default/backend", origin: "example: document 1, items[0]", misses: [miss] },
    ]);
  });

  it("refuses what is no pod and too many options", () => {
    expectOneLineError(explain("frontend"), 2, /expected SOURCE and DESTINATION/);
    expectOneLineError(explain("nobody", "backend"), 2, /policy explain: /);
    expectOneLineError(
      explain("frontend", "backend", "--tcp", "1", "--udp", "2"),
      2,
      /policy explain: expected --tcp or --udp/,
    );
  });
});

describe("podwire trace under policies", () => {
  it("names the policy at the hop, and counts what was refused", () => {
    const refused = within(path(), trace, ["frontend", "database", "--tcp", "5432", "--policy", "example"]);
    expect(refused.stderr).toBe("podwire: refused as isolated by default/database in ingress: 3 packets\n");
    const allowed = within(path(), trace, ["frontend", "backend", "--tcp", "8080", "--policy", "example", "--json"]);
    const { there } = JSON.parse(allowed.stdout) as { there: { hops: { device: string; policy?: string }[] } };
    expect(there.hops.flatMap(({ policy: by = [] }) => by)).toEqual(["default/backend"]);
  });
});
