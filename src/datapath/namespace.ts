/**
 * A network namespace as Linux has it: devices, addresses, routes, neighbours, and the protocols that take
 * what is addressed to it. A pod is one, a node is one, a switch is one without addresses.
 */
import {
  DropReason,
  EtherType,
  ethernet,
  formatIpv4,
  type Ipv4Prefix,
  parseInterfaceAddress,
  parseIpv4,
  parseMac,
  parsePrefix,
} from "../wire/index.ts";
import { AddressList } from "./address-list.ts";
import { receiveArp } from "./arp-input.ts";
import { Changes } from "./changes.ts";
import { checkMtu } from "./device-checks.ts";
import type { Engine } from "./engine.ts";
import { IcmpErrors } from "./icmp-errors.ts";
import { receiveIpv4 } from "./ipv4-input.ts";
import { FlowCache } from "./flow-cache.ts";
import { Ipv4Output } from "./ipv4-output.ts";
import { Ipv4Reassembly } from "./ipv4-reassembly.ts";
import { Loopback } from "./loopback.ts";
import { NeighbourCache } from "./neighbour-cache.ts";
import type { NetDevice } from "./net-device.ts";
import { PathMtuCache } from "./path-mtu.ts";
import { Route, RouteList, type RouteScope, RouteType } from "./route.ts";
import { Stage } from "./stage.ts";
import { UdpPorts } from "./udp-ports.ts";

/** What `ip route add` is told. A route without `device` blackholes or refuses, as `type` says. */
export interface RouteDescription {
  /** "10.244.2.0/24", or "default". */
  readonly to: string;
  readonly type?: "unicast" | "blackhole" | "unreachable" | "prohibit";
  readonly via?: string;
  readonly device?: NetDevice;
  readonly isOnlink?: boolean;
  readonly source?: string;
  readonly protocol?: string;
  /** As iproute2 chooses it when left out: "link" without a gateway, otherwise "global". */
  readonly scope?: RouteScope;
  /** Bytes of the longest packet, where that is not the device's MTU. */
  readonly mtu?: number;
  /** What a route that refuses says of itself to who looks on. */
  readonly note?: string;
}

// Module constants: V8 folds these, but not what it reads through another module's object.
const { etherType, HEADER_LENGTH: ETHERNET_HEADER_LENGTH } = ethernet;
const { ARP, IPV4 } = EtherType;

export class Namespace {
  readonly engine: Engine;
  /** "pod-a", "node-a": unique in the engine by the caller's care, since captures are read by it. */
  readonly name: string;
  /** Of all that decides where packets go. */
  readonly changes: Changes = new Changes();
  readonly devices: Map<string, NetDevice> = new Map();
  readonly routes: RouteList = new RouteList(this.changes);
  readonly addresses: AddressList = new AddressList(this.routes, this.changes);
  readonly neighbours: NeighbourCache;
  readonly pathMtu: PathMtuCache;
  readonly icmp: IcmpErrors;
  readonly udp: UdpPorts;
  /** Of the fragments that were sent to here. */
  readonly reassembly: Ipv4Reassembly;
  /** Who takes packets of an IP protocol, besides UDP: a stage that gets the IPv4 header first. */
  readonly protocols: Map<number, Stage> = new Map();
  /** Where packets start that are sent from here: their IPv4 header first, complete but for its checksum. */
  readonly ipv4Output: Stage;
  readonly loopback: Loopback;
  readonly flows: FlowCache;
  #lastIdentification: number;
  #isForwarding = false;

  constructor(engine: Engine, name: string) {
    this.engine = engine;
    this.name = name;
    this.neighbours = new NeighbourCache(this);
    this.pathMtu = new PathMtuCache(engine, this.changes);
    this.icmp = new IcmpErrors(this);
    this.udp = new UdpPorts(this);
    this.reassembly = new Ipv4Reassembly(this);
    this.ipv4Output = new Stage(engine, new Ipv4Output(this));
    this.flows = new FlowCache(this);
    this.#lastIdentification = engine.random() & 0xffff;
    this.loopback = new Loopback(this);
    this.addAddress(this.loopback, "127.0.0.1/8");
  }

  /** net.ipv4.ip_forward: whether packets for others are passed on. */
  get forwarding(): boolean {
    return this.#isForwarding;
  }

  set forwarding(isForwarding: boolean) {
    this.#isForwarding = isForwarding;
    this.changes.note();
  }

  /** Called by the device's constructor. @throws RangeError when the name is taken. */
  attach(device: NetDevice): void {
    if (this.devices.has(device.name))
      throw new RangeError(`expected a new device name in ${this.name}, found ${device.name}, which exists`);
    this.devices.set(device.name, device);
  }

  /** The device of this name. @throws RangeError when there is none. */
  device(name: string): NetDevice {
    const device = this.devices.get(name);
    if (device === undefined)
      throw new RangeError(
        `expected a device of ${this.name} (${[...this.devices.keys()].join(", ")}), found ${JSON.stringify(name)}`,
      );
    return device;
  }

  /** `ip addr add`: "10.244.1.5/24". @throws RangeError for text that is no address or one that is there. */
  addAddress(device: NetDevice, text: string): void {
    const { address, length } = parseInterfaceAddress(text);
    this.addresses.add(device, address, length);
  }

  /** `ip addr del`. @throws RangeError when the device does not have the address. */
  removeAddress(device: NetDevice, text: string): void {
    const { address } = parseInterfaceAddress(text);
    if (!this.addresses.remove(device, address))
      throw new RangeError(`expected an address of ${device.fullName}, found ${text}`);
  }

  /**
   * `ip route add`. @throws RangeError when a gateway is not on the device's link and the route is not onlink
   * ("Nexthop has invalid gateway"), when a gateway is said to be nearer than global ("Nexthop has invalid scope"),
   * for an MTU outside 68..65535, when a prefix has host bits, or when the route exists.
   */
  addRoute(description: RouteDescription): void {
    const { to, type = "unicast", via, device, isOnlink = false, source, protocol, scope, mtu, note = "" } = description;
    const prefix = parseDestination(to);
    const common = { prefix, ...(protocol !== undefined && { protocol }), ...(scope !== undefined && { scope }) };
    if (type !== "unicast") {
      this.routes.add(new Route({ ...common, type: REFUSALS[type], device: null, note }));
      return;
    }
    const gateway = via === undefined ? 0 : parseIpv4(via);
    if (gateway !== 0 && scope !== undefined && scope !== "global")
      throw new RangeError(
        `expected scope global for a route with a gateway, found ${scope}: Nexthop has invalid ${isOnlink ? "scope" : "gateway"}`,
      );
    const out = device ?? this.#deviceTowards(gateway, to);
    if (gateway !== 0 && !isOnlink) this.#checkGateway(gateway, out);
    this.routes.add(
      new Route({
        ...common,
        type: RouteType.UNICAST,
        device: out,
        gateway,
        isOnlink,
        source: source === undefined ? 0 : parseIpv4(source),
        mtu: mtu === undefined ? 0 : checkMtu(mtu),
      }),
    );
  }

  #deviceTowards(gateway: number, to: string): NetDevice {
    const device = gateway === 0 ? null : this.routes.lookup(gateway).device;
    if (device === null)
      throw new RangeError(`expected a device or a reachable gateway for the route to ${to}, found neither`);
    return device;
  }

  #checkGateway(gateway: number, device: NetDevice): void {
    const route = this.routes.lookup(gateway);
    // An own address of the device does as well (Linux fib_check_nh_v4_gw).
    const isNear = route.type === RouteType.LOCAL || (route.type === RouteType.UNICAST && route.gateway === 0);
    if (isNear && route.device === device) return;
    throw new RangeError(
      `expected a gateway on the link of ${device.fullName}, found ${formatIpv4(gateway)}: Nexthop has invalid gateway`,
    );
  }

  /** `ip route del`. @throws RangeError when there is no such route. */
  removeRoute(to: string): void {
    const route = this.routes.find(parseDestination(to));
    if (route === undefined) throw new RangeError(`expected a route of ${this.name}, found ${to}`);
    this.routes.remove(route);
  }

  /** `ip neigh replace ADDRESS lladdr MAC dev DEVICE nud permanent`. */
  addNeighbour(device: NetDevice, address: string, mac: string): void {
    this.neighbours.setPermanent(device, parseIpv4(address), parseMac(mac));
  }

  /** The identification of the next packet that starts here (RFC 6864: it need not be unique among atomic ones). */
  nextIdentification(): number {
    this.skipIdentifications(1);
    return this.#lastIdentification;
  }

  /** What `nextIdentification` gave last. */
  get lastIdentification(): number {
    return this.#lastIdentification;
  }

  /** Leaves out as many, which somebody has counted up himself: up to 65,535 and on from 0. */
  skipIdentifications(count: number): void {
    this.#lastIdentification = (this.#lastIdentification + count) & 0xffff;
  }

  /**
   * Frames that came up from a device, each at least an Ethernet header long. Those for another host end
   * here; the others lose their Ethernet header and go to their protocol.
   */
  receive(device: NetDevice, handles: Int32Array, first: number, end: number): void {
    const left = this.flows.receive(device, handles, first, end);
    if (left > first) this.#receiveEach(device, handles, first, left);
  }

  #receiveEach(device: NetDevice, handles: Int32Array, first: number, end: number): void {
    const { engine } = this;
    const { pool } = engine;
    const { view, start, length } = pool;
    const { macHigh, macLow } = device;
    let kept = first;
    for (let i = first; i < end; i++) {
      const handle = handles[i]!;
      const offset = start[handle]!;
      const isForUs = view.getInt32(offset + 2) === macLow && view.getUint16(offset) === macHigh;
      if (!isForUs && (view.getUint8(offset) & 1) === 0) {
        engine.drop(handle, DropReason.OTHERHOST, device);
        continue;
      }
      const type = etherType(view, offset);
      start[handle] = offset + ETHERNET_HEADER_LENGTH;
      length[handle] = length[handle]! - ETHERNET_HEADER_LENGTH;
      if (type === IPV4) handles[kept++] = handle;
      else if (type === ARP) receiveArp(this, device, handle, isForUs);
      else engine.drop(handle, DropReason.UNHANDLED_PROTO, device);
    }
    if (kept > first) receiveIpv4(this, device, handles, first, kept);
  }
}

const REFUSALS = {
  blackhole: RouteType.BLACKHOLE,
  unreachable: RouteType.UNREACHABLE,
  prohibit: RouteType.PROHIBIT,
} as const;

function parseDestination(text: string): Ipv4Prefix {
  if (text === "default") return { address: 0, length: 0 };
  return parsePrefix(text.includes("/") ? text : `${text}/32`);
}
