/** AdminNetworkPolicy and BaselineAdminNetworkPolicy of policy.networking.k8s.io/v1alpha1 from their JSON. */
import type { KubernetesObject } from "./cluster-file-documents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { JsonReading } from "./cluster-file-object.ts";
import type { AdminPeer, AdminPolicy, AdminPolicyRule, AdminSelection, PolicyPort } from "./network-policy.ts";
import { ErrorCollector } from "./policy-file-errors.ts";
import { checkFields, onlyField } from "./policy-file-fields.ts";
import { readSelector } from "./policy-file-labels.ts";
import { readAdminPort } from "./policy-file-ports.ts";
import { RangeReader } from "./policy-file-ranges.ts";

/** The only baseline that there can be. */
const BASELINE_NAME = "default";

const PRIORITY_LIMIT = 1000;
/** Rules of a policy in one direction, peers of a rule, ports of a rule. */
const LIST_LIMIT = 100;
const NETWORK_LIMIT = 25;
const NAME_LIMIT = 100;

const ACTIONS = ["Allow", "Deny", "Pass"] as const;

/** What differs between the kinds and directions. */
interface RuleForm {
  readonly peers: "from" | "to";
  readonly actions: readonly AdminPolicyRule["action"][];
  readonly ranges: RangeReader;
}

/** @throws ClusterFileError for what the API server refuses, and for peers by nodes, whose labels are not read */
export function readAdminPolicy(object: KubernetesObject, origin: string, findings: FindingList): AdminPolicy {
  const { title, kind, name, reading } = object;
  const isBaseline = kind === "BaselineAdminNetworkPolicy";
  if (isBaseline && name !== BASELINE_NAME)
    reading.object("metadata").fail("name", `${JSON.stringify(BASELINE_NAME)}, the only baseline that there can be`);
  const spec = reading.object("spec");
  checkFields(spec, isBaseline ? ["subject", "ingress", "egress"] : ["priority", "subject", "ingress", "egress"]);
  const form = { actions: isBaseline ? ACTIONS.slice(0, 2) : ACTIONS, ranges: new RangeReader(title, findings) };
  return {
    name,
    priority: isBaseline ? Infinity : readPriority(spec),
    isBaseline,
    subject: readSubject(spec),
    ingress: readRules(spec, "ingress", { ...form, peers: "from" }),
    egress: readRules(spec, "egress", { ...form, peers: "to" }),
    origin,
  };
}

function readRules(spec: JsonReading, field: "ingress" | "egress", form: RuleForm): AdminPolicyRule[] {
  const errors = new ErrorCollector();
  const rules = errors.each(listOf(spec, field, 0, LIST_LIMIT), (rule) => readRule(rule, form));
  errors.finish();
  return rules;
}

function readPriority(spec: JsonReading): number {
  return (
    spec.integer("priority", 0, PRIORITY_LIMIT) ?? spec.fail("priority", `a whole number from 0 to ${PRIORITY_LIMIT}`)
  );
}

function readSubject(spec: JsonReading): AdminSelection {
  if (!spec.has("subject")) spec.fail("subject", "namespaces or pods");
  const subject = spec.object("subject");
  return readSelection(subject, onlyField(subject, ["namespaces", "pods"]));
}

function readSelection(reading: JsonReading, field: "namespaces" | "pods"): AdminSelection {
  if (field === "namespaces") return { kind: "namespaces", selector: readSelector(reading, field) };
  const pods = reading.object(field);
  checkFields(pods, ["namespaceSelector", "podSelector"]);
  for (const key of ["namespaceSelector", "podSelector"]) if (!pods.has(key)) pods.fail(key, "a selector, {} for all");
  return {
    kind: "pods",
    namespaceSelector: readSelector(pods, "namespaceSelector"),
    podSelector: readSelector(pods, "podSelector"),
  };
}

function readRule(reading: JsonReading, form: RuleForm): AdminPolicyRule {
  checkFields(reading, ["name", "action", "ports", form.peers]);
  const name = reading.text("name") ?? "";
  if (name.length > NAME_LIMIT) reading.fail("name", `at most ${NAME_LIMIT} characters`);
  const action = reading.oneOf("action", form.actions) ?? reading.fail("action", form.actions.join(" or "));
  const ports = reading.has("ports") ? listOf(reading, "ports", 1, LIST_LIMIT).flatMap(readAdminPort) : null;
  const peers = listOf(reading, form.peers, 1, LIST_LIMIT).map((peer) => readPeer(peer, form, ports));
  return { name, action, peers, ports };
}

function readPeer(reading: JsonReading, { peers, ranges }: RuleForm, ports: readonly PolicyPort[] | null): AdminPeer {
  // A field of the experimental channel, told by name: it is no misspelt one.
  if (peers === "to" && reading.has("nodes"))
    reading.fail("nodes", "namespaces, pods or networks (nodes' labels are not read)");
  const field = onlyField(reading, peers === "from" ? ["namespaces", "pods"] : ["namespaces", "pods", "networks"]);
  if (field !== "networks") return readSelection(reading, field);
  const count = reading.texts(field).length;
  if (count < 1 || count > NETWORK_LIMIT) reading.fail(field, `1 to ${NETWORK_LIMIT} address ranges`);
  if (ports?.some(({ port }) => typeof port === "string") === true)
    reading.fail(field, "no networks in a rule with ports by name, which networks do not have");
  return { kind: "networks", prefixes: ranges.ranges(reading, field) };
}

function listOf(reading: JsonReading, key: string, minimum: number, maximum: number): JsonReading[] {
  const list = reading.objects(key);
  if (list.length < minimum || list.length > maximum) reading.fail(key, `a list of ${minimum} to ${maximum} elements`);
  return list;
}
