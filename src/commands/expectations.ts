/**
 * What somebody expects of a cluster's policies, as YAML or JSON to keep beside them, and what of it does not hold:
 *
 *     - { from: frontend, to: backend, tcp: 8080, allowed: true }
 *     - { from: shop/*, to: kube-system/*, allowed: false }
 *
 * `from` and `to`: a pod's name, with its namespace before a slash if that is not "default", or * for all of a namespace,
 * or * alone. `tcp`, `udp` or `sctp`: a port; where there is none, all that the destination's containers declare.
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
  return entriesOf(text).map((entry, index) => readExpectation(entry, `expectation ${index + 1}`));
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
  return { from, to, allowed, port: readPort(fields, place) };
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

/** The pods that a name stands for. @throws RangeError for none */
function podsOf(cluster: Cluster, name: string): readonly ClusterPod[] {
  const [namespace, pod] = name.includes("/") ? name.split("/", 2) : name === "*" ? ["*", "*"] : ["default", name];
  const found = cluster.pods.filter(
    (candidate) =>
      (namespace === "*" || candidate.kubernetesNamespace === namespace) && (pod === "*" || candidate.name === pod),
  );
  if (found.length === 0) throw new RangeError(`expected pods of the cluster, found none for ${JSON.stringify(name)}`);
  return found;
}

/** What has to be tried of each pod. @throws RangeError for an expectation about nobody */
export function expectedPorts(
  cluster: Cluster,
  expectations: readonly Expectation[],
): (pod: ClusterPod) => readonly TriedPort[] {
  const ports = new Map<ClusterPod, Map<string, TriedPort>>();
  for (const { from, to, port } of expectations) {
    podsOf(cluster, from);
    for (const pod of podsOf(cluster, to)) {
      const known = ports.get(pod) ?? new Map<string, TriedPort>();
      ports.set(pod, known);
      for (const tried of port === null ? ownPorts(pod) : [port]) known.set(portText(tried), tried);
    }
  }
  return (pod) => [...(ports.get(pod)?.values() ?? [])];
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
        if (source === destination) continue;
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
