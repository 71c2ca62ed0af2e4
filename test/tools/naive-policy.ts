/**
 * Who may reach whom, read from Kubernetes' own words and nothing else: a second opinion on the datapath. It takes
 * policies as JSON, knows nothing of podwire's types, compiles nothing, and is as slow as it likes.
 */

/** JSON of a Kubernetes object, or of a part of one. */
// Its fields are read as the API's documentation has them; none is checked here.
export interface Manifest {
  readonly [field: string]:
    Manifest | readonly Manifest[] | readonly string[] | string | number | boolean | null | undefined;
}

export interface NaivePort {
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
}

export interface NaivePod {
  readonly namespace: string;
  readonly name: string;
  /** "10.244.1.5"; of a pod with hostNetwork its node's. */
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly NaivePort[];
  readonly hostNetwork?: boolean;
}

export interface NaiveWorld {
  readonly pods: readonly NaivePod[];
  /** Labels by the namespace's name. */
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** NetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy. */
  readonly policies: readonly Manifest[];
}

/** One connection's first packet; of ICMP, an echo request. */
export interface NaiveProbe {
  readonly source: NaivePod;
  readonly destination: NaivePod;
  readonly protocol: string;
  readonly port: number;
}

export interface NaiveVerdict {
  readonly ingress: boolean;
  readonly egress: boolean;
  readonly allowed: boolean;
}

/** What Kubernetes leaves to plugins. */
export interface NaivePlugin {
  /** kube-router accepts echo requests before it asks any policy. */
  readonly echoPasses: boolean;
}

type Direction = "ingress" | "egress";

/** "For a connection from a source pod to a destination pod to be allowed, both the egress policy on the source pod and the ingress policy on the destination pod need to allow the connection." */
export function mayReach(
  world: NaiveWorld,
  probe: NaiveProbe,
  { echoPasses }: NaivePlugin = { echoPasses: false },
): NaiveVerdict {
  if (probe.protocol === "ICMP" && echoPasses) return { ingress: true, egress: true, allowed: true };
  const egress = mayPass(world, probe, "egress");
  const ingress = mayPass(world, probe, "ingress");
  return { ingress, egress, allowed: ingress && egress };
}

/** One direction: administrators' policies by priority, then NetworkPolicies if any select the pod, then the baseline. */
function mayPass(world: NaiveWorld, probe: NaiveProbe, direction: Direction): boolean {
  const pod = direction === "ingress" ? probe.destination : probe.source;
  // Pods with hostNetwork are their nodes: no policy selects them.
  if (pod.hostNetwork === true) return true;
  const ofKind = (kind: string): Manifest[] => world.policies.filter((policy) => policy["kind"] === kind);
  const admin = ofKind("AdminNetworkPolicy").sort((one, other) => priorityOf(one) - priorityOf(other));
  const decision = firstAction(world, admin, probe, direction);
  if (decision === "Allow") return true;
  if (decision === "Deny") return false;
  const isolating = ofKind("NetworkPolicy").filter(
    (policy) => selects(policy, pod) && typesOf(policy).includes(direction),
  );
  if (isolating.length > 0)
    return isolating.some((policy) =>
      rulesOf(policy, direction).some((rule) => allows(world, policy, rule, probe, direction)),
    );
  return firstAction(world, ofKind("BaselineAdminNetworkPolicy"), probe, direction) !== "Deny";
}

// NetworkPolicy

function selects(policy: Manifest, pod: NaivePod): boolean {
  return namespaceOf(policy) === pod.namespace && matches(object(spec(policy), "podSelector"), pod.labels);
}

/** "If no policyTypes are specified on a NetworkPolicy then by default Ingress will always be set and Egress will be set if the NetworkPolicy has any egress rules." */
function typesOf(policy: Manifest): string[] {
  const types = list(spec(policy), "policyTypes") as unknown as string[];
  if (types.length > 0) return types.map((type) => type.toLowerCase());
  return list(spec(policy), "egress").length > 0 ? ["ingress", "egress"] : ["ingress"];
}

function rulesOf(policy: Manifest, direction: Direction): readonly Manifest[] {
  return list(spec(policy), direction);
}

/** "Each rule allows traffic which matches both the from and ports sections." Empty or missing, they match all. */
function allows(world: NaiveWorld, policy: Manifest, rule: Manifest, probe: NaiveProbe, direction: Direction): boolean {
  const peers = list(rule, direction === "ingress" ? "from" : "to");
  const ports = list(rule, "ports");
  const other = direction === "ingress" ? probe.source : probe.destination;
  return (
    (peers.length === 0 || peers.some((peer) => isPeer(world, policy, peer, other))) &&
    (ports.length === 0 || ports.some((port) => isPort(port, probe)))
  );
}

function isPeer(world: NaiveWorld, policy: Manifest, peer: Manifest, pod: NaivePod): boolean {
  if (has(peer, "ipBlock")) {
    const block = object(peer, "ipBlock");
    const except = list(block, "except") as unknown as string[];
    return inRange(pod.ip, String(block["cidr"])) && !except.some((range) => inRange(pod.ip, range));
  }
  if (pod.hostNetwork === true) return false;
  const isNamespace = has(peer, "namespaceSelector")
    ? matches(object(peer, "namespaceSelector"), namespaceLabels(world, pod.namespace))
    : pod.namespace === namespaceOf(policy);
  return isNamespace && (!has(peer, "podSelector") || matches(object(peer, "podSelector"), pod.labels));
}

function isPort(port: Manifest, { destination, protocol, port: number }: NaiveProbe): boolean {
  if ((port["protocol"] ?? "TCP") !== protocol) return false;
  if (!has(port, "port")) return true;
  if (typeof port["port"] === "string") return isNamed(destination, port["port"], protocol, number);
  const last = has(port, "endPort") ? port["endPort"] : port["port"];
  return number >= Number(port["port"]) && number <= Number(last);
}

/** Whether the pod has given this port the name. */
function isNamed(pod: NaivePod, name: string, protocol: string, number: number): boolean {
  // Of a pod with hostNetwork policies know nothing but its node's address.
  return (
    pod.hostNetwork !== true &&
    pod.ports.some((port) => port.name === name && port.protocol === protocol && port.number === number)
  );
}

// AdminNetworkPolicy and BaselineAdminNetworkPolicy

/** What the first rule says that the connection matches, of the policies in their order. */
function firstAction(
  world: NaiveWorld,
  policies: readonly Manifest[],
  probe: NaiveProbe,
  direction: Direction,
): string | undefined {
  const pod = direction === "ingress" ? probe.destination : probe.source;
  const other = direction === "ingress" ? probe.source : probe.destination;
  for (const policy of policies) {
    if (!isAdminPeer(world, object(spec(policy), "subject"), pod)) continue;
    for (const rule of list(spec(policy), direction)) {
      const peers = list(rule, direction === "ingress" ? "from" : "to");
      const isMatch = peers.some((peer) => isAdminPeer(world, peer, other));
      if (isMatch && isAdminPorts(rule, probe)) return String(rule["action"]);
    }
  }
  return undefined;
}

function isAdminPeer(world: NaiveWorld, peer: Manifest, pod: NaivePod): boolean {
  if (has(peer, "networks"))
    return (list(peer, "networks") as unknown as string[]).some((range) => inRange(pod.ip, range));
  if (pod.hostNetwork === true) return false;
  const labels = namespaceLabels(world, pod.namespace);
  if (has(peer, "namespaces")) return matches(object(peer, "namespaces"), labels);
  const pods = object(peer, "pods");
  return matches(object(pods, "namespaceSelector"), labels) && matches(object(pods, "podSelector"), pod.labels);
}

function isAdminPorts(rule: Manifest, { destination, protocol, port: number }: NaiveProbe): boolean {
  if (!has(rule, "ports")) return true;
  return list(rule, "ports").some((port) => {
    if (has(port, "namedPort")) return isNamed(destination, String(port["namedPort"]), protocol, number);
    const inner = has(port, "portNumber") ? object(port, "portNumber") : object(port, "portRange");
    if ((inner["protocol"] ?? "TCP") !== protocol) return false;
    const [first, last] = [inner["port"] ?? inner["start"], inner["port"] ?? inner["end"]];
    return number >= Number(first) && number <= Number(last);
  });
}

function priorityOf(policy: Manifest): number {
  return Number(spec(policy)["priority"]);
}

// Labels

/** "The result of matchLabels and matchExpressions are ANDed. An empty label selector matches all objects." */
function matches(selector: Manifest, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(object(selector, "matchLabels"))) if (labels[key] !== value) return false;
  for (const expression of list(selector, "matchExpressions")) {
    const value = labels[String(expression["key"])];
    const values = list(expression, "values") as unknown as string[];
    if (expression["operator"] === "In" && !(value !== undefined && values.includes(value))) return false;
    if (expression["operator"] === "NotIn" && value !== undefined && values.includes(value)) return false;
    if (expression["operator"] === "Exists" && value === undefined) return false;
    if (expression["operator"] === "DoesNotExist" && value !== undefined) return false;
  }
  return true;
}

function namespaceLabels(world: NaiveWorld, name: string): Readonly<Record<string, string>> {
  return { ...world.namespaces[name], "kubernetes.io/metadata.name": name };
}

// Addresses

function inRange(ip: string, range: string): boolean {
  const [network, length] = range.split("/");
  return bits(ip).slice(0, Number(length)) === bits(network!).slice(0, Number(length));
}

/** "10.0.0.1" as 32 digits of 0 and 1. */
function bits(ip: string): string {
  return ip
    .split(".")
    .map((octet) => Number(octet).toString(2).padStart(8, "0"))
    .join("");
}

// JSON

function spec(policy: Manifest): Manifest {
  return object(policy, "spec");
}

function namespaceOf(policy: Manifest): string {
  return String(object(policy, "metadata")["namespace"] ?? "default");
}

function has(manifest: Manifest, field: string): boolean {
  return manifest[field] !== undefined && manifest[field] !== null;
}

function object(manifest: Manifest, field: string): Manifest {
  return (manifest[field] ?? {}) as Manifest;
}

function list(manifest: Manifest, field: string): readonly Manifest[] {
  return (manifest[field] ?? []) as readonly Manifest[];
}
