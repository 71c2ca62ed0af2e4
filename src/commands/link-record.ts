/** A device as `ip -j link` has it: the fields from which both the text and the JSON of `ip link` and `ip addr` are made. */
import { Bridge, Counter, IpipDevice, type NetDevice, Veth } from "../datapath/index.ts";
import { WeaveDatapath } from "../kubernetes/index.ts";
import { DropReason, ethernet, formatIpv4, formatMac } from "../wire/index.ts";
import { nodeOf, type Place } from "./command.ts";

/** Names and order are those of iproute2's JSON (ip/ipaddress.c, print_linkinfo). */
export interface LinkRecord {
  readonly ifindex: number;
  /** Name of the other end of a veth pair in the same namespace. */
  readonly link?: string;
  /** Number of the other end where it is in another namespace. */
  readonly link_index?: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly qdisc: string;
  readonly master?: string;
  readonly operstate: string;
  readonly linkmode: "DEFAULT";
  readonly group: "default";
  readonly txqlen: number;
  readonly link_type: string;
  readonly address: string;
  readonly broadcast: string;
  readonly link_netnsid?: number;
}

/** A namespace's devices, numbered as they were made: `lo` is 1. */
export function numberedDevices(place: Place): [number, NetDevice][] {
  return [...place.namespace.devices.values()].map((device, index) => [index + 1, device]);
}

/** The number of a device in its own namespace. */
export function indexOf(device: NetDevice): number {
  return [...device.namespace.devices.values()].indexOf(device) + 1;
}

export function linkRecord(place: Place, ifindex: number, device: NetDevice): LinkRecord {
  const master = masterOf(place, device);
  return {
    ifindex,
    ...otherEnd(place, device),
    ifname: device.name,
    flags: flags(device),
    mtu: device.kind === "loopback" ? LINUX_LOOPBACK_MTU : device.mtu,
    qdisc: device.up || device.kind === "loopback" ? (isUplink(place, device) ? "fq_codel" : "noqueue") : "noop",
    ...(master !== undefined && { master }),
    operstate: operationalState(device),
    linkmode: "DEFAULT",
    group: "default",
    txqlen: 1000,
    ...linkLayer(device),
    ...otherNamespace(place, device),
  };
}

/** Linux's lo says one more than an IPv4 packet can have. */
const LINUX_LOOPBACK_MTU = 65_536;

/** A node's way into the underlay stands for a network card: it has no other end that a node could see. */
export function isUplink(place: Place, device: NetDevice): boolean {
  return nodeOf(place)?.uplink === device;
}

/** The bridge or Open vSwitch datapath whose port a device is. */
export function masterOf({ namespace }: Place, device: NetDevice): string | undefined {
  if (device.port !== null) return device.port.bridge.name;
  const isDatapath = (each: NetDevice): boolean => each instanceof WeaveDatapath && each.vports.includes(device);
  return [...namespace.devices.values()].find(isDatapath)?.name;
}

function otherEnd(place: Place, device: NetDevice): { link?: string; link_index?: number } {
  if (device.kind === "ipip") return { link: "NONE" };
  if (!(device instanceof Veth) || isUplink(place, device)) return {};
  return device.peer.namespace === device.namespace ? { link: device.peer.name } : { link_index: indexOf(device.peer) };
}

/** Namespaces beyond veth pairs are numbered in the order of the pairs, as the kernel does when each is first seen. */
function otherNamespace(place: Place, device: NetDevice): { link_netnsid?: number } {
  const isFar = (each: NetDevice): each is Veth =>
    each instanceof Veth && each.peer.namespace !== place.namespace && !isUplink(place, each);
  if (!isFar(device)) return {};
  const namespaces = new Set([...place.namespace.devices.values()].filter(isFar).map((each) => each.peer.namespace));
  return { link_netnsid: [...namespaces].indexOf(device.peer.namespace) };
}

/** Whether the device has a carrier: a pair while its other end is up, a bridge while a port of it has. */
export function hasCarrier(device: NetDevice): boolean {
  if (device instanceof Veth) return device.peer.up;
  if (device instanceof Bridge) return device.ports.some((port) => port.device.up && hasCarrier(port.device));
  return true;
}

function flags(device: NetDevice): string[] {
  const medium = device.kind === "loopback" ? ["LOOPBACK"] : device.hasLinkHeader ? ["BROADCAST", "MULTICAST"] : [];
  const kind = device.arp && device.hasLinkHeader ? medium : [...medium, "NOARP"];
  if (!device.up) return kind;
  return hasCarrier(device) ? [...kind, "UP", "LOWER_UP"] : ["NO-CARRIER", ...kind, "UP"];
}

function operationalState(device: NetDevice): string {
  if (!device.up) return "DOWN";
  if (device instanceof Veth) return hasCarrier(device) ? "UP" : "LOWERLAYERDOWN";
  if (device instanceof Bridge) return hasCarrier(device) ? "UP" : "DOWN";
  return "UNKNOWN";
}

function linkLayer(device: NetDevice): Pick<LinkRecord, "link_type" | "address" | "broadcast"> {
  if (device instanceof IpipDevice)
    return { link_type: "ipip", address: formatIpv4(device.local), broadcast: formatIpv4(device.remote) };
  if (device.kind === "loopback") return { link_type: "loopback", address: formatMac(0), broadcast: formatMac(0) };
  return { link_type: "ether", address: formatMac(device.mac), broadcast: "ff:ff:ff:ff:ff:ff" };
}

/** `ip -s link`'s counters, as iproute2's JSON has them. */
export interface LinkStatistics {
  readonly rx: {
    bytes: number;
    packets: number;
    errors: number;
    dropped: number;
    over_errors: number;
    multicast: number;
  };
  readonly tx: {
    bytes: number;
    packets: number;
    errors: number;
    dropped: number;
    carrier_errors: number;
    collisions: number;
  };
}

/** What a device itself refuses of frames that arrive; what the layers above refuse is counted elsewhere (nstat). */
const RECEIVING_REASONS: readonly number[] = [
  DropReason.DEV_READY,
  DropReason.HDR_TRUNC,
  DropReason.LOCAL_MAC,
  DropReason.MAC_INVALID_SOURCE,
  DropReason.NOMEM,
  DropReason.UNHANDLED_PROTO,
  DropReason.VXLAN_ENTRY_EXISTS,
  DropReason.VXLAN_INVALID_HDR,
  DropReason.IP_TUNNEL_ECN,
];

/** And of those that are to leave. */
const SENDING_REASONS: readonly number[] = [
  DropReason.FULL_RING,
  DropReason.NO_TX_TARGET,
  DropReason.BRIDGE_NO_PORT,
  DropReason.DEV_HDR,
  DropReason.IP_OUTNOROUTES,
];

/** Linux's VXLAN counts without the Ethernet header, its bridge what it receives. */
export function linkStatistics(device: NetDevice): LinkStatistics {
  const { counters, drops } = device;
  const sum = (reasons: readonly number[]): number => reasons.reduce((total, reason) => total + drops[reason]!, 0);
  const [received, sent] = [counters[Counter.RX_PACKETS]!, counters[Counter.TX_PACKETS]!];
  const isTunnel = device.kind === "vxlan";
  return {
    rx: {
      bytes:
        counters[Counter.RX_BYTES]! - (isTunnel || device instanceof Bridge ? ethernet.HEADER_LENGTH * received : 0),
      packets: received,
      errors: 0,
      dropped: sum(RECEIVING_REASONS),
      over_errors: 0,
      multicast: 0,
    },
    tx: {
      bytes: counters[Counter.TX_BYTES]! - (isTunnel ? ethernet.HEADER_LENGTH * sent : 0),
      packets: sent,
      errors: 0,
      dropped: sum(SENDING_REASONS),
      carrier_errors: 0,
      collisions: 0,
    },
  };
}
