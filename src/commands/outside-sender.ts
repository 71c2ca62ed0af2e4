/** Somebody outside the cluster who speaks to a pod: so that policies' ipBlocks can be tried. */
import type { Cluster, ClusterNode, ClusterPod } from "../kubernetes/index.ts";
import {
  formatIpv4,
  formatPrefix,
  isLoopbackIpv4,
  type Ipv4Prefix,
  parsePrefix,
  prefixContains,
} from "../wire/index.ts";
import type { Place } from "./command.ts";
import type { Taps } from "./taps.ts";

/** Multicast, and what is reserved behind it; and what stands for no address. */
const NO_SENDERS: readonly Ipv4Prefix[] = ["224.0.0.0/3", "0.0.0.0/8"].map((text) => parsePrefix(text));

/** A place outside, and the node that it sends to. */
export interface OutsideSender {
  readonly place: Place;
  readonly node: ClusterNode;
}

/**
 * The underlay's router as it stands for an address outside, with a route to the pod over its node. No router has one in
 * a cluster with tunnels: what comes this way is what a load balancer or a node's port hands on that keeps the client's
 * address (externalTrafficPolicy: Local). The router has the address and the route from now on.
 * @throws RangeError for what cannot be outside, and for a destination that is no pod with an address of its own
 */
export function outsideSender(cluster: Cluster, taps: Taps, address: number, destination: number): OutsideSender {
  const { clusterCidr, underlay } = cluster;
  const text = formatIpv4(address);
  if (isLoopbackIpv4(address) || NO_SENDERS.some((prefix) => prefixContains(prefix, address)))
    throw new RangeError(`expected an address that packets may come from, found ${text}`);
  if (prefixContains(clusterCidr, address))
    throw new RangeError(
      `expected a pod, or an address outside the pods' range, ${formatPrefix(clusterCidr)}, found ${text}`,
    );
  const { node } = podWith(cluster, text, destination);
  const host = underlay.routers[0]!;
  const { namespace } = host;
  const { device } = namespace.routes.lookup(node.address);
  namespace.addAddress(namespace.loopback, `${text}/32`);
  const via = formatIpv4(node.address);
  namespace.addRoute({ to: formatIpv4(destination), via, device: device!, isOnlink: true, source: text });
  return { place: { cluster, name: text, host, namespace, taps }, node };
}

function podWith({ pods }: Cluster, from: string, address: number): ClusterPod {
  const pod = pods.find((each) => each.address === address && !each.hostNetwork);
  if (pod !== undefined) return pod;
  throw new RangeError(
    `expected a pod with an address of its own as the destination of ${from}, which is outside the cluster, found ${formatIpv4(address)}: policies have no say in it`,
  );
}
