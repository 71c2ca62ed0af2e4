import { describe, expect, it } from "vitest";
import {
  ClusterFileError,
  type NetworkPolicy,
  parseClusterFile,
  parsePolicies,
  parsePolicyFile,
} from "../../../src/kubernetes/index.ts";
import { FLANNEL_NODES, listOf, pod } from "./cluster-files.ts";
import { adminPolicy, baseline, type Json, networkPolicy } from "./policy-objects.ts";

const ALL = { matchLabels: {}, matchExpressions: [] };

function parseOne(spec: Json): NetworkPolicy {
  const { networkPolicies, warnings } = parsePolicies([networkPolicy(spec)], "deny.json");
  expect(warnings).toEqual([]);
  return networkPolicies[0]!;
}

function messageOf(...documents: readonly unknown[]): string {
  try {
    parsePolicies(documents, "deny.json");
  } catch (error) {
    expect(error).toBeInstanceOf(ClusterFileError);
    return (error as Error).message;
  }
  throw new Error("expected to be refused");
}

describe("a NetworkPolicy", () => {
  it("is read with all that it may have", () => {
    const expression = { key: "tier", operator: "NotIn", values: ["web", ""] };
    const policy = parseOne({
      podSelector: { matchLabels: { "example.com/app": "db" }, matchExpressions: [expression] },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [
            { podSelector: {}, namespaceSelector: { matchExpressions: [{ key: "team", operator: "Exists" }] } },
            { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
            { namespaceSelector: {} },
          ],
          ports: [{ port: 80, endPort: 90 }, { protocol: "UDP", port: "dns" }, { protocol: "SCTP" }],
        },
      ],
      egress: [],
    });
    expect(policy).toEqual({
      name: "deny",
      namespace: "shop",
      podSelector: { matchLabels: { "example.com/app": "db" }, matchExpressions: [expression] },
      ingress: [
        {
          peers: [
            {
              kind: "pods",
              podSelector: ALL,
              namespaceSelector: {
                matchLabels: {},
                matchExpressions: [{ key: "team", operator: "Exists", values: [] }],
              },
            },
            {
              kind: "ipBlock",
              cidr: { address: 0x0a000000, length: 8 },
              except: [{ address: 0x0a010000, length: 16 }],
            },
            { kind: "pods", podSelector: null, namespaceSelector: ALL },
          ],
          ports: [
            { protocol: "TCP", port: 80, endPort: 90 },
            { protocol: "UDP", port: "dns", endPort: null },
            { protocol: "SCTP", port: null, endPort: null },
          ],
        },
      ],
      egress: [],
      origin: "deny.json: document 1",
    });
  });

  const rule = { peers: null, ports: null };
  it.each([
    ["none, no rules", {}, [], null],
    ["none, rules for ingress", { ingress: [{}] }, [rule], null],
    ["none, rules for egress", { egress: [{}] }, [], [rule]],
    ["an empty list", { policyTypes: [], egress: null }, [], null],
    ["Egress", { policyTypes: ["Egress"] }, null, []],
    ["Egress twice", { policyTypes: ["Egress", "Egress"] }, null, []],
    ["both", { policyTypes: ["Egress", "Ingress"], ingress: [{ from: [], ports: null }] }, [rule], []],
  ])("has types: %s", (_name, spec, ingress, egress) => {
    expect(parseOne(spec)).toMatchObject({ podSelector: ALL, ingress, egress });
  });

  it("may come with what the server adds, in lists, and names its document", () => {
    const items = [
      networkPolicy({}, { uid: "1", managedFields: [{}], creationTimestamp: null }),
      networkPolicy({}, { name: "b" }),
    ];
    const list = { apiVersion: "v1", kind: "List", items };
    const typed = { kind: "NetworkPolicyList", items: [{ metadata: { name: "c" }, spec: {} }] };
    const { networkPolicies } = parsePolicyFile(`${JSON.stringify(list)}\n${JSON.stringify(typed)}`, "all.json");
    expect(networkPolicies.map(({ namespace, name, origin }) => `${namespace}/${name} from ${origin}`)).toEqual([
      "shop/deny from all.json: document 1, items[0]",
      "shop/b from all.json: document 1, items[1]",
      "default/c from all.json: document 2, items[0]",
    ]);
  });

  it("isolates all pods of its namespace for ingress when it has no spec", () => {
    const { spec: _none, ...document } = networkPolicy({});
    for (const bare of [document, { ...document, spec: null }]) {
      const { networkPolicies, warnings } = parsePolicies([bare], "deny.json");
      expect(networkPolicies).toMatchObject([{ name: "deny", podSelector: ALL, ingress: [], egress: null }]);
      expect(warnings).toMatchObject([
        { field: "spec", text: "there is none: all pods of shop are isolated for ingress" },
      ]);
    }
  });

  it("has warnings where it is odd", () => {
    const { networkPolicies, warnings } = parsePolicies(
      [
        networkPolicy({
          policyTypes: ["Ingress"],
          ingress: [{ from: [{ ipBlock: { cidr: "10.1.2.3/8" } }] }, { from: [{ ipBlock: { cidr: "fd00::/8" } }] }],
          egress: [{}],
        }),
        { kind: "Deployment", metadata: { name: "web" } },
      ],
      "",
    );
    expect(networkPolicies[0]).toMatchObject({
      ingress: [{ peers: [{ cidr: { address: 0x0a000000, length: 8 } }] }, { peers: [] }],
      egress: null,
    });
    expect(warnings.map(({ object, field, text }) => `${object}, ${field}: ${text}`)).toEqual([
      "NetworkPolicy shop/deny, spec.ingress[0].from[0].ipBlock.cidr: 10.1.2.3/8 has host bits: 10.0.0.0/8 is taken",
      "NetworkPolicy shop/deny, spec.ingress[1].from[0].ipBlock.cidr: fd00::/8 is of IPv6, which is passed over",
      "NetworkPolicy shop/deny, spec.egress: policyTypes are Ingress: the rules have no effect",
      "Deployment default/web, kind: nothing of kind Deployment is used",
    ]);
  });

  const port = (fields: Json): Json => ({ ingress: [{ ports: [fields] }] });
  const from = (fields: Json): Json => ({ ingress: [{ from: [fields] }] });
  const expression = (fields: Json): Json => ({ podSelector: { matchExpressions: [fields] } });
  it.each<[Json, string]>([
    [{ podSelectors: {} }, 'spec.podSelectors: unknown field, found an empty object: did you mean "podSelector"?'],
    [{ ingres: [] }, 'spec.ingres: unknown field, found an empty list: did you mean "ingress"?'],
    [{ ingress: [{ form: [] }] }, 'spec.ingress[0].form: unknown field, found an empty list: did you mean "from"?'],
    [{ ingress: [{ to: [] }] }, "spec.ingress[0].to: unknown field, found an empty list: expected ports, from"],
    [{ ingress: {} }, "spec.ingress: expected a list, found an empty object"],
    [{ policyTypes: ["ingress"] }, 'spec.policyTypes[0]: expected Ingress or Egress, found "ingress"'],
    [
      { policyTypes: ["Ingress", "Egress", "Egress"] },
      "spec.policyTypes: expected at most two types, found a list with 3 elements",
    ],
    [port({ port: 0 }), "spec.ingress[0].ports[0].port: expected a whole number from 1 to 65535, found 0"],
    [port({ port: 65_536 }), "spec.ingress[0].ports[0].port: expected a whole number from 1 to 65535, found 65536"],
    [
      port({ port: "80" }),
      'spec.ingress[0].ports[0].port: expected a number from 1 to 65535, or a port\'s name of at most 15 lower-case letters, digits and dashes, found "80"',
    ],
    [port({ port: 80, endPort: 79 }), "spec.ingress[0].ports[0].endPort: expected at least the port, 80, found 79"],
    [
      port({ port: "web", endPort: 90 }),
      'spec.ingress[0].ports[0].endPort: expected no endPort with a port by name ("web"), found 90',
    ],
    [port({ endPort: 90 }), "spec.ingress[0].ports[0].endPort: expected no endPort without a port, found 90"],
    [
      port({ port: 80, endPort: 70_000 }),
      "spec.ingress[0].ports[0].endPort: expected a whole number from 1 to 65535, found 70000",
    ],
    [port({ protocol: "" }), 'spec.ingress[0].ports[0].protocol: expected TCP or UDP or SCTP, found ""'],
    [port({ protocol: "tcp" }), 'spec.ingress[0].ports[0].protocol: expected TCP or UDP or SCTP, found "tcp"'],
    [from({}), "spec.ingress[0].from[0]: expected podSelector, namespaceSelector or ipBlock, found an empty peer"],
    [
      from({ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }),
      "spec.ingress[0].from[0]: expected no selector beside ipBlock, found both",
    ],
    [
      from({ ipBlock: {} }),
      "spec.ingress[0].from[0].ipBlock.cidr: expected an address range such as 10.0.0.0/8, found nothing",
    ],
    [
      from({ ipBlock: { cidr: "10.0.0.0/33" } }),
      'spec.ingress[0].from[0].ipBlock.cidr: expected an address range such as 10.0.0.0/8, found "10.0.0.0/33"',
    ],
    [
      from({ ipBlock: { cidr: "10.0.0.1" } }),
      'spec.ingress[0].from[0].ipBlock.cidr: expected an address range such as 10.0.0.0/8, found "10.0.0.1"',
    ],
    [
      from({ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }),
      'spec.ingress[0].from[0].ipBlock.except[0]: expected a range that lies in 10.0.0.0/8 and is smaller, found "11.0.0.0/16"',
    ],
    [
      from({ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/8"] } }),
      'spec.ingress[0].from[0].ipBlock.except[0]: expected a range that lies in 10.0.0.0/8 and is smaller, found "10.0.0.0/8"',
    ],
    [
      from({ ipBlock: { cidr: ":::1/64" } }),
      'spec.ingress[0].from[0].ipBlock.cidr: expected an address range such as 10.0.0.0/8, found ":::1/64"',
    ],
    [
      from({ ipBlock: { cidr: "fd00::/64", except: ["fd00::1:0:0:0:0/80"] } }),
      'spec.ingress[0].from[0].ipBlock.except[0]: expected a range that lies in fd00::/64 and is smaller, found "fd00::1:0:0:0:0/80"',
    ],
    [
      from({ ipBlock: { cidr: "10.0.0.0/8", except: ["fd00::/64"] } }),
      'spec.ingress[0].from[0].ipBlock.except[0]: expected a range that lies in 10.0.0.0/8 and is smaller, found "fd00::/64"',
    ],
    [
      expression({ key: "a", operator: "in", values: ["b"] }),
      'spec.podSelector.matchExpressions[0].operator: expected In or NotIn or Exists or DoesNotExist, found "in"',
    ],
    [
      expression({ key: "a", operator: "In" }),
      "spec.podSelector.matchExpressions[0].values: expected at least one value for operator In, found nothing",
    ],
    [
      expression({ key: "a", operator: "Exists", values: ["b"] }),
      "spec.podSelector.matchExpressions[0].values: expected no values for operator Exists, found a list with 1 element",
    ],
    [
      expression({ key: "-a", operator: "Exists" }),
      'spec.podSelector.matchExpressions[0].key: expected a label\'s key such as app or example.com/app, found "-a"',
    ],
    [
      expression({ key: "a", operator: "In", values: ["b", "c d"] }),
      "spec.podSelector.matchExpressions[0].values[1]: expected a label's value: at most 63 letters, digits, '-', '_' and '.', found \"c d\"",
    ],
    [
      { podSelector: { matchLabels: { app: "-x" } } },
      "spec.podSelector.matchLabels.app: expected a label's value: at most 63 letters, digits, '-', '_' and '.', found \"-x\"",
    ],
    [
      { podSelector: { matchLabels: { "a/b/c": "x" } } },
      'spec.podSelector.matchLabels["a/b/c"]: expected a label\'s key such as app or example.com/app in front of the value, found "x"',
    ],
    [{ podSelector: { matchLabels: { app: 1 } } }, "spec.podSelector.matchLabels.app: expected text, found 1"],
    [
      { podSelector: { app: "web" } },
      'spec.podSelector.app: unknown field, found "web": expected matchLabels, matchExpressions',
    ],
  ])("is refused for %j", (spec, expected) => {
    expect(messageOf(networkPolicy(spec))).toBe(`deny.json: document 1, NetworkPolicy shop/deny, ${expected}`);
  });

  it.each<[Json, string]>([
    [
      networkPolicy({}, { lables: {} }),
      'NetworkPolicy shop/deny, metadata.lables: unknown field, found an empty object: did you mean "labels"?',
    ],
    [
      networkPolicy({}, { name: "Deny" }),
      "NetworkPolicy shop/Deny, metadata.name: expected a name of lower-case letters, digits, '-' and '.', found \"Deny\"",
    ],
    [
      networkPolicy({}, { namespace: "a.b" }),
      'NetworkPolicy a.b/deny, metadata.namespace: expected the name of a namespace, found "a.b"',
    ],
    [
      { ...networkPolicy({}), apiVersion: "extensions/v1beta1" },
      'NetworkPolicy shop/deny, apiVersion: expected networking.k8s.io/v1, found "extensions/v1beta1"',
    ],
    [
      { ...networkPolicy({}), kind: "NetworkPolcy" },
      'NetworkPolcy shop/deny, kind: expected a kind that there is (did you mean "NetworkPolicy"?), found "NetworkPolcy"',
    ],
  ])("is refused for %j", (document, expected) => {
    expect(messageOf(document)).toBe(`deny.json: document 1, ${expected}`);
  });

  it("is refused when its name is taken", () => {
    expect(messageOf(networkPolicy({}), networkPolicy({}, { namespace: "other" }), networkPolicy({}))).toBe(
      'deny.json: document 3, NetworkPolicy shop/deny, metadata.name: expected a name that document 1 has not, found "deny"',
    );
  });

  it("is named with its place in YAML too", () => {
    const yaml = (spec: string): string =>
      `# deny all\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: deny\nspec:${spec}\n`;
    const { networkPolicies } = parsePolicyFile(`${yaml(" { podSelector: {} }")}`, "deny.yaml");
    expect(networkPolicies[0]).toMatchObject({ name: "deny", origin: "deny.yaml: document 1" });
    const text = `---\n---\n${yaml(" { podSelector: {} }")}---\n${yaml("\n  podSelector: { matchLabels: { canary: yes } }")}`;
    expect(() => parsePolicyFile(text.replace(/deny(?![^]*deny)/, "allow"), "deny.yaml")).toThrow(
      "deny.yaml: document 2, NetworkPolicy default/allow, spec.podSelector.matchLabels.canary: expected text, found true",
    );
    expect(() => parsePolicyFile(yaml("\n\tpodSelector: {}"), "deny.yaml")).toThrow(
      "deny.yaml: line 7, column 1: expected spaces as indentation, found a tab",
    );
  });
});

describe("an administrator's policy", () => {
  const peers = [{ namespaces: {} }];
  it("is read with all that it may have", () => {
    const pods = { namespaceSelector: {}, podSelector: { matchLabels: { app: "db" } } };
    const { adminPolicies, networkPolicies } = parsePolicies(
      [
        adminPolicy({
          subject: { pods },
          ingress: [{ name: "in", action: "Pass", from: [{ pods }] }],
          egress: [
            {
              action: "Deny",
              to: [{ networks: ["10.0.0.0/8"] }],
              ports: [{ portNumber: { port: 80 } }, { portRange: { protocol: "UDP", start: 1, end: 9 } }],
            },
            { action: "Allow", to: peers, ports: [{ namedPort: "web" }] },
          ],
        }),
        baseline({ ingress: [{ action: "Deny", from: peers }] }),
      ],
      "admin.json",
    );
    const selection = { kind: "pods", namespaceSelector: ALL, podSelector: { ...ALL, matchLabels: { app: "db" } } };
    expect(networkPolicies).toEqual([]);
    expect(adminPolicies).toEqual([
      {
        name: "rule",
        priority: 5,
        isBaseline: false,
        subject: selection,
        ingress: [{ name: "in", action: "Pass", peers: [selection], ports: null }],
        egress: [
          {
            name: "",
            action: "Deny",
            peers: [{ kind: "networks", prefixes: [{ address: 0x0a000000, length: 8 }] }],
            ports: [
              { protocol: "TCP", port: 80, endPort: null },
              { protocol: "UDP", port: 1, endPort: 9 },
            ],
          },
          {
            name: "",
            action: "Allow",
            peers: [{ kind: "namespaces", selector: ALL }],
            ports: ["TCP", "UDP", "SCTP"].map((protocol) => ({ protocol, port: "web", endPort: null })),
          },
        ],
        origin: "admin.json: document 1",
      },
      {
        ...{ name: "default", priority: Infinity, isBaseline: true, subject: { kind: "namespaces", selector: ALL } },
        ingress: [{ name: "", action: "Deny", peers: [{ kind: "namespaces", selector: ALL }], ports: null }],
        ...{ egress: [], origin: "admin.json: document 2" },
      },
    ]);
  });

  const ingress = (fields: Json): Json => adminPolicy({ ingress: [{ action: "Allow", from: peers, ...fields }] });
  const egress = (fields: Json): Json => adminPolicy({ egress: [{ action: "Allow", to: peers, ...fields }] });
  it.each<[Json, string]>([
    [adminPolicy({ priority: 1001 }), "rule, spec.priority: expected a whole number from 0 to 1000, found 1001"],
    [adminPolicy({ priority: null }), "rule, spec.priority: expected a whole number from 0 to 1000, found null"],
    [adminPolicy({ subject: {} }), "rule, spec.subject: expected exactly one of namespaces, pods, found none"],
    [adminPolicy({ subject: null }), "rule, spec.subject: expected namespaces or pods, found null"],
    [
      adminPolicy({ subject: { pods: { podSelector: {} } } }),
      "rule, spec.subject.pods.namespaceSelector: expected a selector, {} for all, found nothing",
    ],
    [
      adminPolicy({ ingress: Array(101).fill({}) }),
      "rule, spec.ingress: expected a list of 0 to 100 elements, found a list with 101 elements",
    ],
    [
      adminPolicy({}, { namespace: "shop" }),
      `shop/rule, metadata.namespace: expected no namespace for an administrator's policy, found "shop"`,
    ],
    [ingress({ from: [] }), "rule, spec.ingress[0].from: expected a list of 1 to 100 elements, found an empty list"],
    [ingress({ ports: [] }), "rule, spec.ingress[0].ports: expected a list of 1 to 100 elements, found an empty list"],
    [ingress({ action: "Permit" }), 'rule, spec.ingress[0].action: expected Allow or Deny or Pass, found "Permit"'],
    [
      ingress({ from: [{ networks: ["10.0.0.0/8"] }] }),
      "rule, spec.ingress[0].from[0].networks: unknown field, found a list with 1 element: expected namespaces, pods",
    ],
    [
      ingress({ ports: [{ portNumber: { port: 1 }, namedPort: "a" }] }),
      "rule, spec.ingress[0].ports[0]: expected exactly one of portNumber, namedPort, portRange, found portNumber and namedPort",
    ],
    [
      ingress({ ports: [{ portRange: { start: 9, end: 9 } }] }),
      "rule, spec.ingress[0].ports[0].portRange.end: expected more than the start, 9, found 9",
    ],
    [
      egress({ to: [{ nodes: {} }] }),
      "rule, spec.egress[0].to[0].nodes: expected namespaces, pods or networks (nodes' labels are not read), found an empty object",
    ],
    [
      egress({ to: [{ networks: ["10.0.0.0/8"] }], ports: [{ namedPort: "web" }] }),
      "rule, spec.egress[0].to[0].networks: expected no networks in a rule with ports by name, which networks do not have, found a list with 1 element",
    ],
  ])("is refused for %j", (document, expected) => {
    const text = `deny.json: document 1, AdminNetworkPolicy ${expected}`;
    expect(messageOf(document)).toBe(text);
  });

  it("is a baseline by the name of default alone, which passes nothing on and has no priority", () => {
    const place = "deny.json: document 1, BaselineAdminNetworkPolicy";
    expect(messageOf(baseline({}, { name: "other" }))).toBe(
      `${place} other, metadata.name: expected "default", the only baseline that there can be, found "other"`,
    );
    expect(messageOf({ ...baseline(), spec: null })).toBe(
      `${place} default, spec: expected what the policy says, found null`,
    );
    expect(messageOf(baseline({ priority: 1 }))).toBe(
      `${place} default, spec.priority: unknown field, found 1: expected subject, ingress, egress`,
    );
    expect(messageOf(baseline({ ingress: [{ action: "Pass", from: peers }] }))).toBe(
      `${place} default, spec.ingress[0].action: expected Allow or Deny, found "Pass"`,
    );
  });
});

describe("the policies of a cluster's file", () => {
  it("are read with it, and refused with document and field", () => {
    const bad = networkPolicy({ ingress: [{ ports: [{ port: 8, endPort: 7 }] }] });
    const parse = (...objects: readonly unknown[]): ReturnType<typeof parseClusterFile> =>
      parseClusterFile(JSON.stringify(listOf(...FLANNEL_NODES, ...objects)), "cluster.json");
    const web = pod("web", "node-a", "10.244.1.5", { namespace: "shop" });
    const { specification, findings } = parse(
      networkPolicy({ egress: [{}], policyTypes: ["Ingress"] }),
      adminPolicy(),
      web,
    );
    expect(specification.networkPolicies.map(({ origin }) => origin)).toEqual([
      `cluster.json: document 1, items[${FLANNEL_NODES.length}]`,
    ]);
    expect(specification.adminPolicies.map(({ name }) => name)).toEqual(["rule"]);
    expect(findings).toMatchObject([{ severity: "warning", object: "NetworkPolicy shop/deny", field: "spec.egress" }]);
    const useless = { severity: "warning", object: "NetworkPolicy shop/deny", field: "spec.podSelector" };
    expect(parse(networkPolicy({})).findings).toMatchObject([{ ...useless, text: "namespace has no pods" }]);
    expect(() => parse(bad)).toThrow(
      `cluster.json: document 1, items[${FLANNEL_NODES.length}], NetworkPolicy shop/deny, spec.ingress[0].ports[0].endPort: expected at least the port, 8, found 7`,
    );
  });
});

describe("a file of policies", () => {
  const rule = (cidr: string): Json => ({ from: [{ ipBlock: { cidr } }] });
  const text = (...ranges: readonly string[]): string =>
    JSON.stringify(networkPolicy({ ingress: ranges.map(rule), podSelector: { matchLabels: { "": "" } } }));
  const fault = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(ClusterFileError);
      return (error as Error).message;
    }
    throw new Error("expected to be refused");
  };

  it("may have no key twice in an object, JSON no more than YAML", () => {
    const doubled = `[{ "kind": "List", "items": [] }, {"kind":"NetworkPolicy","apiVersion":"networking.k8s.io/v1","metadata":
      {"name":"x","labels":{"a\\"b,{":"c","d":"c"}},"spec":{"podSelector":{},"ingress":[{},{"from":[{"podSelector":{},"podSelector":{}}]}]}}]`;
    expect(fault(() => parsePolicyFile(doubled, "f.json"))).toBe(
      'f.json: document 1, [1].spec.ingress[1].from[0].podSelector: duplicate field "podSelector"',
    );
    expect(fault(() => parsePolicyFile(`{"kind":"List"}\n${text("10.0.0.0/8").replace("{", '{"kind":1,')}`, "f"))).toBe(
      'f: document 2, kind: duplicate field "kind"',
    );
    const once = text("10.0.0.0/8").replace('"matchLabels":{"":""}', '"matchLabels":{"from":"from"}');
    expect(parsePolicyFile(once, "f.json").networkPolicies).toHaveLength(1);
  });

  it("tells of all that is wrong with it, a line each, and no more than ten", () => {
    const lines = fault(() => parsePolicyFile(`${text("10.0.0.0/8", "1", "2")}${text("3")}`, "f.json")).split("\n");
    expect(lines.map((line) => line.replace(/: expected.*/, ""))).toEqual([
      'f.json: document 1, NetworkPolicy shop/deny, spec.podSelector.matchLabels[""]',
      "f.json: document 1, NetworkPolicy shop/deny, spec.ingress[1].from[0].ipBlock.cidr",
      "f.json: document 1, NetworkPolicy shop/deny, spec.ingress[2].from[0].ipBlock.cidr",
      "f.json: document 2, NetworkPolicy shop/deny, metadata.name",
    ]);
    const many = fault(() => parsePolicyFile(text(...Array.from({ length: 13 }, (_none, index) => `${index}`)), "f"));
    expect(many.split("\n")).toHaveLength(11);
    expect(many.split("\n").at(-1)).toBe("f: 4 more errors");
  });

  it.each([
    ["cilium.io/v2", "CiliumNetworkPolicy"],
    ["cilium.io/v2", "CiliumClusterwideNetworkPolicy"],
    ["projectcalico.org/v3", "NetworkPolicy"],
    ["projectcalico.org/v3", "GlobalNetworkPolicy"],
    ["crd.projectcalico.org/v1", "NetworkPolicy"],
  ])("holds none of %s %s, which a cluster's file may have", (apiVersion, kind) => {
    const other = { apiVersion, kind, metadata: { name: "x" }, spec: { selector: "all()" } };
    const message = fault(() => parsePolicyFile(JSON.stringify(other), "f.json"));
    expect(message).toMatch(
      /^f\.json: document 1, \w+ (default\/)?x: podwire enforces NetworkPolicy of networking\.k8s\.io\/v1, /,
    );
    expect(message).toContain(`, found ${apiVersion} ${kind}`);
    const { findings, specification } = parseClusterFile(JSON.stringify(listOf(...FLANNEL_NODES, other)), "c.json");
    const told = findings.filter(({ severity, field }) => severity === "warning" && field === "apiVersion");
    expect(told.map(({ text: said }) => said)).toEqual([
      expect.stringContaining(`what ${apiVersion} says has no effect`),
    ]);
    expect(specification.networkPolicies).toEqual([]);
  });

  it("is none that has other things alone, such as a cluster's file; nothing at all is no policies", () => {
    expect(fault(() => parsePolicyFile(JSON.stringify(listOf(...FLANNEL_NODES)), "c.json"))).toBe(
      "c.json: expected NetworkPolicy or AdminNetworkPolicy or BaselineAdminNetworkPolicy, found none but Node",
    );
    expect(parsePolicyFile('{"kind":"NetworkPolicyList","items":[]}', "none.json").networkPolicies).toEqual([]);
  });
});
