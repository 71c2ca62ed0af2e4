/**
 * Network policies from Kubernetes YAML or JSON, as a person writes it or `kubectl get networkpolicies -A -o yaml` prints it.
 *
 *     const { networkPolicies, adminPolicies, warnings } = parsePolicyFile(text, "deny.yaml");
 */
import { ClusterFileError } from "./cluster-file-error.ts";
import { type KubernetesObject, objectsOf, readObjects } from "./cluster-file-documents.ts";
import { type Finding, FindingList } from "./cluster-file-findings.ts";
import type { AdminPolicy, NetworkPolicy } from "./network-policy.ts";
import { readAdminPolicy } from "./policy-file-admin.ts";
import { checkFields, nearest } from "./policy-file-fields.ts";
import { ErrorCollector, namedLines } from "./policy-file-errors.ts";
import { checkLabels } from "./policy-file-labels.ts";
import { readNetworkPolicy } from "./policy-file-network.ts";

/** What the objects come to. */
export interface ParsedPolicies {
  readonly networkPolicies: NetworkPolicy[];
  readonly adminPolicies: AdminPolicy[];
  /** What is taken and is odd all the same. */
  readonly warnings: Finding[];
}

/** The version of each kind that is read. */
const VERSIONS: Readonly<Record<string, string>> = {
  NetworkPolicy: "networking.k8s.io/v1",
  AdminNetworkPolicy: "policy.networking.k8s.io/v1alpha1",
  BaselineAdminNetworkPolicy: "policy.networking.k8s.io/v1alpha1",
};

/** Kinds that are policies. */
export const POLICY_KINDS: readonly string[] = Object.keys(VERSIONS);

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_LIMIT = 253;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const NAMESPACE_LIMIT = 63;

/** What the API server and its clients write into an object's metadata. */
const METADATA_FIELDS = [
  ...["name", "generateName", "namespace", "labels", "annotations", "uid", "resourceVersion", "generation"],
  ...["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers"],
  ...["managedFields", "selfLink"],
];

/**
 * The policies of a file of YAML or JSON: documents, Lists and bare lists, as a cluster's file may have them.
 * @throws ClusterFileError, one line with the file's name, document and field, for what the API server refuses
 */
export function parsePolicyFile(text: string, fileName: string): ParsedPolicies {
  return named(fileName, () => readFile(readObjects(text, true), fileName));
}

/**
 * The same from values as `parseDocuments` gives them, a document each.
 * @param origin what messages and the policies' origin begin with: a file's name
 * @throws ClusterFileError
 */
export function parsePolicies(documents: readonly unknown[], origin: string): ParsedPolicies {
  return named(origin, () => readFile(objectsOf(documents), origin));
}

function named<T>(origin: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ClusterFileError ? new ClusterFileError(namedLines(error.message, origin)) : error;
  }
}

/** Objects of a file that is one of policies: if it has any objects, there are some among them. */
function readFile(objects: readonly KubernetesObject[], origin: string): ParsedPolicies {
  const policies = readPolicies(objects, origin);
  const kinds = [...new Set(objects.map(({ kind }) => kind))];
  const count = policies.networkPolicies.length + policies.adminPolicies.length;
  if (count === 0 && kinds.length > 0)
    throw new ClusterFileError(`expected ${POLICY_KINDS.join(" or ")}, found none but ${kinds.join(", ")}`);
  return policies;
}

/** Those that other projects enforce in ways of their own. */
export function isForeignPolicy({ kind, reading }: KubernetesObject): boolean {
  const [group = ""] = (reading.text("apiVersion") ?? "").split("/");
  const isOwn = group === "networking.k8s.io" || group === "policy.networking.k8s.io";
  return (
    !isOwn && /^(Cilium|Calico|Staged)?(Clusterwide|Global|Kubernetes)?NetworkPolicy$/.test(kind) && FOREIGN.test(group)
  );
}

/** API groups of Cilium and Calico. */
const FOREIGN = /^(cilium\.io|(crd\.)?projectcalico\.org)$/;

/** "podwire enforces NetworkPolicy of networking.k8s.io/v1 ..." */
export const ENFORCED: string = `podwire enforces ${POLICY_KINDS.map((kind) => `${kind} of ${VERSIONS[kind]!}`).join(", ")}`;

/**
 * The policies among the objects.
 * @throws ClusterFileError, a line for each object or rule that is wrong, whose message lacks the origin
 */
export function readPolicies(objects: readonly KubernetesObject[], origin: string): ParsedPolicies {
  const findings = new FindingList();
  const [networkPolicies, adminPolicies]: [NetworkPolicy[], AdminPolicy[]] = [[], []];
  const places = new Map<string, string>();
  const errors = new ErrorCollector();
  errors.each(objects, (object) => {
    const { kind, title, place, reading } = object;
    if (!isPolicy(object)) {
      findings.unused(kind, title);
      return;
    }
    const first = places.get(title);
    if (first !== undefined) reading.object("metadata").fail("name", `a name that ${first} has not`);
    places.set(title, place);
    checkObject(object);
    const from = `${origin}: ${place}`;
    if (kind === "NetworkPolicy") networkPolicies.push(readNetworkPolicy(object, from, findings));
    else adminPolicies.push(readAdminPolicy(object, from, findings));
  });
  errors.finish();
  return { networkPolicies, adminPolicies, warnings: findings.list() };
}

/** @throws ClusterFileError for a kind that is nearly a policy's, or one of another version or project */
function isPolicy(object: KubernetesObject): boolean {
  const { kind, place, reading } = object;
  if (isForeignPolicy(object)) {
    const found = `${String(reading.value["apiVersion"])} ${kind}`;
    throw new ClusterFileError(`${place}, ${object.title}: ${ENFORCED}, found ${found}`);
  }
  const version = Object.hasOwn(VERSIONS, kind) ? VERSIONS[kind]! : undefined;
  if (version === undefined) {
    const meant = nearest(kind, POLICY_KINDS);
    if (meant !== undefined) reading.fail("kind", `a kind that there is (did you mean "${meant}"?)`);
    return false;
  }
  // Items of a typed list need not repeat what they are.
  const isListed = !reading.has("kind") && !reading.has("apiVersion");
  if (!isListed && reading.text("apiVersion") !== version) reading.fail("apiVersion", version);
  return true;
}

function checkObject({ kind, name, namespace, reading }: KubernetesObject): void {
  checkFields(reading, ["apiVersion", "kind", "metadata", "spec", "status"]);
  const metadata = reading.object("metadata");
  checkFields(metadata, METADATA_FIELDS);
  checkLabels(metadata.object("labels"));
  if (!NAME.test(name) || name.length > NAME_LIMIT)
    metadata.fail("name", "a name of lower-case letters, digits, '-' and '.'");
  if (namespace !== "" && (!NAMESPACE.test(namespace) || namespace.length > NAMESPACE_LIMIT))
    metadata.fail("namespace", "the name of a namespace");
  if (kind !== "NetworkPolicy" && metadata.has("namespace"))
    metadata.fail("namespace", "no namespace for an administrator's policy");
  // The API server defaults a NetworkPolicy's; that of an administrator's policy is required.
  if (kind !== "NetworkPolicy" && !reading.has("spec")) reading.fail("spec", "what the policy says");
}
