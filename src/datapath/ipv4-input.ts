/**
 * What a namespace does with IPv4 packets that came in: check them, look the destination up, then deliver,
 * forward or refuse (RFC 1812 sections 5.2 and 5.3; Linux ip_rcv, ip_route_input, ip_forward).
 *
 * Two loops a vector: the first decides for each packet and writes its verdict down, the second acts. An
 * observer is told between them, while the packets are as they came.
 */
import { DropReason, ipv4, isLimitedBroadcast, isLoopbackIpv4, isMulticastIpv4, Protocol } from "../wire/index.ts";
import { explainInput } from "./ipv4-explain.ts";
import { fragment } from "./ipv4-fragment.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import { checkReversePath } from "./reverse-path.ts";
import { Route, RouteType } from "./route.ts";
import { VECTOR_LENGTH } from "./stage.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const {
  check,
  decrementTimeToLive,
  destination,
  dontFragment,
  isFragment,
  protocol,
  source: ipv4Source,
  timeToLive,
  totalLength,
} = ipv4;
const { NONE } = DropReason;
const { UNICAST, LOCAL, BROADCAST } = RouteType;
const { UDP } = Protocol;

/** By position in the vector: 0 or why the packet is refused, and the route it takes otherwise. */
const refusals = new Int32Array(VECTOR_LENGTH);
const routes: Route[] = [];

/** Takes a vector of packets whose IPv4 header is first, as `device` received them. */
export function receiveIpv4(
  namespace: Namespace,
  device: NetDevice,
  handles: Int32Array,
  first: number,
  end: number,
): void {
  for (let i = first; i < end; i++) classify(namespace, device, handles[i]!, i - first);
  if (device.reversePathFilter !== 0) refuseUnbelieved(namespace, device, handles, first, end);
  const { inquirer } = namespace.engine;
  if (inquirer !== null)
    for (let i = first; i < end; i++)
      if (refusals[i - first] === 0) explainInput(inquirer, namespace, handles[i]!, routes[i - first]!);
  for (let i = first; i < end; i++) {
    const refusal = refusals[i - first] as DropReason;
    if (refusal !== NONE) namespace.engine.drop(handles[i]!, refusal, device);
    else act(namespace, device, handles[i]!, routes[i - first]!);
  }
}

/** Linux looks where a packet would have come from when it knows where it goes, and only if it goes anywhere. */
function refuseUnbelieved(
  namespace: Namespace,
  device: NetDevice,
  handles: Int32Array,
  first: number,
  end: number,
): void {
  const { view, start } = namespace.engine.pool;
  for (let i = first; i < end; i++) {
    if (refusals[i - first] !== NONE) continue;
    const { type } = routes[i - first]!;
    const source = ipv4Source(view, start[handles[i]!]!);
    // Who asks for an address by broadcast has none yet.
    const isBelieved = type === BROADCAST && source >>> 24 === 0;
    const goesOn = type === LOCAL || type === BROADCAST || (type === UNICAST && namespace.forwarding);
    if (goesOn && !isBelieved) refusals[i - first] = checkReversePath(namespace, device, source);
  }
}

function classify(namespace: Namespace, device: NetDevice, handle: number, position: number): void {
  const { view, start, length } = namespace.engine.pool;
  const offset = start[handle]!;
  let refusal = check(view, offset, offset + length[handle]!);
  if (refusal === NONE) {
    // Ethernet pads short packets: what lies behind the total length is not the packet's.
    length[handle] = totalLength(view, offset);
    refusal = checkAddresses(namespace, device, view, offset);
    if (refusal === DropReason.NONE && view.getUint8(offset) !== PLAIN_HEADER)
      refusal = checkOptions(namespace, device, handle);
  }
  refusals[position] = refusal;
  if (refusal === NONE) {
    const address = destination(view, offset) | 0;
    routes[position] = address === LIMITED_BROADCAST ? TO_EVERYBODY : namespace.routes.lookup(address);
  }
}

/** 255.255.255.255 as the signed number that the view gives, and where it goes: up, and never on (RFC 1812 section 5.3.5.1). */
const LIMITED_BROADCAST = -1;
const TO_EVERYBODY = new Route({
  type: RouteType.BROADCAST,
  prefix: { address: 0xffffffff, length: 32 },
  device: null,
});

/** Version 4 and a header without options. */
const PLAIN_HEADER = 0x45;

/**
 * Options are carried and not acted on, but for source routes: Linux refuses them unless told otherwise. Who
 * sends malformed ones is told (RFC 1812 section 4.3.3.5).
 */
function checkOptions(namespace: Namespace, device: NetDevice, handle: number): DropReason {
  const { view, start } = namespace.engine.pool;
  const offset = start[handle]!;
  if (ipv4.checkOptions(view, offset) !== DropReason.NONE) {
    if (!cameInGroupFrame(device, handle)) namespace.icmp.sendParameterProblem(handle);
    return DropReason.IP_OPTIONS;
  }
  return ipv4.hasSourceRoute(view, offset) ? DropReason.IP_OPTIONS : DropReason.NONE;
}

/**
 * Addresses that may not be on the wire ("martians", RFC 1812 section 5.3.7). 240/4 and 0/8 but for 0.0.0.0 are
 * let through in both places, and a source equal to the destination, as Linux does.
 */
export function checkAddresses(namespace: Namespace, device: NetDevice, view: DataView, offset: number): DropReason {
  const source = ipv4Source(view, offset) | 0;
  const sourceTop = source >>> 24;
  const destinationTop = destination(view, offset) >>> 24;
  const isUsual =
    sourceTop !== 0 &&
    sourceTop !== 127 &&
    sourceTop < 224 &&
    destinationTop !== 0 &&
    destinationTop !== 127 &&
    destinationTop < 224;
  if (!isUsual) {
    const reason = checkUnusual(namespace, device, source >>> 0, destination(view, offset));
    if (reason !== NONE) return reason;
  }
  return device !== namespace.loopback && namespace.addresses.isLocal(source) ? DropReason.IP_LOCAL_SOURCE : NONE;
}

function checkUnusual(namespace: Namespace, device: NetDevice, source: number, destination: number): DropReason {
  if (isMulticastIpv4(source) || isLimitedBroadcast(source)) return DropReason.IP_INVALID_SOURCE;
  if (source === 0 && !isLimitedBroadcast(destination)) return DropReason.IP_INVALID_SOURCE;
  if (destination === 0) return DropReason.IP_INVALID_DEST;
  if (isMulticastIpv4(destination)) return DropReason.IP_INADDRERRORS; // no group is joined, none is routed
  const isLoopback = isLoopbackIpv4(source) || isLoopbackIpv4(destination);
  return isLoopback && device !== namespace.loopback ? DropReason.IP_LOCALNET : DropReason.NONE;
}

function act(namespace: Namespace, device: NetDevice, handle: number, route: Route): void {
  switch (route.type) {
    case UNICAST:
      forward(namespace, device, handle, route);
      return;
    case LOCAL:
    case BROADCAST:
      deliver(namespace, device, handle, route.type === LOCAL);
      return;
    default:
      refuse(namespace, device, handle, route);
  }
}

/** The Ethernet header, if there was one, is gone from the packet, but its bytes are still before it. */
function cameInGroupFrame(device: NetDevice, handle: number): boolean {
  const { view, start } = device.engine.pool;
  return device.hasLinkHeader && (view.getUint8(start[handle]! - ETHERNET_HEADER_LENGTH) & 1) === 1;
}

const ETHERNET_HEADER_LENGTH = 14;

/** RFC 1812 section 5.2.1.2 and Linux ip_forward, in Linux's order: time to live first, then size. */
function forward(namespace: Namespace, device: NetDevice, handle: number, route: Route): void {
  const { engine, icmp } = namespace;
  const { pool } = engine;
  const offset = pool.start[handle]!;
  const out = route.device!;
  const limit = route.packetLimit;
  if (!namespace.forwarding) {
    engine.drop(handle, DropReason.IP_INADDRERRORS, device);
  } else if (cameInGroupFrame(device, handle)) {
    engine.drop(handle, DropReason.UNICAST_IN_L2_MULTICAST, device);
  } else if (timeToLive(pool.view, offset) <= 1) {
    icmp.sendTimeExceeded(handle);
    engine.drop(handle, DropReason.TTL_EXPIRED, device);
  } else if (pool.length[handle]! > limit && dontFragment(pool.view, offset)) {
    engine.inquirer?.explain(
      handle,
      `${pool.length[handle]!} bytes that may not be fragmented, ${out.name} takes ${limit}`,
    );
    icmp.sendFragmentationNeeded(handle, limit);
    engine.drop(handle, DropReason.PKT_TOO_BIG, device);
  } else if (!pool.makeWritable(handle)) {
    engine.drop(handle, DropReason.NOMEM, device);
  } else {
    const written = pool.start[handle]!;
    decrementTimeToLive(pool.view, written);
    const nextHop = route.gateway !== 0 ? route.gateway : destination(pool.view, written) | 0;
    if (pool.length[handle]! <= limit) namespace.neighbours.send(handle, out, nextHop);
    else sendFragments(namespace, handle, limit, out, nextHop);
  }
}

/** Apart from `forward`, since a function that makes a closure pays for it on every call. */
function sendFragments(namespace: Namespace, handle: number, limit: number, out: NetDevice, nextHop: number): void {
  fragment(namespace, handle, limit, out, (piece) => namespace.neighbours.send(piece, out, nextHop));
}

/** To whoever in this namespace takes the protocol. `isUnicast`: to one of its own addresses, not to a group. */
function deliver(namespace: Namespace, device: NetDevice, handle: number, isUnicast: boolean): void {
  const { engine, protocols, udp, icmp, reassembly } = namespace;
  const { view, start } = engine.pool;
  if (isFragment(view, start[handle]!) && !reassembly.add(handle)) return;
  const offset = start[handle]!;
  const isAnswerable = isUnicast && !cameInGroupFrame(device, handle);
  if (protocol(view, offset) === UDP) {
    udp.receive(handle, device, isAnswerable);
    return;
  }
  const receiver = protocols.get(protocol(view, offset));
  if (receiver !== undefined) {
    receiver.push(handle);
    return;
  }
  if (isAnswerable) icmp.sendProtocolUnreachable(handle);
  engine.drop(handle, DropReason.IP_NOPROTO, device);
}

/** No route, or one that says no. Only routers explain themselves (RFC 1812 section 4.3.3.1). */
function refuse(namespace: Namespace, device: NetDevice, handle: number, route: Route): void {
  const { engine, icmp, forwarding } = namespace;
  if (forwarding && route.type !== RouteType.BLACKHOLE && !cameInGroupFrame(device, handle) && icmp.mayRefuse(handle)) {
    if (route.type === RouteType.NONE) icmp.sendNetUnreachable(handle);
    if (route.type === RouteType.UNREACHABLE) icmp.sendHostUnreachable(handle);
    if (route.type === RouteType.PROHIBIT) icmp.sendProhibited(handle);
  }
  engine.drop(handle, forwarding ? refusalReason(route) : DropReason.IP_INADDRERRORS, device);
}

/** What is counted for a packet that this route, or the lack of one, refuses. */
function refusalReason(route: Route): DropReason {
  if (route.type === RouteType.BLACKHOLE) return DropReason.BLACKHOLE;
  return route.type === RouteType.NONE ? DropReason.IP_INNOROUTES : DropReason.REJECTED;
}
