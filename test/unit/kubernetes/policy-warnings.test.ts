import { describe, expect, it } from "vitest";
import { parsePolicies, type PolicyPod, policyWarnings } from "../../../src/kubernetes/index.ts";
import { adminPolicy, type Json, networkPolicy } from "./policy-objects.ts";

function pod(kubernetesNamespace: string, app: string, hostNetwork = false): PolicyPod {
  const ports = [{ name: "web", containerPort: 80, protocol: "TCP" }] as const;
  return { kubernetesNamespace, labels: { app }, containers: [{ name: app, ports }], hostNetwork };
}

const PODS = [pod("shop", "front"), pod("shop", "back"), pod("other", "client"), pod("shop", "proxy", true)];
const NAMESPACES = new Map([["shop", { team: "a" }]]);

function warningsOf(...documents: readonly Json[]): string[] {
  const policies = parsePolicies(documents, "");
  return policyWarnings(policies, PODS, NAMESPACES).map(({ object, field, text }) => `${object}, ${field}: ${text}`);
}

const app = (name: string): Json => ({ podSelector: { matchLabels: { app: name } } });
const ingress = (...rules: readonly Json[]): Json => networkPolicy({ ingress: rules });
const DENY = "NetworkPolicy shop/deny, spec";

describe("a warning", () => {
  it("is not given for policies that do something", () => {
    const rules = [
      { from: [app("front")], ports: [{ port: "web" }] },
      { from: [app("back")] },
      { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "other" } } }] },
      { from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/9"] } }] },
      { from: [{ podSelector: {} }], ports: [{ port: 80 }] },
      { ports: [{ port: 70 }] },
    ];
    const pods = { namespaceSelector: {}, podSelector: { matchLabels: { app: "back" } } };
    const admin = [
      { action: "Allow", from: [{ pods }] },
      { action: "Deny", from: [{ namespaces: {} }] },
    ];
    expect(warningsOf(ingress(...rules), adminPolicy({ ingress: admin }))).toEqual([]);
  });

  it("tells of policies that select nothing", () => {
    const spec = { ...app("nobody") };
    expect(warningsOf(networkPolicy(spec), networkPolicy({}, { namespace: "empty" }))).toEqual([
      `${DENY}.podSelector: selects none of its namespace's pods`,
      "NetworkPolicy empty/deny, metadata.namespace: namespace empty does not exist here: the API server would not find it",
    ]);
    // Pods with hostNetwork are not selected.
    expect(warningsOf(networkPolicy(app("proxy")))).toHaveLength(1);
    const subject = { namespaces: { matchLabels: { team: "b" } } };
    expect(warningsOf(adminPolicy({ subject }))).toEqual(["AdminNetworkPolicy rule, spec.subject: selects no pods"]);
  });

  it.each<[string, Json, string]>([
    ["pods of another namespace", { from: [app("client")] }, ".ingress[0]: matches nobody"],
    ["pods with hostNetwork", { from: [app("proxy")] }, ".ingress[0]: matches nobody"],
    [
      "a range that is all excepted",
      { from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/9", "10.128.0.0/9"] } }] },
      ".ingress[0]: matches nobody",
    ],
    ["one of two peers", { from: [app("front"), app("client")] }, ".ingress[0].from[1]: its selectors: matches nobody"],
    [
      "a port that nobody has",
      { ports: [{ port: "api" }] },
      ".ingress[0].ports: no pod that receives has a port of the name api",
    ],
    [
      "a port of another protocol",
      { ports: [{ port: "web", protocol: "UDP" }] },
      ".ingress[0].ports: no pod that receives has a port of the name web",
    ],
  ])("tells of %s", (_name, rule, expected) => {
    expect(warningsOf(ingress(rule))).toEqual([`${DENY}${expected}`]);
  });

  const range = (cidr: string, ...except: readonly string[]): Json => ({ from: [{ ipBlock: { cidr, except } }] });
  const expression = (operator: string, ...values: readonly string[]): Json => ({
    from: [{ podSelector: { matchExpressions: [{ key: "app", operator, values }] } }],
  });
  const ports = (...list: readonly Json[]): Json => ({ ports: list });
  it.each<[string, Json, Json, boolean]>([
    ["all beside some", {}, { from: [app("front")] }, true],
    ["the same", { from: [app("front")] }, { from: [app("front")] }, true],
    ["others", { from: [app("front")] }, { from: [app("back")] }, false],
    ["several values beside one", expression("In", "front", "back"), { from: [app("front")] }, true],
    ["one value beside several", { from: [app("front")] }, expression("In", "front", "back"), false],
    ["a key beside its value", expression("Exists"), { from: [app("front")] }, true],
    ["not one beside another", expression("NotIn", "back"), { from: [app("front")] }, true],
    ["not one beside it", expression("NotIn", "front"), { from: [app("front")] }, false],
    ["not one beside not two", expression("NotIn", "x"), expression("NotIn", "x", "y"), true],
    ["not two beside not one", expression("NotIn", "x", "y"), expression("NotIn", "x"), false],
    [
      "the namespace by its labels",
      { from: [{ namespaceSelector: { matchLabels: { team: "a" } } }] },
      { from: [app("front")] },
      true,
    ],
    ["the namespace beside all", { from: [{ podSelector: {} }] }, { from: [{ namespaceSelector: {} }] }, false],
    ["a range in a range", range("10.0.0.0/8", "10.1.0.0/16"), range("10.2.0.0/16"), true],
    ["a range in the exception", range("10.0.0.0/8", "10.1.0.0/16"), range("10.1.0.0/24"), false],
    ["a range with the same exception", range("10.0.0.0/8", "10.1.0.0/16"), range("10.0.0.0/9", "10.1.0.0/16"), true],
    ["a port in a range", ports({ port: 80, endPort: 90 }), ports({ port: 85 }), true],
    ["a port behind a range", ports({ port: 80, endPort: 90 }), ports({ port: 91 }), false],
    ["a protocol beside its port", ports({ protocol: "UDP" }), ports({ protocol: "UDP", port: 53 }), true],
    ["all ports of a protocol beside all", ports({}), { from: [app("front")] }, false],
  ])("tells of rules that another makes needless: %s", (_name, one, other, isNeedless) => {
    const found = (...rules: readonly Json[]): string[] =>
      warningsOf(ingress(...rules)).filter((text) => text.includes("effect"));
    const text = (place: number, by: number): string =>
      `${DENY}.ingress[${place}]: has no effect: spec.ingress[${by}] lets all that it matches through`;
    expect(found(one, other).includes(text(1, 0))).toBe(isNeedless);
    expect(found(other, one).some((line) => line === text(0, 1) || line === text(1, 0))).toBe(
      isNeedless || found(one, other).length > 0,
    );
  });

  it("minds the order of an administrator's rules", () => {
    const wide = { action: "Deny", to: [{ namespaces: {} }, { networks: ["10.0.0.0/8"] }] };
    const narrow = {
      action: "Allow",
      to: [{ namespaces: { matchLabels: { team: "a" } } }, { networks: ["10.1.0.0/16"] }],
    };
    expect(warningsOf(adminPolicy({ egress: [narrow, wide] }))).toEqual([]);
    expect(warningsOf(adminPolicy({ egress: [wide, narrow] }))).toEqual([
      "AdminNetworkPolicy rule, spec.egress[1]: has no effect: spec.egress[0] decides for all that it matches",
    ]);
  });
});

describe("a rule that another policy makes needless", () => {
  const EFFECT =
    "has no effect: NetworkPolicy shop/all, spec.ingress[0] lets all that it matches through, to or from the same pods";
  const named = (name: string, selector: Json, ...rules: readonly Json[]): Json =>
    networkPolicy({ ...selector, ingress: rules }, { name, namespace: "shop" });
  const front = { from: [app("front")], ports: [{ port: 80 }] };

  it.each<[string, Json, Json]>([
    ["that selects the same pods", named("all", app("back"), {}), named("deny", app("back"), front)],
    ["that selects more pods", named("all", { podSelector: {} }, {}), named("deny", app("back"), front)],
    [
      "by an expression",
      named("all", app("back"), {}),
      named("deny", { podSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["back"] }] } }, front),
    ],
    [
      "that lets more ports through",
      named("all", app("back"), { from: [app("front")] }),
      named("deny", app("back"), front),
    ],
    ["that comes first and says the same", named("all", app("back"), front), named("deny", app("back"), front)],
  ])("is told of: one %s", (_what, all, narrow) => {
    expect(warningsOf(all, narrow)).toEqual([`${DENY}.ingress[0]: ${EFFECT}`]);
  });

  it.each<[string, Json, Json]>([
    ["of fewer pods", named("all", app("back"), {}), named("deny", { podSelector: {} }, front)],
    ["of other pods", named("all", app("front"), {}), named("deny", app("back"), { from: [app("back")] })],
    ["of other ports", named("all", app("back"), { ports: [{ port: 81 }] }), named("deny", app("back"), front)],
    [
      "of egress",
      networkPolicy({ ...app("back"), policyTypes: ["Egress"], egress: [{}] }, { name: "all", namespace: "shop" }),
      named("deny", app("back"), front),
    ],
    [
      "of another namespace",
      networkPolicy({ ingress: [{}] }, { name: "all", namespace: "other" }),
      named("deny", app("back"), front),
    ],
  ])("is none where the other one is %s", (_what, all, narrow) => {
    expect(warningsOf(all, narrow)).toEqual([]);
  });

  it("is looked for among many policies in little time", () => {
    const many = Array.from({ length: 2000 }, (_none, index) => named(`p-${index}`, app(`app-${index}`), front));
    const policies = parsePolicies(many, "");
    const started = performance.now();
    policyWarnings(policies, PODS, NAMESPACES);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
