/**
 * The sending half of an IP-in-IP device: an outer IPv4 header goes into each packet's headroom, and the packet starts
 * a journey of its own from the device's namespace (Linux ip_tunnel_xmit, iptunnel_xmit).
 */
import { DropReason, formatIpv4, ipv4, Protocol } from "../wire/index.ts";
import type { Engine } from "./engine.ts";
import type { IpipDevice } from "./ipip-device.ts";
import { type Route, RouteType } from "./route.ts";
import type { StageWork } from "./stage.ts";
import { outerTypeOfService } from "./tunnel-ecn.ts";

// Module constants: V8 folds these, but not what it reads through another module's object.
const { dontFragment, HEADER_LENGTH, timeToLive, typeOfService, version } = ipv4;
const { NONE } = DropReason;
const { IPIP } = Protocol;

const DONT_FRAGMENT = 0x4000;

export class IpipEncapsulate implements StageWork {
  readonly #engine: Engine;
  readonly #device: IpipDevice;

  constructor(device: IpipDevice) {
    this.#engine = device.engine;
    this.#device = device;
  }

  run(handles: Int32Array, first: number, end: number): void {
    const device = this.#device;
    const kept = device.admitSent(handles, first, end, device.longestFrame);
    for (let i = first; i < kept; i++) {
      const handle = handles[i]!;
      const remote = device.remote !== 0 ? device.remote : device.nextHops[handle]! >>> 0;
      device.nextHops[handle] = 0;
      this.#send(handle, remote);
    }
  }

  #send(handle: number, remote: number): void {
    const device = this.#device;
    const engine = this.#engine;
    const { inquirer, pool } = engine;
    const route = device.namespace.routes.lookup(remote);
    const refusal = this.#refusal(handle, remote, route);
    if (refusal !== NONE) {
      engine.drop(handle, refusal, device);
      return;
    }
    inquirer?.explain(handle, `${device.name}: encapsulated in IPv4 for ${formatIpv4(remote)}`);
    if (!pool.makeWritable(handle)) engine.drop(handle, DropReason.NOMEM, device);
    else if (!pool.prepend(handle, HEADER_LENGTH)) engine.drop(handle, DropReason.DEV_HDR, device);
    else {
      this.#writeOuter(handle, remote, device.local !== 0 ? device.local : device.namespace.addresses.sourceFor(route));
      device.namespace.ipv4Output.push(handle);
    }
  }

  /** 0, or why the packet cannot be sent to `remote`. */
  #refusal(handle: number, remote: number, route: Route): DropReason {
    const device = this.#device;
    const { inquirer, pool } = this.#engine;
    const offset = pool.start[handle]!;
    if (pool.length[handle]! < HEADER_LENGTH) return DropReason.PKT_TOO_SMALL;
    if (version(pool.view, offset) !== 4) return DropReason.UNHANDLED_PROTO;
    // What a packet socket sends has taken no route, and so has no next hop.
    if (remote === 0) return DropReason.NO_TX_TARGET;
    const isOwn = device.local === 0 || device.namespace.addresses.isLocal(device.local);
    if (!isOwn || !leadsSomewhere(route)) return DropReason.IP_OUTNOROUTES;
    if (route.device === device) {
      inquirer?.explain(handle, `${device.name}: the way to ${formatIpv4(remote)} leads into the tunnel itself`);
      return DropReason.IP_OUTNOROUTES;
    }
    return this.#checkLength(handle, remote, route);
  }

  /** A packet that may not be fragmented must fit the tunnel's path: the outer one may not be either (Linux tnl_update_pmtu). */
  #checkLength(handle: number, remote: number, route: Route): DropReason {
    const { namespace } = this.#device;
    const { view, start, length } = this.#engine.pool;
    const limit = namespace.pathMtu.limit(remote, route.packetLimit) - HEADER_LENGTH;
    if (length[handle]! <= limit || !dontFragment(view, start[handle]!)) return NONE;
    this.#engine.inquirer?.explain(
      handle,
      `${length[handle]!} bytes that may not be fragmented, the path to ${formatIpv4(remote)} takes ${limit} in the tunnel`,
    );
    namespace.icmp.sendFragmentationNeeded(handle, limit);
    return DropReason.PKT_TOO_BIG;
  }

  /** Words rather than fields, as for VXLAN. The header checksum is IPv4 output's. */
  #writeOuter(handle: number, remote: number, source: number): void {
    const device = this.#device;
    const { view, start, length } = this.#engine.pool;
    const offset = start[handle]!;
    const inner = offset + HEADER_LENGTH;
    const service = outerTypeOfService(device.typeOfService, typeOfService(view, inner));
    const life = device.timeToLive !== 0 ? device.timeToLive : timeToLive(view, inner);
    const flags = device.pathMtuDiscovery || dontFragment(view, inner) ? DONT_FRAGMENT : 0;
    view.setInt32(offset, (0x45 << 24) | (service << 16) | length[handle]!);
    view.setInt32(offset + 4, (device.namespace.nextIdentification() << 16) | flags);
    view.setInt32(offset + 8, (life << 24) | (IPIP << 16));
    view.setInt32(offset + 12, source);
    view.setInt32(offset + 16, remote);
  }
}

function leadsSomewhere({ type }: Route): boolean {
  return type === RouteType.UNICAST || type === RouteType.LOCAL || type === RouteType.BROADCAST;
}
