/** NetworkPolicy of networking.k8s.io/v1 from its JSON. */
import { ClusterFileError } from "./cluster-file-error.ts";
import type { KubernetesObject } from "./cluster-file-documents.ts";
import type { FindingList } from "./cluster-file-findings.ts";
import type { JsonReading } from "./cluster-file-object.ts";
import type { NetworkPolicy, PolicyPeer, PolicyRule } from "./network-policy.ts";
import { ErrorCollector } from "./policy-file-errors.ts";
import { checkFields } from "./policy-file-fields.ts";
import { readSelector } from "./policy-file-labels.ts";
import { readPort } from "./policy-file-ports.ts";
import { RangeReader } from "./policy-file-ranges.ts";

type Direction = "Ingress" | "Egress";
const DIRECTIONS: readonly Direction[] = ["Ingress", "Egress"];

/** Where rules have their peers. */
const PEERS = { Ingress: "from", Egress: "to" } as const;

/**
 * A policy without spec is one with an empty one, as the API server takes it (its defaults, and no check that there is any):
 * it isolates all pods of its namespace for ingress.
 * @throws ClusterFileError for what the API server refuses
 */
export function readNetworkPolicy(object: KubernetesObject, origin: string, findings: FindingList): NetworkPolicy {
  const { title, name, namespace, reading } = object;
  const spec = reading.object("spec");
  if (!reading.has("spec"))
    findings.warning(title, "spec", `there is none: all pods of ${namespace} are isolated for ingress`);
  const errors = new ErrorCollector();
  errors.attempt(() => checkFields(spec, ["podSelector", "policyTypes", "ingress", "egress"]));
  const types = errors.attempt(() => readTypes(spec)) ?? DIRECTIONS;
  const ranges = new RangeReader(title, findings);
  const rulesOf = (direction: Direction, field: "ingress" | "egress"): PolicyRule[] | null => {
    const given = errors.attempt(() => spec.objects(field)) ?? [];
    const rules = errors.each(given, (rule) => readRule(rule, PEERS[direction], ranges));
    if (types.includes(direction)) return rules;
    const text = `policyTypes are ${types.join(" and ")}: the rules have no effect`;
    if (rules.length > 0) findings.warning(title, `spec.${field}`, text);
    return null;
  };
  const podSelector = errors.attempt(() => readSelector(spec, "podSelector"));
  const [ingress, egress] = [rulesOf("Ingress", "ingress"), rulesOf("Egress", "egress")];
  errors.finish();
  return { name, namespace, podSelector: podSelector!, ingress, egress, origin };
}

/** A policy without types is one for ingress, and for egress when it has rules for that. */
function readTypes(spec: JsonReading): readonly Direction[] {
  const texts = spec.texts("policyTypes");
  if (texts.length > DIRECTIONS.length) spec.fail("policyTypes", "at most two types");
  const types = texts.map((text, index) => {
    const found = DIRECTIONS.find((direction) => direction === text);
    return found ?? spec.fail("policyTypes", DIRECTIONS.join(" or "), index);
  });
  if (types.length > 0) return types;
  return spec.objects("egress").length > 0 ? DIRECTIONS : ["Ingress"];
}

function readRule(rule: JsonReading, peersField: "from" | "to", ranges: RangeReader): PolicyRule {
  checkFields(rule, ["ports", peersField]);
  const ports = rule.objects("ports").map(readPort);
  const given = rule.objects(peersField);
  // Peers of IPv6 alone are peers all the same: a list that they leave empty allows nobody.
  const peers = given.flatMap((peer) => readPeer(peer, ranges) ?? []);
  return { peers: given.length === 0 ? null : peers, ports: ports.length === 0 ? null : ports };
}

/** A peer; undefined for one of IPv6. */
function readPeer(reading: JsonReading, ranges: RangeReader): PolicyPeer | undefined {
  checkFields(reading, ["podSelector", "namespaceSelector", "ipBlock"]);
  const [hasPods, hasNamespaces] = [reading.has("podSelector"), reading.has("namespaceSelector")];
  if (reading.has("ipBlock")) {
    if (hasPods || hasNamespaces) throw wrongPeer(reading, "no selector beside ipBlock, found both");
    return ranges.ipBlock(reading.object("ipBlock"));
  }
  if (!hasPods && !hasNamespaces)
    throw wrongPeer(reading, "podSelector, namespaceSelector or ipBlock, found an empty peer");
  return {
    kind: "pods",
    podSelector: hasPods ? readSelector(reading, "podSelector") : null,
    namespaceSelector: hasNamespaces ? readSelector(reading, "namespaceSelector") : null,
  };
}

function wrongPeer({ place, path }: JsonReading, expected: string): ClusterFileError {
  return new ClusterFileError(`${place}, ${path}: expected ${expected}`);
}
