/** Routes from every node to every other: as numbers, since of a hundred nodes they are ten thousand. */
import { type Namespace, type NetDevice, Route, RouteType } from "../datapath/index.ts";
import type { Ipv4Prefix } from "../wire/index.ts";

export interface NodeRoute {
  readonly prefix: Ipv4Prefix;
  readonly gateway: number;
  readonly device: NetDevice;
  readonly protocol?: string;
  readonly isOnlink?: boolean;
}

/**
 * `ip route add PREFIX via GATEWAY dev DEVICE`, where the caller knows the gateway to be on the device's link or has it
 * taken for that. @throws RangeError when the route exists.
 */
export function addNodeRoute({ routes }: Namespace, route: NodeRoute): void {
  routes.add(new Route({ type: RouteType.UNICAST, ...route }));
}
