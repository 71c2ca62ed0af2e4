/**
 * What the devices of a namespace would do with a packet, asked of them one after another without moving it: each
 * writes its part down and asks the next. The answer holds for all packets of a flow until something changes.
 */
import type { Namespace } from "./namespace.ts";
import type { NetDevice } from "./net-device.ts";
import { RouteType } from "./route.ts";
import type { Stage } from "./stage.ts";
import type { VxlanDevice } from "./vxlan-device.ts";

/** The Ethernet header that a frame gets. */
export interface FlowHeader {
  readonly macHigh: number;
  readonly macLow: number;
  /** Whose MAC is the source. */
  readonly device: NetDevice;
}

/** The outer packet of a flow that goes through a tunnel. */
export interface FlowTunnel {
  readonly device: VxlanDevice;
  readonly remote: number;
  /** Of the inner frame. */
  readonly header: FlowHeader;
}

/** A device that counts the frame as sent, and by how many bytes it is longer there than the flow's own frame. */
export interface FlowHop {
  readonly device: NetDevice;
  readonly overhead: number;
}

/** Milliseconds after which every answer is asked for again: 12 days, a quarter of the range of the clock that tables store. */
const LONGEST_LIFETIME = 2 ** 30;

export class FlowPlan {
  /** Type of service of the flow's packets. */
  readonly typeOfService: number;
  /** Bytes of the longest IPv4 packet for which this holds. */
  limit: number = 0xffff;
  /** Milliseconds for which this holds if nothing changes. */
  lifetime: number = LONGEST_LIFETIME;
  /** Of the frame that leaves. */
  header: FlowHeader | null = null;
  tunnel: FlowTunnel | null = null;
  readonly hops: FlowHop[] = [];
  /** Bytes by which the frame that leaves is longer than the flow's own. */
  overhead = 0;
  /** The queue that the frame ends in: beyond it another namespace begins, or a cable. */
  exit: Stage | null = null;

  constructor(typeOfService: number) {
    this.typeOfService = typeOfService;
  }

  /** Longer packets, or later ones, are not covered. */
  restrict(limit: number, lifetime: number): void {
    this.limit = Math.min(this.limit, limit);
    this.lifetime = Math.min(this.lifetime, lifetime);
  }
}

/** The upper four bits of an address from which on it is no single host's: groups, and what is reserved. */
const FIRST_GROUP_NIBBLE = 0xe;

/** Plans the way of packets to `destination`, routed in this namespace, as forwarding would send them. */
export function planForward(plan: FlowPlan, namespace: Namespace, destination: number): boolean {
  const route = namespace.routes.lookup(destination);
  const { type, device, gateway } = route;
  if (type !== RouteType.UNICAST || device === null || destination >>> 28 >= FIRST_GROUP_NIBBLE) return false;
  plan.restrict(route.packetLimit - plan.overhead, plan.lifetime);
  return namespace.neighbours.planSend(plan, device, gateway !== 0 ? gateway : destination);
}

/** The same for packets that start here: the path's MTU has a say, where it is known. */
export function planOutput(plan: FlowPlan, namespace: Namespace, destination: number): boolean {
  return namespace.pathMtu.isUnknown(destination) && planForward(plan, namespace, destination);
}
