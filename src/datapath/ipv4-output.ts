/**
 * Packets that start in a namespace: a socket's, an ICMP answer, a tunnel's outer packet. Their IPv4 header is
 * first and complete but for its checksum, and their bytes are theirs alone. Looks up the route, fragments
 * what is too long, and sends to the neighbour (Linux ip_queue_xmit, ip_output).
 */
import { BROADCAST_MAC, DropReason, ipv4 } from "../wire/index.ts";
import { explainOutput } from "./ipv4-explain.ts";
import { fragment } from "./ipv4-fragment.ts";
import { LOOPBACK_MAC } from "./loopback.ts";
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import { type Route, RouteType } from "./route.ts";
import type { StageWork } from "./stage.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { destination: ipv4Destination, dontFragment, updateHeaderChecksum } = ipv4;
const { UNICAST, LOCAL, BROADCAST } = RouteType;

/** By position in the vector: the route that each packet takes. */
const routes: Route[] = [];

/** 255.255.255.255 as a signed number. */
const LIMITED_BROADCAST = -1;
/** 224.0.0.0/4: the upper four bits. */
const MULTICAST_NIBBLE = 0xe;
/** 01:00:5e:00:00:00, before the group's lower 23 bits (RFC 1112 section 6.4). */
const MULTICAST_MAC = 0x01_00_5e_00_00_00;

export class Ipv4Output implements StageWork {
  readonly namespace: Namespace;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  run(handles: Int32Array, first: number, end: number): void {
    const left = this.namespace.flows.send(handles, first, end);
    if (left > first) this.#sendEach(handles, first, left);
  }

  #sendEach(handles: Int32Array, first: number, end: number): void {
    const { namespace } = this;
    const { inquirer, pool } = namespace.engine;
    for (let i = first; i < end; i++) {
      const offset = pool.start[handles[i]!]!;
      updateHeaderChecksum(pool.view, offset);
      routes[i - first] = namespace.routes.lookup(ipv4Destination(pool.view, offset) | 0);
    }
    if (inquirer !== null)
      for (let i = first; i < end; i++) explainOutput(inquirer, namespace, handles[i]!, routes[i - first]!);
    for (let i = first; i < end; i++) this.#send(handles[i]!, routes[i - first]!);
  }

  #send(handle: number, route: Route): void {
    const { namespace } = this;
    const { view, start, length } = namespace.engine.pool;
    const destination = ipv4Destination(view, start[handle]!) | 0;
    if (route.type === LOCAL) {
      namespace.neighbours.sendToMac(handle, namespace.loopback, LOOPBACK_MAC);
      return;
    }
    const device = route.device;
    if (device === null || (route.type !== UNICAST && route.type !== BROADCAST)) {
      this.#refuse(handle, route);
      return;
    }
    const limit = namespace.pathMtu.limit(destination, route.packetLimit);
    if (length[handle]! <= limit) this.#sendOut(handle, device, route, destination);
    else if (!dontFragment(view, start[handle]!)) this.#sendFragments(handle, limit, device, route, destination);
    else this.#tooBig(handle, device, limit);
  }

  /** Apart from `#send`, since a function that makes a closure pays for it on every call. */
  #sendFragments(handle: number, limit: number, device: NetDevice, route: Route, destination: number): void {
    fragment(this.namespace, handle, limit, device, (piece) => this.#sendOut(piece, device, route, destination));
  }

  /** `destination`: as a signed number. */
  #sendOut(handle: number, device: NetDevice, route: Route, destination: number): void {
    const { neighbours } = this.namespace;
    if (route.type === BROADCAST || destination === LIMITED_BROADCAST)
      neighbours.sendToMac(handle, device, BROADCAST_MAC);
    else if (destination >>> 28 === MULTICAST_NIBBLE)
      neighbours.sendToMac(handle, device, MULTICAST_MAC + (destination & 0x7fffff));
    else neighbours.send(handle, device, route.gateway !== 0 ? route.gateway : destination);
  }

  /** The sender is told by ICMP, as Linux tells a socket of its own (EHOSTUNREACH), unless the route is to be silent. */
  #refuse(handle: number, route: Route): void {
    const { namespace } = this;
    if (route.type === RouteType.UNREACHABLE) namespace.icmp.sendHostUnreachable(handle);
    if (route.type === RouteType.PROHIBIT) namespace.icmp.sendProhibited(handle);
    const reason =
      route.type === RouteType.NONE
        ? DropReason.IP_OUTNOROUTES
        : route.type === RouteType.BLACKHOLE
          ? DropReason.BLACKHOLE
          : DropReason.REJECTED;
    namespace.engine.drop(handle, reason, namespace.loopback);
  }

  #tooBig(handle: number, device: NetDevice, limit: number): void {
    this.namespace.icmp.sendFragmentationNeeded(handle, limit);
    this.namespace.engine.drop(handle, DropReason.PKT_TOO_BIG, device);
  }
}
