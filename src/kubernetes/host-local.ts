/** The IPAM of plugins that give each node one range: the CNI `host-local` plugin's, in the order of addresses. */
import { formatIpv4, formatPrefix, prefixBroadcast, prefixContains } from "../wire/index.ts";
import type { ClusterNode } from "./cluster-node.ts";

/**
 * An address of the node's range: the one asked for, or the first free one behind the gateway.
 * @throws RangeError when it is taken, reserved, outside the range, or none is left.
 */
export function assignHostLocal(node: ClusterNode, requested?: number): number {
  const taken = new Set(node.pods.map((pod) => pod.address));
  const range = `${node.name} (${formatPrefix(node.podCidr)})`;
  const broadcast = prefixBroadcast(node.podCidr);
  if (requested !== undefined) {
    const isInside = prefixContains(node.podCidr, requested) && requested > node.gateway && requested < broadcast;
    if (isInside && !taken.has(requested)) return requested;
    throw new RangeError(`expected a free pod address of ${range}, found ${formatIpv4(requested)}`);
  }
  for (let address = node.gateway + 1; address < broadcast; address++) if (!taken.has(address)) return address;
  throw new RangeError(`expected a free pod address of ${range}, found all taken`);
}
