/** What people mean by a destination: an address, or the name of a pod or a node, as the cluster's DNS would know it. */
import type { Cluster, ServiceDescription } from "../kubernetes/index.ts";
import { formatIpv4, parseIpv4 } from "../wire/index.ts";
import { CommandError } from "./command.ts";

/** 127.0.0.1 */
const LOCALHOST = 0x7f000001;

export interface Destination {
  /** As it was given. */
  readonly label: string;
  readonly address: number;
}

/** @throws CommandError (exit code 2) for a name that nobody has. */
export function findDestination(program: string, cluster: Cluster, text: string): Destination {
  const named = serviceNamed(cluster, text);
  if (named !== undefined) throw new CommandError(`${program}: ${serviceText(named, text)}`, 1);
  const address = addressOf(program, cluster, text);
  const service = cluster.serviceAt(address);
  if (service !== undefined) throw new CommandError(`${program}: ${serviceText(service, text)}`, 1);
  return { label: text, address };
}

function addressOf(program: string, cluster: Cluster, text: string): number {
  try {
    if (text === "localhost") return LOCALHOST;
    return /^[\d.]+$/.test(text) ? parseIpv4(text) : cluster.endpoint(text).address;
  } catch {
    throw new CommandError(`${program}: ${text}: Name or service not known`, 2);
  }
}

/** A Service that no pod or node shares its name with, by "web", "web.shop" or "web.shop.svc.cluster.local". */
function serviceNamed(cluster: Cluster, text: string): ServiceDescription | undefined {
  const [name, namespace] = text.split(".");
  const isNamed = cluster.pods.some((pod) => pod.name === text) || cluster.nodes.some((node) => node.name === text);
  if (isNamed || /^[\d.]+$/.test(text)) return undefined;
  return cluster.services.find(
    (service) => service.name === name && (namespace === undefined || service.namespace === namespace),
  );
}

/** Why nothing is sent to a Service: to drop it in silence would look like a broken network. */
export function serviceText({ namespace, name }: ServiceDescription, text: string): string {
  return `expected a pod or node, found ${text}, Service ${namespace}/${name}: kube-proxy turns it into a pod's on each node, which is not modelled`;
}

/** By address: the name that a resolver would give. */
export function addressNames(cluster: Cluster): ReadonlyMap<number, string> {
  return new Map(cluster.addressNames().map(({ address, names }) => [address, names[0]!]));
}

/** "pod-b (10.244.2.8)", or the address twice where nobody has a name for it, as traceroute does. */
export function nameAndAddress(names: ReadonlyMap<number, string>, address: number): string {
  const text = formatIpv4(address);
  return `${names.get(address) ?? text} (${text})`;
}
