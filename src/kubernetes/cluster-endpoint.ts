/** Whom a person means by a name or an address. */
import type { Host } from "../host/index.ts";
import { isLoopbackIpv4, parseIpv4 } from "../wire/index.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterPod } from "./cluster-pod.ts";

/** Somebody to send from or to: a pod or a node, or a router of the underlay. */
export interface Endpoint {
  readonly name: string;
  readonly address: number;
  readonly host: Host;
}

/**
 * The pod, node or router that a person means by a name ("pod-a", "default/pod-a") or an address.
 * @throws RangeError when there is none, or when pods of several Kubernetes namespaces have the name.
 */
export function findEndpoint(cluster: Cluster, text: string): Endpoint {
  const { pods, nodes } = cluster;
  const found =
    pods.find((pod) => pod.fullName === text) ??
    nodes.find(({ name }) => name === text) ??
    onlyOne(
      text,
      pods.filter(({ name }) => name === text),
    ) ??
    ownerOf(cluster, text);
  if (found !== undefined) return found;
  throw new RangeError(
    `expected a pod, a node (${namesOf(cluster)}) or an address of one, found ${JSON.stringify(text)}`,
  );
}

/** As many names as a person reads. */
const SHOWN_NAMES = 20;

function namesOf({ pods, nodes }: Cluster): string {
  const names = [...pods, ...nodes].map(({ name }) => name);
  const more = names.length - SHOWN_NAMES;
  return more > 0 ? `${names.slice(0, SHOWN_NAMES).join(", ")} and ${more} more` : names.join(", ");
}

function onlyOne(text: string, pods: readonly ClusterPod[]): ClusterPod | undefined {
  if (pods.length > 1)
    throw new RangeError(
      `expected one of ${pods.map((pod) => pod.fullName).join(", ")}, found ${JSON.stringify(text)}`,
    );
  return pods[0];
}

/** Who has this address on one of its devices: a node has its bridge's and its tunnel's besides its own. */
function ownerOf({ pods, nodes, underlay }: Cluster, text: string): Endpoint | undefined {
  if (!/^[\d.]+$/.test(text)) return undefined;
  const address = parseIpv4(text);
  if (isLoopbackIpv4(address)) return undefined;
  const named = nodes.find((node) => node.address === address) ?? pods.find((pod) => pod.address === address);
  if (named !== undefined) return named;
  const routers = underlay.routers.map((host) => ({ name: host.namespace.name, host }));
  const owner = [...nodes, ...routers].find(({ host }) => host.namespace.addresses.isLocal(address));
  return owner === undefined ? undefined : { name: owner.name, address, host: owner.host };
}
