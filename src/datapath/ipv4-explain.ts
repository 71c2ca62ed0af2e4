/** Says in words what the IPv4 layer is about to do with a packet. Called only while somebody looks on. */
import { formatIpv4, ipv4, isLimitedBroadcast, isMulticastIpv4 } from "../wire/index.ts";
import type { FragmentQueue } from "./fragment-queue.ts";
import type { Namespace } from "./namespace.ts";
import type { Observer } from "./observer.ts";
import { type Route, RouteType } from "./route.ts";

/** For a packet that came in, its IPv4 header first and still as it came. */
export function explainInput(observer: Observer, namespace: Namespace, handle: number, route: Route): void {
  const { view, start } = namespace.engine.pool;
  const offset = start[handle]!;
  const destination = formatIpv4(ipv4.destination(view, offset));
  // What becomes of a fragment that has arrived, reassembly tells.
  const goesUp = ipv4.isFragment(view, offset) ? "" : `: up to ${ipv4.protocolText(ipv4.protocol(view, offset))}`;
  if (route.type === RouteType.LOCAL)
    observer.explain(handle, `${destination} is an address of ${namespace.name}${goesUp}`);
  else if (route.type === RouteType.BROADCAST)
    observer.explain(handle, `${destination} is a broadcast address${goesUp}`);
  else if (route.type === RouteType.NONE) observer.explain(handle, `no route to ${destination}`);
  else if (!namespace.forwarding)
    observer.explain(handle, `${destination} is not ours and ${namespace.name} does not forward`);
  else if (route.type !== RouteType.UNICAST)
    observer.explain(handle, route.note === "" ? `route ${route}` : `${destination}: ${route.note}`);
  else {
    const ttl = ipv4.timeToLive(view, offset);
    observer.explain(
      handle,
      `route ${route}, TTL ${ttl} to ${Math.max(0, ttl - 1)}, ${neighbourText(namespace, offset, route)}`,
    );
  }
}

/** For a packet that starts here. */
export function explainOutput(observer: Observer, namespace: Namespace, handle: number, route: Route): void {
  const offset = namespace.engine.pool.start[handle]!;
  const destination = formatIpv4(ipv4.destination(namespace.engine.pool.view, offset));
  if (route.type === RouteType.LOCAL)
    observer.explain(handle, `${destination} is an address of ${namespace.name}: over lo`);
  else if (route.type === RouteType.UNICAST)
    observer.explain(handle, `route ${route}, ${neighbourText(namespace, offset, route)}`);
  else observer.explain(handle, route.type === RouteType.NONE ? `no route to ${destination}` : `route ${route}`);
}

function neighbourText(namespace: Namespace, offset: number, route: Route): string {
  const destination = ipv4.destination(namespace.engine.pool.view, offset);
  if (isMulticastIpv4(destination) || isLimitedBroadcast(destination)) return "to a group MAC, no ARP";
  const nextHop = route.gateway !== 0 ? route.gateway : destination;
  return namespace.neighbours.describe(route.device!, nextHop);
}

/** For a fragment that waits: the queue counts it already. */
export function explainFragment(observer: Observer, handle: number, queue: FragmentQueue): void {
  const { count, identification, isEndKnown, payloadLength, receivedLength } = queue;
  const missing = isEndKnown ? `${payloadLength - receivedLength} bytes` : "its end is";
  observer.explain(handle, `fragment ${count} of datagram ${identification}, ${missing} still missing`);
}

/** For the fragment that was the last one missing. */
export function explainReassembly(
  observer: Observer,
  handle: number,
  { count, identification, protocol }: FragmentQueue,
  totalLength: number,
): void {
  const what = `fragment ${count} of datagram ${identification}, which is whole now`;
  observer.explain(handle, `${what}: ${totalLength} bytes, up to ${ipv4.protocolText(protocol)}`);
}
