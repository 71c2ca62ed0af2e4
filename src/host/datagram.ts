/** Sends IPv4 datagrams from a namespace: chooses the source, minds the path MTU, fills the header in. */
import type { Namespace } from "../datapath/index.ts";
import { RouteType } from "../datapath/index.ts";
import { ethernet, ipv4, isLimitedBroadcast } from "../wire/index.ts";

/**
 * What to do with a datagram longer than the path MTU, as `ping -M` names it: "want" forbids routers to
 * fragment, and fragments here; "do" never fragments; "dont" leaves it to everybody.
 */
export type PathMtuDiscovery = "want" | "do" | "dont";

export interface DatagramOptions {
  readonly protocol: number;
  readonly destination: number;
  /** One of the namespace's addresses; that of the route when left out. */
  readonly source?: number;
  readonly pathMtuDiscovery: PathMtuDiscovery;
  /** 64 when left out. */
  readonly timeToLive?: number;
  /** Type of service; 0 when left out. */
  readonly typeOfService?: number;
}

/** How sending ended: handed to the network, or why not, as errno names it. */
export type SendResult =
  | { readonly outcome: "sent" }
  | { readonly outcome: "message-too-long"; readonly mtu: number }
  | { readonly outcome: "network-unreachable" }
  | { readonly outcome: "out-of-memory" };

/** What an IPv4 total length can say. */
const LONGEST_PACKET = 0xffff;

/** The most bytes behind the IPv4 header that one packet in this namespace's pool can hold. */
export function longestPayload(namespace: Namespace): number {
  return Math.min(namespace.engine.pool.longestPacket - ethernet.HEADER_LENGTH, LONGEST_PACKET) - ipv4.HEADER_LENGTH;
}

/**
 * Sends one datagram of `payloadLength` bytes behind the IPv4 header; `write` fills them in (view, the IPv4
 * header's offset, the payload's offset, its end). @throws RangeError for a payload that no packet can hold.
 */
export function sendDatagram(
  namespace: Namespace,
  options: DatagramOptions,
  payloadLength: number,
  write: (view: DataView, ipOffset: number, offset: number, end: number) => void,
): SendResult {
  const limit = longestPayload(namespace);
  if (payloadLength > limit)
    throw new RangeError(`expected at most ${limit} bytes behind the IPv4 header, found ${payloadLength}`);
  const { destination, pathMtuDiscovery } = options;
  const route = namespace.routes.lookup(destination);
  if (route.device === null) return { outcome: "network-unreachable" };
  const routeLimit = route.type === RouteType.LOCAL ? namespace.loopback.mtu : route.packetLimit;
  const totalLength = ipv4.HEADER_LENGTH + payloadLength;
  const mtu = namespace.pathMtu.limit(destination, routeLimit);
  if (totalLength > mtu && pathMtuDiscovery === "do") return { outcome: "message-too-long", mtu };
  const mayDiscover =
    pathMtuDiscovery === "do" || (pathMtuDiscovery === "want" && !namespace.pathMtu.isBelowFloor(destination));
  const { pool } = namespace.engine;
  const handle = pool.allocate(totalLength);
  if (handle < 0) return { outcome: "out-of-memory" };
  const offset = pool.start[handle]!;
  ipv4.write(pool.view, offset, {
    totalLength,
    identification: namespace.nextIdentification(),
    dontFragment: mayDiscover && totalLength <= mtu && !isLimitedBroadcast(destination),
    timeToLive: options.timeToLive ?? 64,
    typeOfService: options.typeOfService ?? 0,
    protocol: options.protocol,
    source: options.source ?? namespace.addresses.sourceFor(route),
    destination,
  });
  write(pool.view, offset, offset + ipv4.HEADER_LENGTH, offset + totalLength);
  namespace.ipv4Output.push(handle);
  return { outcome: "sent" };
}
