/**
 * What `ip -d link` tells beyond `ip link` (ip/iplink_*.c, ip/link_iptnl.c). Of what is not modelled, what Linux has by
 * default stands where devices here behave so: no spanning tree, no VLAN filtering. Multicast is flooded here, so snooping
 * is off and its settings are left out, as are IPv6, queues and offloads.
 */
import {
  Bridge,
  type BridgePort,
  ExternalVxlanDevice,
  IpipDevice,
  type NetDevice,
  VxlanDevice,
} from "../datapath/index.ts";
import { formatIpv4, formatMac } from "../wire/index.ts";
import type { Place } from "./command.ts";
import { type DetailField, field, fieldRecord, fieldText, switchField, timerField, wordField } from "./detail-field.ts";
import { hasCarrier, isUplink, masterOf } from "./link-record.ts";

export interface LinkDetails {
  readonly promiscuity: number;
  readonly allmulti: number;
  readonly min_mtu: number;
  readonly max_mtu: number;
  readonly linkinfo?: LinkInfo;
}

interface LinkInfo {
  readonly info_kind?: string;
  readonly info_data?: object;
  readonly info_slave_kind?: string;
  readonly info_slave_data?: object;
}

/** What a line of `ip -d link` begins with, and its fields. */
interface Section {
  readonly kind: string;
  readonly fields: readonly DetailField[];
}

/** What the details say of a device, as iproute2's JSON has it. */
export function linkDetails(place: Place, device: NetDevice): LinkDetails {
  const [kind, slave] = [kindSection(place, device), slaveSection(place, device)];
  const [data, slaveData] = [kind && fieldRecord(kind.fields), slave && fieldRecord(slave.fields)];
  const linkinfo: LinkInfo = {
    ...(kind !== undefined && { info_kind: kind.kind }),
    ...(data !== undefined && { info_data: data }),
    ...(slave !== undefined && { info_slave_kind: slave.kind }),
    ...(slaveData !== undefined && { info_slave_data: slaveData }),
  };
  return {
    ...attention(place, device),
    ...mtuLimits(device),
    ...((kind !== undefined || slave !== undefined) && { linkinfo }),
  };
}

/** The same in text: what follows the MAC, with lines of its own. */
export function linkDetailsText(place: Place, device: NetDevice): string {
  const { promiscuity, allmulti } = attention(place, device);
  const { min_mtu, max_mtu } = mtuLimits(device);
  const [kind, slave] = [kindSection(place, device), slaveSection(place, device)];
  return (
    ` promiscuity ${promiscuity}  allmulti ${allmulti} minmtu ${min_mtu} maxmtu ${max_mtu} ` +
    (kind === undefined ? "" : `\n    ${kind.kind} ${fieldText(kind.fields)}`) +
    (slave === undefined ? "" : `\n    ${slave.kind}_slave ${fieldText(slave.fields)}`)
  );
}

/** Whose frames a device takes: a bridge and an Open vSwitch datapath want all of their ports'. */
function attention(place: Place, device: NetDevice): Pick<LinkDetails, "promiscuity" | "allmulti"> {
  const isWatched = device.kind === "openvswitch" || masterOf(place, device) !== undefined;
  return { promiscuity: isWatched ? 1 : 0, allmulti: device.port === null ? 0 : 1 };
}

/** The kernel's bounds; 0 where it sets none. */
function mtuLimits(device: NetDevice): Pick<LinkDetails, "min_mtu" | "max_mtu"> {
  const isBound = device.kind !== "loopback" && device.kind !== "ipip";
  return isBound ? { min_mtu: 68, max_mtu: 65_535 } : { min_mtu: 0, max_mtu: 0 };
}

/** A network card and `lo` are of no kind. */
function kindSection(place: Place, device: NetDevice): Section | undefined {
  if (device.kind === "loopback" || isUplink(place, device)) return undefined;
  return { kind: device.kind, fields: kindFields(device) };
}

function kindFields(device: NetDevice): readonly DetailField[] {
  if (device instanceof Bridge) return bridgeFields(device);
  if (device instanceof VxlanDevice) return vxlanFields(device);
  if (device instanceof ExternalVxlanDevice)
    return [wordField("external", true, "external"), field("id", 0), ...vxlanSettings(device.udpPort, false, 0, 0)];
  return device instanceof IpipDevice ? ipipFields(device) : [];
}

function slaveSection(place: Place, device: NetDevice): Section | undefined {
  if (device.port !== null) return { kind: "bridge", fields: portFields(device.port) };
  return masterOf(place, device) === undefined ? undefined : { kind: "openvswitch", fields: [] };
}

/** An identifier of spanning tree: the priority, and the MAC, whose bytes iproute2 does not pad. */
function bridgeIdentifier(bridge: Bridge): string {
  const bytes = formatMac(bridge.mac).split(":");
  return `8000.${bytes.map((byte) => Number.parseInt(byte, 16).toString(16)).join(":")}`;
}

function bridgeFields(bridge: Bridge): DetailField[] {
  const identifier = bridgeIdentifier(bridge);
  return [
    field("forward_delay", 1500),
    field("hello_time", 200),
    field("max_age", 2000),
    field("ageing_time", Math.round(bridge.fdb.ageingTime / 10)),
    field("stp_state", 0),
    field("priority", 0x8000),
    field("vlan_filtering", 0),
    field("bridge_id", identifier),
    field("root_id", identifier, "designated_root"),
    field("root_port", 0),
    field("root_path_cost", 0),
    field("topology_change", 0),
    field("topology_change_detected", 0),
    ...["hello_timer", "tcn_timer", "topology_change_timer", "gc_timer"].map(timerField),
    field("group_fwd_mask", "0"),
    field("group_addr", "01:80:c2:00:00:00", "group_address"),
    field("mcast_snooping", 0),
    field("no_linklocal_learn", 0),
    field("mcast_vlan_snooping", 0),
    ...["nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables"].map((name) => field(name, 0)),
  ];
}

/** `ip -d link`'s line of a bridge's port. */
function portFields(port: BridgePort): DetailField[] {
  const identifier = bridgeIdentifier(port.bridge);
  const [proxyArp, fastLeave] = [switchField("proxy_arp", false), { value: false, text: "mcast_fast_leave off" }];
  return [
    field("state", portState(port)),
    field("priority", PORT_PRIORITY),
    field("cost", PORT_COST),
    ...portSwitches(port),
    field("id", `0x${(0x8000 + port.number).toString(16)}`, "port_id"),
    field("no", `0x${port.number.toString(16)}`, "port_no"),
    field("designated_port", 0x8000 + port.number),
    field("designated_cost", 0),
    field("bridge_id", identifier, "designated_bridge"),
    field("root_id", identifier, "designated_root"),
    ...["hold_timer", "message_age_timer", "forward_delay_timer"].map(timerField),
    field("topology_change_ack", 0),
    field("config_pending", 0),
    ...[proxyArp, switchField("proxy_arp_wifi", false)],
    field("multicast_router", 1, "mcast_router"),
    ...[fastLeave, ...floodSwitches(port)],
    ...[switchField("mcast_to_unicast", false), switchField("neigh_suppress", false)],
    ...[field("group_fwd_mask", "0"), field("group_fwd_mask_str", "0x0")],
    ...lastSwitches(port),
  ];
}

/** The same of `bridge -d link`, which has the switches alone. */
export function bridgeLinkFields(port: BridgePort): DetailField[] {
  return [
    ...portSwitches(port),
    ...floodSwitches(port),
    field("mcast_router", 1),
    switchField("mcast_to_unicast", false),
    switchField("neigh_suppress", false),
    ...lastSwitches(port),
  ];
}

/** A port's priority, and its cost at 10 Gbit/s, which is a veth's. */
export const PORT_PRIORITY = 32;
export const PORT_COST = 2;

/** Without spanning tree a port forwards as soon as it has a carrier (Linux br_port_carrier_check). */
export function portState({ bridge, device }: BridgePort): "forwarding" | "disabled" {
  return bridge.up && device.up && hasCarrier(device) ? "forwarding" : "disabled";
}

function portSwitches(port: BridgePort): DetailField[] {
  return [
    switchField("hairpin", port.hairpin),
    ...["guard", "root_block", "fastleave"].map((name) => switchField(name, false)),
    switchField("learning", port.learning),
    switchField("flood", port.unicastFlood),
  ];
}

function floodSwitches(port: BridgePort): DetailField[] {
  return [switchField("mcast_flood", port.multicastFlood), switchField("bcast_flood", port.broadcastFlood)];
}

function lastSwitches(port: BridgePort): DetailField[] {
  return [switchField("vlan_tunnel", false), switchField("isolated", port.isolated), switchField("locked", false)];
}

function vxlanFields(device: VxlanDevice): DetailField[] {
  const { namespace, local, typeOfService, fdb } = device;
  // What the plugins bind the tunnel to: the device that has its address.
  const lower = [...namespace.devices.values()].find((each) =>
    namespace.addresses.list(each).some(({ address }) => address === local),
  );
  const limit = fdb.maximumCount;
  return [
    field("id", device.vni),
    field("local", formatIpv4(local)),
    ...(lower === undefined ? [] : [field("link", lower.name, "dev")]),
    ...vxlanSettings(
      device.udpPort,
      device.learning,
      typeOfService,
      device.configuredTimeToLive,
      fdb.ageingTime,
      limit,
    ),
  ];
}

const DEFAULT_AGEING_TIME = 300_000;

/** What every VXLAN device has: outer datagrams carry no UDP checksum. @param ageingTime in milliseconds */
function vxlanSettings(
  port: number,
  learning: boolean,
  typeOfService: number | "inherit",
  timeToLive: number,
  ageingTime: number = DEFAULT_AGEING_TIME,
  limit: number = 0,
): DetailField[] {
  const ageing = Math.floor(ageingTime / 1000);
  return [
    { name: "port_range", value: { low: 0, high: 0 }, text: "srcport 0 0" },
    field("port", port, "dstport"),
    wordField("learning", learning, learning ? undefined : "nolearning"),
    ...serviceFields(typeOfService),
    { name: "ttl", value: timeToLive, text: `ttl ${timeToLive === 0 ? "auto" : timeToLive}` },
    { name: "df", value: "unset" },
    { name: "ageing", value: ageing, text: `ageing ${ageing === 0 ? "none" : ageing}` },
    ...(limit === 0 ? [] : [field("limit", limit, "maxaddr")]),
    wordField("udp_csum", false, "noudpcsum"),
    wordField("udp_zero_csum6_tx", false, "noudp6zerocsumtx"),
    wordField("udp_zero_csum6_rx", false, "noudp6zerocsumrx"),
  ];
}

/** The outer type of service, where one is set; iproute2 has 1 for "inherit". */
function serviceFields(typeOfService: number | "inherit"): DetailField[] {
  const byte = typeOfService === "inherit" ? 1 : typeOfService;
  const text = typeOfService === "inherit" ? "inherit" : `0x${byte.toString(16)}`;
  return byte === 0 ? [] : [{ name: "tos", value: `0x${byte.toString(16)}`, text: `tos ${text}` }];
}

/** `tunl0`, which no address is set of, takes any protocol (Linux ip_tunnel.c); the others are for IPv4 in IPv4. */
function ipipFields({ local, remote, timeToLive, typeOfService, pathMtuDiscovery }: IpipDevice): DetailField[] {
  const end = (address: number): string => (address === 0 ? "any" : formatIpv4(address));
  const protocol = local === 0 && remote === 0 ? "any" : "ipip";
  return [
    { name: "proto", value: protocol, text: protocol },
    field("remote", end(remote)),
    field("local", end(local)),
    { name: "ttl", value: timeToLive, text: `ttl ${timeToLive === 0 ? "inherit" : timeToLive}` },
    ...serviceFields(typeOfService),
    wordField("pmtudisc", pathMtuDiscovery, pathMtuDiscovery ? "pmtudisc" : "nopmtudisc"),
  ];
}
