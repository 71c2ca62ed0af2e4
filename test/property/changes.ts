/**
 * Changes of what a flow record depends on, for a network that stands and the traffic that goes through it: most hit
 * what that traffic needs.
 */
import fc from "fast-check";
import {
  Bridge,
  type Namespace,
  type NetDevice,
  type ReversePathFilter,
  RouteType,
  VxlanDevice,
} from "../../src/datapath/index.ts";
import type { Host } from "../../src/host/index.ts";
import { BROADCAST_MAC, formatIpv4, formatMac } from "../../src/wire/index.ts";
import { emptyFrame } from "../unit/datapath/host-pair.ts";
import { addressesOf, at, ECHO_PORT, type Network } from "../../src/arbitraries/network.ts";

/** Whom an entry of the flood list is for, in lists. */
const FLOOD_ENTRY = 0;

/** An EtherType that nobody takes (IEEE 802, local experiments). */
const EXPERIMENTAL = 0x88b5;

/** Many packets of one flow at one instant. */
export interface Burst {
  readonly kind: "burst";
  readonly host: number;
  readonly to: number;
  /** Whether it goes to a neighbour: in the overlay, where the host is in one. */
  readonly isNear: boolean;
  readonly count: number;
  readonly length: number;
}

/** What else every change has: numbers that choose where it happens. */
interface Place {
  readonly device: number;
  readonly address: number;
}

export type Change = Place &
  (
    | { readonly kind: "mtu"; readonly mtu: number }
    | { readonly kind: "up"; readonly up: boolean }
    | { readonly kind: "forwarding"; readonly forwarding: boolean }
    | { readonly kind: "filter"; readonly filter: ReversePathFilter }
    | { readonly kind: "route MTU"; readonly mtu: number }
    | { readonly kind: "neighbour" | "move" | "tunnel"; readonly mac: number }
    | {
        readonly kind: "forget" | "route" | "address" | "path MTU" | "port" | "release" | "ageing" | "forget MAC";
      }
  );

export const burst: fc.Arbitrary<Burst> = fc.record({
  kind: fc.constant("burst" as const),
  host: fc.nat(),
  to: fc.nat(),
  isNear: fc.boolean(),
  count: fc.integer({ min: 1, max: 12 }),
  length: fc.constantFrom(0, 1, 18, 18, 18, 500, 1380, 1422, 1500),
});

const place = { device: fc.nat(), address: fc.nat() };

const plain = (["forget", "route", "address", "path MTU", "port", "release", "ageing", "forget MAC"] as const).map(
  (kind) => fc.record({ kind: fc.constant(kind), ...place }),
);

export const change: fc.Arbitrary<Change> = fc.oneof(
  ...plain,
  fc.record({ kind: fc.constant("mtu" as const), ...place, mtu: fc.constantFrom(68, 576, 1400, 1450, 1500, 9000) }),
  fc.record({ kind: fc.constant("up" as const), ...place, up: fc.constantFrom(true, true, false) }),
  fc.record({ kind: fc.constant("forwarding" as const), ...place, forwarding: fc.constantFrom(true, true, false) }),
  fc.record({
    kind: fc.constant("filter" as const),
    ...place,
    filter: fc.constantFrom(0 as const, 1 as const, 2 as const),
  }),
  fc.record({ kind: fc.constant("route MTU" as const), ...place, mtu: fc.constantFrom(100, 576, 1400) }),
  fc.record({ kind: fc.constant("neighbour" as const), ...place, mac: fc.nat() }),
  fc.record({ kind: fc.constant("move" as const), ...place, mac: fc.nat() }),
  fc.record({ kind: fc.constant("tunnel" as const), ...place, mac: fc.nat() }),
);

/** Sends a burst. Returns where it goes. */
export function sendBurst(network: Network, { host, to, isNear, count, length }: Burst): number {
  const sender = at(network.hosts, host);
  const socket = sender.openUdp({ pathMtuDiscovery: "dont", onError: () => undefined });
  const destination = at(isNear ? nearTo(sender, network) : addressesOf(network), to);
  for (let i = 0; i < count; i++) socket.send(destination, ECHO_PORT, new Uint8Array(length));
  socket.close();
  return destination;
}

/** Addresses in the network of a host's last one: that of the overlay, where it is in one. */
function nearTo(host: Host, network: Network): number[] {
  const own = host.namespace.addresses.list().at(-1)!.address;
  return addressesOf(network).filter((address) => address !== own && (address ^ own) >>> 16 === 0);
}

/** Makes a change. `bursts`: what goes through the network; with it, where they went. */
export function makeChange(network: Network, change: Change, bursts: readonly Burst[], destinations: number[]): void {
  const device = deviceFor(network, change, bursts);
  const address = addressFor(network, change, device.namespace, destinations);
  const { namespace } = device;
  switch (change.kind) {
    case "mtu":
      if (device.kind !== "loopback") device.mtu = change.mtu;
      break;
    case "up":
      device.up = change.up;
      break;
    case "forwarding":
      namespace.forwarding = change.forwarding;
      break;
    case "filter":
      device.reversePathFilter = change.filter;
      break;
    case "route MTU":
      changeRoute(device, address, change.mtu);
      break;
    case "neighbour":
      namespace.addNeighbour(device, formatIpv4(address), formatMac(at(network.devices, change.mac).mac));
      break;
    case "forget":
      namespace.neighbours.remove(device, address);
      break;
    case "route":
      changeRoute(device, address);
      break;
    case "address":
      changeAddress(device, address);
      break;
    case "path MTU":
      namespace.pathMtu.learn(address, 576);
      break;
    case "port":
      changePort(device);
      break;
    case "forget MAC":
      for (const bridge of network.bridges) bridge.fdb.delete(stationAt(network, address)?.mac ?? 0);
      break;
    case "tunnel":
      changeTunnels(network, change.mac);
      break;
    case "move":
      moveStation(network, address, change.mac);
      break;
    case "ageing":
      for (const bridge of bridgesOf(namespace)) bridge.fdb.ageingTime = 1;
      break;
    case "release":
      namespace.udp.release(ECHO_PORT);
  }
}

/** Two times in three one of a namespace that sends or forwards what goes through the network. */
function deviceFor({ hosts, devices }: Network, { device }: Change, bursts: readonly Burst[]): NetDevice {
  const senders = bursts.map(({ host }) => at(hosts, host).namespace);
  if (device % 3 === 0) return at(devices, device);
  const routers = devices.map(({ namespace }) => namespace).filter(({ forwarding }) => forwarding);
  const namespaces = device % 3 === 1 || routers.length === 0 ? senders : routers;
  const namespace = at(namespaces, device >>> 2);
  return at(
    devices.filter((own) => own.namespace === namespace),
    device >>> 4,
  );
}

/** Where the traffic goes, or a neighbour that it may go through. */
function addressFor(network: Network, { address }: Change, namespace: Namespace, destinations: number[]): number {
  const { table } = namespace.neighbours;
  const neighbours: number[] = [];
  table.forEach((index) => neighbours.push(table.address[index]! >>> 0));
  const likely = address % 2 === 0 || neighbours.length === 0 ? destinations : neighbours;
  return at(likely.length > 0 ? likely : addressesOf(network), address >>> 1);
}

/** Takes a host route away where there is one, or adds one. */
function changeRoute(device: NetDevice, address: number, mtu = device.mtu): void {
  const { namespace } = device;
  const present = namespace.routes
    .list()
    .find(({ prefix, type }) => prefix.length === 32 && type === RouteType.UNICAST);
  if (present !== undefined) namespace.routes.remove(present);
  else if (namespace.routes.find({ address, length: 32 }) === undefined)
    namespace.addRoute({ to: formatIpv4(address), device, mtu });
}

function changeAddress(device: NetDevice, address: number): void {
  const { namespace } = device;
  if (namespace.addresses.isLocal(address | 0) || device.kind === "loopback") return;
  namespace.addAddress(device, `${formatIpv4(address)}/32`);
}

/** Devices that were ports, and of what. */
const formerPorts = new WeakMap<NetDevice, Bridge>();

/** Takes a port off its bridge, or puts it there again: never to another, so that no loop comes out. */
function changePort(device: NetDevice): void {
  const bridge = formerPorts.get(device);
  if (device.port !== null) {
    formerPorts.set(device, device.port.bridge);
    device.port.bridge.removePort(device);
  } else if (bridge !== undefined) {
    bridge.addPort(device);
  }
}

function bridgesOf(namespace: Namespace): Bridge[] {
  return [...namespace.devices.values()].filter((device) => device instanceof Bridge);
}

/** The device of the host that has an address. */
function stationAt({ hosts }: Network, address: number): NetDevice | undefined {
  return hosts.find(({ namespace }) => namespace.addresses.isLocal(address | 0))?.namespace.devices.get("eth0");
}

/** A frame comes from one host with the MAC of another, who has this address: bridges take it for one that has moved. */
function moveStation(network: Network, address: number, mover: number): void {
  const from = stationAt(network, address);
  const to = at(network.hosts, mover).namespace.devices.get("eth0");
  if (from !== undefined) to?.transmit(emptyFrame(BROADCAST_MAC, from.mac, 60, EXPERIMENTAL));
}

/** Tells tunnels that a station they know is behind another remote, or that it is unknown. */
function changeTunnels({ devices }: Network, number: number): void {
  for (const { fdb, local } of devices.filter((device) => device instanceof VxlanDevice)) {
    const entries = fdb.list().filter(({ mac }) => mac !== FLOOD_ENTRY);
    if (entries.length === 0) continue;
    const { mac } = at(entries, number >>> 1);
    if (number % 2 === 0) fdb.setPermanent(mac, fdb.floodList[0] ?? local);
    else fdb.delete(mac);
  }
}
