import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Matrix } from "../../../src/commands/index.ts";
import { policy } from "../../../src/cli/policy.ts";
import { ping } from "../../../src/cli/ping.ts";
import { trace } from "../../../src/cli/trace.ts";
import { expectOneLineError, type Outcome, temporaryFolder, within } from "./command.ts";

const path = temporaryFolder();

function check(...arguments_: string[]): Outcome {
  return within(path(), policy, ["check", ...arguments_]);
}

const DENY = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "deny", namespace: "default" },
  spec: { podSelector: {}, policyTypes: ["Ingress"] },
};

describe("podwire policy check", () => {
  it("shows which pods of the built-in cluster reach which: frontend the backend, and not the database", () => {
    expect(check().stdout.split("\n")).toEqual([
      "          pod-a   frontend  pod-b   backend   database",
      "          TCP 80  TCP 80    TCP 80  TCP 8080  TCP 5432",
      "pod-a     -       yes       yes     no        no",
      "frontend  yes     -         yes     yes       no",
      "pod-b     yes     yes       -       no        no",
      "backend   yes     yes       yes     -         yes",
      "database  yes     yes       yes     no        -",
      "flannel (vxlan): 5 pods, 2 policies, 4 groups that no policy divides, 13 packets sent",
      "",
    ]);
  });

  it("tries other ports and protocols, and numbers columns where they are many", () => {
    const { stdout } = check("--tcp", "8080", "--udp", "53", "--sctp", "9", "--cni", "cilium");
    expect(stdout).toContain("\nfrontend  yes  yes  yes  -    -    -    yes  yes  yes  yes  no  no  no  no  no\n");
    expect(stdout).toContain("\n  12  backend SCTP 9\n");
  });

  it("counts pairs by namespace", () => {
    expect(check("--by", "namespace").stdout).toMatch(/^ +default\ndefault  14\/20\n/);
  });

  it("says what a file would change", () => {
    writeFileSync(path("deny.json"), JSON.stringify(DENY));
    const { stdout } = check("--policy", "deny.json", "--diff", "--by", "namespace");
    expect(stdout).toMatch(/^default {2}to default: all, would be none\n/);
    expect(check("--policy", "deny.json", "--policy", "example", "--diff").stdout).toContain(
      "database  to frontend TCP 80: yes, would be no\n",
    );
  });

  it("tells what is lost for another reason than policies, and tries pods one by one then", () => {
    const { stdout, stderr } = check("--cni", "calico", "--underlay", "vpc:192.168.1.0/24");
    expect(stdout).toMatch(/\nfrontend +yes +- +lost +lost +lost\n/);
    expect(stderr).toMatch(/^podwire: warning: /);
  });

  it("draws a picture and writes JSON", () => {
    expect(check("--svg", "grid.svg")).toEqual({ status: 0, stdout: "", stderr: "" });
    const svg = readFileSync(path("grid.svg"), "utf8");
    expect(svg).toContain("<title>frontend to database TCP 5432: no</title>");
    expect(svg.match(/<rect /g)).toHaveLength(1 + 25 + 4);
    const record = JSON.parse(check("--json").stdout) as { groups: { pods: string[] }[]; matrix: { rows: string[] } };
    expect(record.groups.map(({ pods }) => pods)).toContainEqual(["default/pod-a", "default/pod-b"]);
    expect(record.matrix.rows).toEqual(["pod-a", "frontend", "pod-b", "backend", "database"]);
  });

  it("exits 1 with a line for each expectation that does not hold", () => {
    const expectations = [
      { from: "frontend", to: "backend", tcp: 8080, allowed: true },
      { from: "frontend", to: "database", tcp: 5432, allowed: true },
      { from: "*", to: "default/backend", allowed: false },
      { from: "frontend", to: "backend", udp: 8080, allowed: false },
    ];
    writeFileSync(path("expect.json"), JSON.stringify(expectations));
    expect(check("--expect", "expect.json")).toEqual({
      status: 1,
      stdout: "2 of 4 expectations hold\n",
      stderr: [
        "podwire: default/frontend to default/database TCP 5432: expected allowed, found denied",
        "podwire: default/frontend to default/backend TCP 8080: expected denied, found allowed",
        "",
      ].join("\n"),
    });
    writeFileSync(path("expect.json"), JSON.stringify(expectations.slice(0, 1)));
    expect(check("--expect", "expect.json").status).toBe(0);
  });

  it("says what would change beside what has to hold then, and frames it in a picture", () => {
    writeFileSync(path("deny.json"), JSON.stringify(DENY));
    const expectations = [
      { from: "pod-a", to: "pod-b", allowed: true },
      { from: "frontend", to: "backend", tcp: 8080, allowed: false },
    ];
    writeFileSync(path("expect.json"), JSON.stringify(expectations));
    expect(check("--policy", "deny.json", "--diff", "--expect", "expect.json")).toEqual({
      status: 1,
      stdout: [
        "pod-a     to pod-b TCP 80: yes, would be no",
        "pod-a     to backend TCP 8080: yes, would be no",
        "frontend  to pod-b TCP 80: yes, would be no",
        "frontend  to backend TCP 8080: yes, would be no",
        "pod-b     to backend TCP 8080: yes, would be no",
        "backend   to pod-b TCP 80: yes, would be no",
        "database  to pod-b TCP 80: yes, would be no",
        "database  to backend TCP 8080: yes, would be no",
        "1 of 2 expectations hold",
        "",
      ].join("\n"),
      stderr: "podwire: default/pod-a to default/pod-b TCP 80: expected allowed, found denied\n",
    });
    expect(check("--policy", "example", "--diff", "--svg", "grid.svg").status).toBe(0);
    const svg = readFileSync(path("grid.svg"), "utf8");
    expect(svg).toContain("<title>frontend to database TCP 5432: yes, would be no</title>");
    expect(svg).toContain("<title>frontend to backend TCP 8080: yes</title>");
    // Six pairs, and the legend.
    expect(svg.match(/class="changed"/g)).toHaveLength(6 + 1);
  });

  it.each(["pod", "namespace"])("names the policies that deny, by %s", (by) => {
    writeFileSync(
      path("deny.json"),
      JSON.stringify({ ...DENY, spec: { podSelector: { matchLabels: { app: "database" } } } }),
    );
    const { stdout } = check("--json", "--by", by, "--policy", "example", "--policy", "deny.json");
    const { matrix } = JSON.parse(stdout) as { matrix: Matrix };
    const denied = matrix.cells.flatMap((row, from) =>
      row.flatMap(({ deniedBy }, to) =>
        deniedBy === undefined ? [] : [[matrix.rows[from], matrix.columns[to]!.name, ...deniedBy]],
      ),
    );
    if (by === "namespace")
      expect(denied).toEqual([["default", "default", "default/backend", "default/database", "default/deny"]]);
    else {
      expect(denied).toHaveLength(6);
      expect(denied).toContainEqual(["frontend", "database", "default/database", "default/deny"]);
      expect(denied).toContainEqual(["pod-a", "backend", "default/backend"]);
      expect(matrix.cells.flat().every(({ denied, deniedBy }) => denied > 0 === (deniedBy !== undefined))).toBe(true);
    }
  });

  it("takes policies and expectations in YAML, whatever the files are called", () => {
    const policies = [
      ...["# Nothing reaches anything,", "apiVersion: networking.k8s.io/v1", "kind: NetworkPolicy", "metadata:"],
      ...["  name: deny", "spec:", "  podSelector: {}", "  policyTypes:", "  - Ingress", "--- # but for the database:"],
      ...["apiVersion: networking.k8s.io/v1", "kind: NetworkPolicy", "metadata: { name: to-database }", "spec:"],
      ...["  podSelector:", "    matchLabels:", "      app: database", "  ingress:", "  - from:", "    - podSelector:"],
      ...["        matchExpressions:", "        - {key: app, operator: In, values: [backend]}", ""],
    ].join("\n");
    writeFileSync(path("policies"), policies);
    writeFileSync(
      path("expect.txt"),
      `- { from: backend, to: database, allowed: yes }\n- from: "*"\n  to: pod-a\n  allowed: no\n`,
    );
    expect(check("--policy", "policies", "--expect", "expect.txt")).toEqual({
      status: 0,
      stdout: "2 of 2 expectations hold\n",
      stderr: "",
    });
    writeFileSync(path("policies"), policies.replace("Ingress", "Ingres"));
    expectOneLineError(check("--policy", "policies"), 1, /policies: document 1, NetworkPolicy default\/deny, spec\./);
    writeFileSync(path("policies"), policies.replace("      app: database", "\tapp: database"));
    expectOneLineError(check("--policy", "policies"), 1, /policies: line 17, column 1: expected spaces as indentation/);
  });

  it.each([
    [
      `[{ "from": "nobody", "to": "backend", "allowed": true }]`,
      /expect.json: expectation 1: expected pods .* "nobody"\n/,
    ],
    [`[{ "from": "frontend", "to": "backend", "allow": true }]`, /expectation 1: expected from, to, .* found "allow"/],
    [`[{ "from": "frontend", "to": "backend", "tcp": 0, "allowed": true }]`, /expectation 1: expected tcp from 1/],
    [
      `[{ "from": "frontend", "to": "backend", "tcp": 1, "udp": 1, "allowed": true }]`,
      /expectation 1: expected one of/,
    ],
    [`[{ "from": "frontend", "to": 5, "allowed": true }]`, /expectation 1: expected from and to as text, found 5/],
    [`[{ "from": "frontend", "to": "backend" }]`, /expectation 1: expected allowed/],
    [`[5]`, /expectation 1: expected an object, found 5/],
    [`[]`, /expect.json: expected at least one expectation, found none/],
    [
      `[{ "from": "*", "to": "pod-a", "allowed": true }, { "from": "frontend", "to": "frontend", "allowed": true }]`,
      /expect.json: expectation 2: expected a pair of pods to test, found none that do not share a network namespace from "frontend" to "frontend"/,
    ],
    [
      `[{ "from": "other/frontend", "to": "*", "allowed": true }]`,
      /expectation 1: expected pods .* "other\/frontend": there is default\/frontend\n/,
    ],
    [`[{ "from": "*", "to": "other/*", "allowed": true }]`, /expectation 1: .* "other\/\*": there is default\/\*\n/],
    [`{}`, /expected a list of expectations/],
    [`[`, /expect.json: line 1, column 2: expected a JSON value/],
    [`[]\n---\n[]`, /expect.json: expected one document, found 2/],
    [`- { from: frontend, to: *, allowed: yes }`, /expect.json: line 1, column 26: expected an anchor's name/],
  ])("refuses %s", (text, message) => {
    writeFileSync(path("expect.json"), text);
    expectOneLineError(check("--expect", "expect.json"), 1, message);
  });

  it("warns of what has no effect, and refuses what the API server refuses", () => {
    writeFileSync(
      path("deny.json"),
      JSON.stringify({ ...DENY, spec: { podSelector: { matchLabels: { app: "nothing" } } } }),
    );
    expect(check("--policy", "deny.json").stderr).toMatch(
      /^podwire: warning: deny.json: document 1, NetworkPolicy default\/deny, spec.podSelector: /,
    );
    writeFileSync(path("deny.json"), JSON.stringify({ ...DENY, spec: { podSelektor: {} } }));
    expectOneLineError(check("--policy", "deny.json"), 1, /deny\.json: .*podSelektor/);
    expectOneLineError(check("--policy", "none.json"), 1, /none\.json/);
    const wrong = { ...DENY, metadata: { name: "other" }, spec: { podSelector: [] } };
    writeFileSync(path("deny.json"), JSON.stringify([{ ...DENY, spec: { podSelektor: {} } }, wrong]));
    const { status, stderr } = check("--policy", "deny.json");
    expect([
      status,
      stderr.split("\n").map((line) => /^podwire: deny\.json: .* default\/(\w+), /.exec(line)?.[1]),
    ]).toEqual([1, ["deny", "other", undefined]]);
  });

  it("refuses options that do not go together", () => {
    expectOneLineError(check("--json", "--svg", "x"), 2, /--json or --svg/);
    expectOneLineError(check("--tcp", "0"), 2, /--tcp from 1/);
    expectOneLineError(check("--by", "node"), 2, /pod or namespace/);
    expectOneLineError(check("frontend"), 2, /options alone/);
    expectOneLineError(within(path(), policy, ["show"]), 2, /expected check or explain or example/);
    expectOneLineError(within(path(), policy, []), 2, /found none/);
  });
});

describe("what is odd about policies that are named", () => {
  it.each([
    ["trace", trace, ["pod-a", "pod-b"]],
    ["ping", ping, ["pod-a", "pod-b"]],
    ["policy explain", policy, ["explain", "pod-a", "pod-b"]],
  ])("is told by %s, with file and document, and nothing of the others", (_name, run, arguments_) => {
    const nobody = { ...DENY, spec: { podSelector: { matchLabels: { app: "nobody" } } } };
    writeFileSync(
      path("deny.json"),
      `${JSON.stringify({ kind: "List", items: [{ ...DENY, metadata: { name: "a" } }, nobody] })}`,
    );
    const pod = { kind: "Pod", apiVersion: "v1", metadata: { name: "x" } };
    writeFileSync(path("odd.json"), JSON.stringify([pod, { ...DENY, metadata: { name: "b" } }]));
    const { stderr } = within(path(), run, [...arguments_, "--policy", "deny.json", "--policy", "odd.json"]);
    expect(stderr.split("\n").filter((line) => line.startsWith("podwire: warning: "))).toEqual([
      "podwire: warning: odd.json, Pod default/x, kind: nothing of kind Pod is used",
      "podwire: warning: deny.json: document 1, items[1], NetworkPolicy default/deny, spec.podSelector: selects none of its namespace's pods",
    ]);
    expect(within(path(), run, arguments_).stderr).not.toContain("warning");
  });
});

describe("policies", () => {
  it("are printed to start from, and applied by all commands on a cluster", () => {
    const { stdout } = within(path(), policy, ["example"]);
    writeFileSync(path("example.json"), stdout);
    const refused = within(path(), ping, ["frontend", "database", "--policy", "example.json", "--cni", "calico"]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("NETFILTER_DROP");
    expect(within(path(), ping, ["frontend", "database"]).status).toBe(0);
  });
});
