/** The IPv4 addresses of a namespace's devices, and the routes that Linux makes of them. */
import { formatIpv4, type Ipv4Prefix, prefixBroadcast, prefixContains, prefixMask } from "../wire/index.ts";
import type { Changes } from "./changes.ts";
import type { NetDevice } from "./net-device.ts";
import { Route, type RouteList, RouteType } from "./route.ts";

export interface InterfaceAddress {
  readonly device: NetDevice;
  readonly address: number;
  /** Prefix length of the subnet that the address is in. */
  readonly length: number;
  /** The routes that came with it and go with it. */
  readonly routes: readonly Route[];
}

export class AddressList {
  readonly #routes: RouteList;
  readonly #changes: Changes;
  readonly #addresses: InterfaceAddress[] = [];
  readonly #local = new Set<number>();
  /** Bit `n` says that some address's low byte is `n`: most foreign sources are told apart by this alone. */
  readonly #lowBytes = new Int32Array(8);

  constructor(routes: RouteList, changes: Changes) {
    this.#routes = routes;
    this.#changes = changes;
  }

  /**
   * `ip addr add ADDRESS/LENGTH dev DEVICE`: a local route, and below /31 a connected one and a broadcast one.
   * The subnet's lowest address is an ordinary one (Linux since 5.14). @throws RangeError when it is there already.
   */
  add(device: NetDevice, address: number, length: number): void {
    const known = this.#addresses.find((entry) => entry.device === device && entry.address === address);
    if (known !== undefined)
      throw new RangeError(`expected a new address for ${device.fullName}, found ${formatIpv4(address)}, which it has`);
    const network = { address: (address & prefixMask(length)) >>> 0, length };
    const routes = [kernelRoute(RouteType.LOCAL, { address, length: 32 }, device, address)];
    // A loopback's whole subnet is here: 127.0.0.2 answers too (Linux fib_add_ifaddr).
    const connected = device.kind === "loopback" ? RouteType.LOCAL : RouteType.UNICAST;
    if (length < 32) routes.push(kernelRoute(connected, network, device, address));
    if (length < 31)
      routes.push(kernelRoute(RouteType.BROADCAST, { address: prefixBroadcast(network), length: 32 }, device, address));
    for (const route of routes) this.#routes.append(route);
    this.#addresses.push({ device, address, length, routes });
    this.#indexLocal();
  }

  /** `ip addr del`: takes the address's routes along. False when the device does not have it. */
  remove(device: NetDevice, address: number): boolean {
    const index = this.#addresses.findIndex((entry) => entry.device === device && entry.address === address);
    if (index < 0) return false;
    for (const route of this.#addresses[index]!.routes) this.#routes.remove(route);
    this.#addresses.splice(index, 1);
    this.#indexLocal();
    return true;
  }

  #indexLocal(): void {
    this.#changes.note();
    this.#local.clear();
    this.#lowBytes.fill(0);
    for (const { address } of this.#addresses) {
      this.#local.add(address);
      this.#lowBytes[(address >>> 5) & 7]! |= 1 << (address & 31);
    }
  }

  /** Whether the namespace owns this address. */
  isLocal(address: number): boolean {
    return (this.#lowBytes[(address >>> 5) & 7]! & (1 << (address & 31))) !== 0 && this.#local.has(address >>> 0);
  }

  /** Whether a device has an address. */
  has(device: NetDevice): boolean {
    return this.#addresses.some((entry) => entry.device === device);
  }

  /** The addresses, of one device or of all, in the order they were added. */
  list(device?: NetDevice): InterfaceAddress[] {
    return this.#addresses.filter((entry) => device === undefined || entry.device === device);
  }

  /** The source of packets that start here and take this route, if they have none (Linux fib_result_prefsrc). */
  sourceFor(route: Route): number {
    return route.source !== 0 ? route.source : this.select(route.device!, route.gateway);
  }

  /**
   * The source that Linux would choose for packets out of `device` to `destination` (inet_select_addr): the
   * device's address in the same subnet, else its first, else that of another device. 0 when none.
   */
  select(device: NetDevice, destination: number): number {
    const own = this.list(device);
    const near = own.find((entry) => prefixContains(subnet(entry), destination));
    return (near ?? own[0] ?? this.#anybodys())?.address ?? 0;
  }

  /** The first address, but a loopback's, of the device that was made first. */
  #anybodys(): InterfaceAddress | undefined {
    let first: InterfaceAddress | undefined;
    for (const entry of this.#addresses)
      if (entry.address >>> 24 !== 127 && (first === undefined || entry.device.index < first.device.index))
        first = entry;
    return first;
  }
}

function subnet(entry: InterfaceAddress): Ipv4Prefix {
  return { address: (entry.address & prefixMask(entry.length)) >>> 0, length: entry.length };
}

function kernelRoute(type: RouteType, prefix: Ipv4Prefix, device: NetDevice, source: number): Route {
  return new Route({ type, prefix, device, source, protocol: "kernel" });
}
