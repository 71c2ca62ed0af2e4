/**
 * What somebody expects of a cluster's policies, as YAML or JSON to keep beside them, and what of it does not hold:
 *
 *     - { from: frontend, to: backend, tcp: 8080, allowed: true }
 *     - { from: shop/*, to: kube-system/*, allowed: false }
 *
 * `from` and `to`: a pod's name, with its namespace before a slash where another than "default" has one of that name too,
 * or * for all of a namespace, or * alone. `tcp`, `udp` or `sctp`: a port; where there is none, all that the destination's containers declare.
 */
import {
  type Cluster,
  ClusterFileError,
  type ClusterPod,
  parseDocuments,
  type PolicyProtocol,
} from "../kubernetes/index.ts";
import { portText, type TriedPort } from "./pod-groups.ts";
import { ownPorts, type Reachability } from "./reachability.ts";

export interface Expectation {
  /** "expectation 3": which of its file. */
  readonly place: string;
  readonly from: string;
  readonly to: string;
  /** Null: those of the destination. */
  readonly port: TriedPort | null;
  readonly allowed: boolean;
}

const PROTOCOLS: Readonly<Record<string, PolicyProtocol>> = { tcp: "TCP", udp: "UDP", sctp: "SCTP" };
const FIELDS = ["from", "to", "allowed", ...Object.keys(PROTOCOLS)];

/** @throws RangeError that says which entry is wrong, and how */
export function parseExpectations(text: string): Expectation[] {
  const entries = entriesOf(text);
  if (entries.length === 0) throw new RangeError("expected at least one expectation, found none");
  return entries.map((entry, index) => readExpectation(entry, `expectation ${index + 1}`));
}

/** Of the only document. @throws RangeError */
function entriesOf(text: string): readonly unknown[] {
  try {
    const [value, ...others] = parseDocuments(text);
    if (others.length > 0) throw new RangeError(`expected one document, found ${1 + others.length}`);
    if (!Array.isArray(value)) throw new RangeError("expected a list of expectations, found something else");
    return value;
  } catch (error) {
    throw error instanceof ClusterFileError ? new RangeError(error.message) : error;
  }
}

function readExpectation(entry: unknown, place: string): Expectation {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw new RangeError(`${place}: expected an object, found ${JSON.stringify(entry)}`);
  const fields = entry as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`${place}: expected ${FIELDS.join(", ")}, found ${JSON.stringify(unknown)}`);
  const { from, to, allowed } = fields;
  if (typeof from !== "string" || typeof to !== "string")
    throw new RangeError(
      `${place}: expected from and to as text, found ${JSON.stringify(typeof from === "string" ? to : from)}`,
    );
  if (typeof allowed !== "boolean")
    throw new RangeError(`${place}: expected allowed to be true or false, found ${JSON.stringify(allowed)}`);
  return { place, from, to, allowed, port: readPort(fields, place) };
}

function readPort(fields: Readonly<Record<string, unknown>>, place: string): TriedPort | null {
  const [name, ...others] = Object.keys(PROTOCOLS).filter((protocol) => Object.hasOwn(fields, protocol));
  if (name === undefined) return null;
  if (others.length > 0)
    throw new RangeError(`${place}: expected one of tcp, udp and sctp, found ${name} and ${others[0]}`);
  const port = fields[name];
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`${place}: expected ${name} from 1 to 65535, found ${JSON.stringify(port)}`);
  return { protocol: PROTOCOLS[name]!, port };
}

/** The pods that a name stands for. @throws RangeError for none, and for one of several namespaces */
function podsOf({ pods }: Cluster, name: string): readonly ClusterPod[] {
  if (!name.includes("/") && name !== "*") return [podNamed(pods, name)];
  const [namespace, pod] = name === "*" ? ["*", "*"] : name.split("/", 2);
  const inNamespace = pods.filter((each) => namespace === "*" || each.kubernetesNamespace === namespace);
  const found = inNamespace.filter((each) => pod === "*" || each.name === pod);
  if (found.length > 0) return found;
  const namesakes = pods.filter((each) => each.name === pod);
  const others = inNamespace.length > 0 || pods.length === 0 ? [] : namespacesOf(pods);
  throw noPods(
    name,
    namesakes.length > 0 ? namesakes.map(({ fullName }) => fullName) : others.map((each) => `${each}/*`),
  );
}

/** By its name alone: of the namespace "default", or the only one. */
function podNamed(pods: readonly ClusterPod[], name: string): ClusterPod {
  const found = pods.filter((pod) => pod.name === name);
  const only = found.find(({ kubernetesNamespace }) => kubernetesNamespace === "default") ?? found[0];
  if (only === undefined) throw noPods(name, []);
  if (only.kubernetesNamespace !== "default" && found.length > 1)
    throw new RangeError(
      `expected one of ${found.map(({ fullName }) => fullName).join(", ")}, found ${JSON.stringify(name)}`,
    );
  return only;
}

function namespacesOf(pods: readonly ClusterPod[]): string[] {
  return [...new Set(pods.map(({ kubernetesNamespace }) => kubernetesNamespace))].sort();
}

/** As many names as a person reads. */
const HINT_LIMIT = 8;

function noPods(name: string, meant: readonly string[]): RangeError {
  const more = meant.length > HINT_LIMIT ? ` and ${meant.length - HINT_LIMIT} more` : "";
  const hint = meant.length === 0 ? "" : `: there is ${meant.slice(0, HINT_LIMIT).join(", ")}${more}`;
  return new RangeError(`expected pods of the cluster, found none for ${JSON.stringify(name)}${hint}`);
}

/**
 * What has to be tried of each pod.
 * @throws RangeError that says which expectation is about nobody, or tests nothing: a pod and itself are no pair, nor are two
 * that share a node's network
 */
export function expectedPorts(
  cluster: Cluster,
  expectations: readonly Expectation[],
): (pod: ClusterPod) => readonly TriedPort[] {
  const ports = new Map<ClusterPod, Map<string, TriedPort>>();
  for (const expectation of expectations) {
    const { place, from, to, port } = expectation;
    const [sources, destinations] = at(place, () => [podsOf(cluster, from), podsOf(cluster, to)] as const);
    if (!destinations.some((destination) => sources.some(({ namespace }) => namespace !== destination.namespace)))
      throw new RangeError(
        `${place}: expected a pair of pods to test, found none that do not share a network namespace from ${JSON.stringify(from)} to ${JSON.stringify(to)}`,
      );
    for (const pod of destinations) {
      const known = ports.get(pod) ?? new Map<string, TriedPort>();
      ports.set(pod, known);
      for (const tried of port === null ? ownPorts(pod) : [port]) known.set(portText(tried), tried);
    }
  }
  return (pod) => [...(ports.get(pod)?.values() ?? [])];
}

function at<T>(place: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`${place}: ${error.message}`) : error;
  }
}

/** A line for each expectation that does not hold, with the first pair of pods that shows it. */
export function unmetExpectations(reachability: Reachability, expectations: readonly Expectation[]): string[] {
  return expectations.flatMap((expectation) => {
    const { cluster } = reachability;
    const ports = expectation.port === null ? null : portText(expectation.port);
    let pairCount = 0;
    let unmetCount = 0;
    let first = "";
    for (const source of podsOf(cluster, expectation.from))
      for (const destination of podsOf(cluster, expectation.to)) {
        if (source.namespace === destination.namespace) continue;
        const wanted = ports === null ? ownPorts(destination).map(portText) : [ports];
        reachability.portsOf(destination).forEach((port, index) => {
          if (!wanted.includes(portText(port))) return;
          const { outcome, reason } = reachability.result(source, destination, index)!;
          pairCount++;
          if ((outcome === "allowed") === expectation.allowed && outcome !== "lost") return;
          if (unmetCount++ === 0)
            first = `${source.fullName} to ${destination.fullName} ${portText(port)}: expected ${expectation.allowed ? "allowed" : "denied"}, found ${outcome}${reason === "" ? "" : ` (${reason})`}`;
        });
      }
    if (unmetCount === 0) return [];
    return [
      unmetCount === 1
        ? first
        : `${first}; so are ${unmetCount} of ${pairCount} from ${expectation.from} to ${expectation.to}`,
    ];
  });
}
