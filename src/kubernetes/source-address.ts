/** Which address packets get as their source. */
import type { Namespace } from "../datapath/index.ts";

/** A pod or a node. */
export interface Sender {
  readonly namespace: Namespace;
  readonly address: number;
}

/**
 * The address that a sender takes for the way to a destination (unsigned), as Linux does for a socket that is bound to
 * none: a node with tunnels may take the tunnel's. The sender's own where there is no way.
 */
export function sourceTowards({ namespace, address }: Sender, destination: number): number {
  const route = namespace.routes.lookup(destination);
  return route.device === null ? address : namespace.addresses.sourceFor(route) >>> 0;
}
