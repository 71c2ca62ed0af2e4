/** Routes as `ip route` shows them, and the order in which equal prefixes are tried. */
import { RouteTable } from "../table/index.ts";
import { formatIpv4, formatPrefix, type Ipv4Prefix } from "../wire/index.ts";
import { Changes } from "./changes.ts";
import type { NetDevice } from "./net-device.ts";

/** What a route does with a packet (rtnetlink's RTN_ types). NONE is the answer when no route matches. */
export const RouteType = {
  NONE: 0,
  UNICAST: 1,
  LOCAL: 2,
  BROADCAST: 3,
  BLACKHOLE: 4,
  UNREACHABLE: 5,
  PROHIBIT: 6,
} as const;
export type RouteType = (typeof RouteType)[keyof typeof RouteType];

const TYPE_NAMES = ["none", "unicast", "local", "broadcast", "blackhole", "unreachable", "prohibit"] as const;

/** How far away a route's destinations are (rtnetlink's RT_SCOPE_). */
export type RouteScope = "global" | "link" | "host";

export interface RouteFields {
  readonly type: RouteType;
  readonly prefix: Ipv4Prefix;
  /** Where packets leave; null for a type that sends nothing. */
  readonly device: NetDevice | null;
  /** The next hop's address, or 0 when the destination itself is on the device's link. */
  readonly gateway?: number;
  /** The next hop is taken to be on the device's link though no address says so. */
  readonly isOnlink?: boolean;
  /** Source address for packets that start here, or 0 to choose one of the device's. */
  readonly source?: number;
  /** Who made it: "kernel" for an address's own routes, "boot" for hand-made ones, or a daemon's name. */
  readonly protocol?: string;
  /** What a route that refuses says of itself to who looks on. */
  readonly note?: string;
  /** By type and gateway when left out, as iproute2 chooses it. */
  readonly scope?: RouteScope;
  /** Bytes of the longest packet, or 0 for what the device takes. */
  readonly mtu?: number;
}

export class Route {
  readonly type: RouteType;
  readonly prefix: Ipv4Prefix;
  readonly device: NetDevice | null;
  readonly gateway: number;
  readonly isOnlink: boolean;
  readonly source: number;
  readonly protocol: string;
  readonly note: string;
  readonly scope: RouteScope;
  readonly mtu: number;

  constructor(fields: RouteFields) {
    this.type = fields.type;
    this.prefix = fields.prefix;
    this.device = fields.device;
    this.gateway = fields.gateway ?? 0;
    this.isOnlink = fields.isOnlink ?? false;
    this.source = fields.source ?? 0;
    this.protocol = fields.protocol ?? "boot";
    this.note = fields.note ?? "";
    this.scope = fields.scope ?? usualScope(this);
    this.mtu = fields.mtu ?? 0;
  }

  /** Bytes of the longest packet that takes this route: its own word comes before its device's (Linux ip_dst_mtu_maybe_forward). */
  get packetLimit(): number {
    return this.mtu !== 0 ? this.mtu : this.device!.mtu;
  }

  /** As iproute2 writes it: "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink". */
  toString(): string {
    const { prefix, type, device, gateway } = this;
    const words = type === RouteType.UNICAST ? [] : [TYPE_NAMES[type] as string];
    words.push(
      prefix.length === 0 ? "default" : prefix.length === 32 ? formatIpv4(prefix.address) : formatPrefix(prefix),
    );
    if (gateway !== 0) words.push("via", formatIpv4(gateway));
    if (device !== null) words.push("dev", device.name);
    if (this.protocol !== "boot") words.push("proto", this.protocol);
    if (this.scope !== "global") words.push("scope", this.scope);
    if (this.source !== 0) words.push("src", formatIpv4(this.source));
    if (this.isOnlink) words.push("onlink");
    if (this.mtu !== 0) words.push("mtu", String(this.mtu));
    return words.join(" ");
  }
}

/** What iproute2 asks for when nobody says otherwise. */
function usualScope({ type, gateway }: Route): RouteScope {
  if (type === RouteType.LOCAL) return "host";
  return type === RouteType.BROADCAST || (type === RouteType.UNICAST && gateway === 0) ? "link" : "global";
}

/** The answer to a lookup that nothing matches. */
const NO_ROUTE = new Route({ type: RouteType.NONE, prefix: { address: 0, length: 0 }, device: null });

/** A namespace's routes: the forwarding information base. */
export class RouteList {
  readonly #changes: Changes;
  readonly #table = new RouteTable();
  /** By the table's value; value 0 is the table's "no route". */
  readonly #routes: Route[] = [NO_ROUTE];
  readonly #freeValues: number[] = [];
  /** All routes of one prefix, the one in force first. Linux keeps the others as stand-ins. */
  readonly #byPrefix = new Map<string, { readonly value: number; readonly routes: Route[] }>();

  constructor(changes: Changes = new Changes()) {
    this.#changes = changes;
  }

  /** The route with the longest prefix that covers `address`; its type is NONE when there is none. */
  lookup(address: number): Route {
    return this.#routes[this.#table.lookup(address)]!;
  }

  /** Adds a route that stands behind others of its prefix. */
  append(route: Route): void {
    this.#changes.note();
    const { prefix } = route;
    const present = this.#byPrefix.get(formatPrefix(prefix));
    if (present !== undefined) {
      present.routes.push(route);
      return;
    }
    const value = this.#freeValues.pop() ?? this.#routes.length;
    this.#routes[value] = route;
    this.#byPrefix.set(formatPrefix(prefix), { value, routes: [route] });
    this.#table.set(prefix.address, prefix.length, value);
  }

  /** Adds a route. @throws RangeError when its prefix has one: `ip route add` answers "File exists". */
  add(route: Route): void {
    const present = this.#byPrefix.get(formatPrefix(route.prefix));
    if (present !== undefined)
      throw new RangeError(`expected a new route, found one that exists: ${present.routes[0]!}`);
    this.append(route);
  }

  /** Removes this very route, and puts the next of its prefix in force. False when it is not here. */
  remove(route: Route): boolean {
    const key = formatPrefix(route.prefix);
    const present = this.#byPrefix.get(key);
    const index = present?.routes.indexOf(route) ?? -1;
    if (present === undefined || index < 0) return false;
    this.#changes.note();
    present.routes.splice(index, 1);
    const next = present.routes[0];
    if (next !== undefined) {
      this.#routes[present.value] = next;
    } else {
      this.#byPrefix.delete(key);
      this.#table.delete(route.prefix.address, route.prefix.length);
      this.#freeValues.push(present.value);
    }
    return true;
  }

  /** The route in force for exactly this prefix. */
  find(prefix: Ipv4Prefix): Route | undefined {
    return this.#byPrefix.get(formatPrefix(prefix))?.routes[0];
  }

  /** All routes, by address and then length. */
  list(): Route[] {
    const inOrder = (a: Route, b: Route): number =>
      a.prefix.address - b.prefix.address || a.prefix.length - b.prefix.length;
    return [...this.#byPrefix.values()].flatMap((entry) => entry.routes).sort(inOrder);
  }
}
