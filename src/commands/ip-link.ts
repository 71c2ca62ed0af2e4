/** `ip link` and `ip addr`: a namespace's devices and addresses, in iproute2's own form (ip/ipaddress.c). */
import type { InterfaceAddress, NetDevice } from "../datapath/index.ts";
import { formatIpv4, isLoopbackIpv4, prefixBroadcast } from "../wire/index.ts";
import { CommandError, type Place } from "./command.ts";
import type { IpOptions } from "./ip-options.ts";
import { type LinkRecord, linkRecord, type LinkStatistics, linkStatistics, numberedDevices } from "./link-record.ts";

/** An address that ends by nobody's clock. */
const FOREVER = 2 ** 32 - 1;

interface AddressRecord {
  readonly family: "inet";
  readonly local: string;
  readonly prefixlen: number;
  readonly broadcast?: string;
  readonly scope: "host" | "link" | "global";
  readonly label: string;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
}

interface DeviceRecord extends Omit<LinkRecord, "linkmode" | "link_type" | "address" | "broadcast"> {
  readonly linkmode?: string;
  readonly link_type?: string;
  readonly address?: string;
  readonly broadcast?: string;
  readonly stats64?: LinkStatistics;
  readonly addr_info?: readonly AddressRecord[];
}

/** `ip link [show] [[dev] DEVICE] [type KIND] [master BRIDGE] [up]`. */
export function ipLink(place: Place, words: readonly string[], options: IpOptions): string {
  const devices = selectDevices(place, words);
  const records = devices.map(([index, device]) => deviceRecord(place, index, device, options));
  if (options.isJson) return json(records);
  if (options.isBrief) return records.map(briefLink).join("");
  return records.map((record) => linkText(record, " mode DEFAULT") + statisticsText(record)).join("");
}

/** `ip addr [show] [[dev] DEVICE] ...`. */
export function ipAddress(place: Place, words: readonly string[], options: IpOptions): string {
  const { addresses } = place.namespace;
  const devices = selectDevices(place, words).filter(
    ([, device]) => !options.isIpv4 || addresses.list(device).length > 0,
  );
  const records = devices.map(([index, device]): DeviceRecord => {
    const { linkmode: _, ...record } = deviceRecord(place, index, device, options);
    return {
      ...(options.isIpv4 ? withoutLinkLayer(record) : record),
      addr_info: addresses.list(device).map(addressRecord),
    };
  });
  if (options.isJson) return json(records);
  if (options.isBrief) return records.map(briefAddress).join("");
  return records
    .map((record) => linkText(record, "") + record.addr_info!.map(addressText).join("") + statisticsText(record))
    .join("");
}

function deviceRecord(place: Place, index: number, device: NetDevice, { hasStatistics }: IpOptions): DeviceRecord {
  return { ...linkRecord(place, index, device), ...(hasStatistics && { stats64: linkStatistics(device) }) };
}

/** `ip -4` tells nothing of MACs. */
function withoutLinkLayer({
  link_type: _type,
  address: _address,
  broadcast: _broadcast,
  ...record
}: DeviceRecord): DeviceRecord {
  return record;
}

/** The devices that the words behind `ip link` or `ip addr` ask for. @throws CommandError as iproute2. */
function selectDevices(place: Place, words: readonly string[]): [number, NetDevice][] {
  const rest = ["show", "list", "ls", "lst"].includes(words[0] ?? "") ? words.slice(1) : words;
  let devices = numberedDevices(place);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (word === "up") devices = devices.filter(([, device]) => device.up);
    else if (word === "type") {
      const kind = argument(rest, ++at);
      devices = devices.filter(([, device]) => device.kind === kind);
    } else if (word === "master") {
      const master = requireDevice(place, argument(rest, ++at)).name;
      devices = devices.filter(([, device]) => device.port?.bridge.name === master);
    } else {
      const { name } = requireDevice(place, word === "dev" ? argument(rest, ++at) : word);
      devices = devices.filter(([, device]) => device.name === name);
    }
  }
  return devices;
}

function argument(words: readonly string[], at: number): string {
  const word = words[at];
  if (word === undefined) throw new CommandError('Command line is not complete. Try option "help"', 255);
  return word;
}

/** @throws CommandError for a name that no device of the place has. */
export function requireDevice(place: Place, name: string): NetDevice {
  const device = place.namespace.devices.get(name);
  if (device === undefined) throw new CommandError(`Device "${name}" does not exist.`, 1);
  return device;
}

/** `eth0@if5`, `a@b`, or the name alone. */
export function nameWithOtherEnd({
  ifname,
  link,
  link_index,
}: Pick<LinkRecord, "ifname" | "link" | "link_index">): string {
  if (link !== undefined) return `${ifname}@${link}`;
  return link_index === undefined ? ifname : `${ifname}@if${link_index}`;
}

function linkText(record: DeviceRecord, mode: string): string {
  const { ifindex, flags, mtu, qdisc, master, operstate, group, txqlen, link_type, address, broadcast } = record;
  const slave = master === undefined ? "" : `master ${master} `;
  const elsewhere = record.link_netnsid === undefined ? "" : ` link-netnsid ${record.link_netnsid}`;
  const layer = link_type === undefined ? "" : `\n    link/${link_type} ${address!} brd ${broadcast!}`;
  return (
    `${ifindex}: ${nameWithOtherEnd(record)}: <${flags.join(",")}> mtu ${mtu} qdisc ${qdisc} ${slave}state ${operstate}` +
    `${mode} group ${group} qlen ${txqlen}${layer}${elsewhere}\n`
  );
}

function addressRecord({ device, address, length }: InterfaceAddress): AddressRecord {
  const hasBroadcast = length < 31 && !isLoopbackIpv4(address);
  return {
    family: "inet",
    local: formatIpv4(address),
    prefixlen: length,
    ...(hasBroadcast && { broadcast: formatIpv4(prefixBroadcast({ address, length })) }),
    scope: isLoopbackIpv4(address) ? "host" : "global",
    label: device.name,
    valid_life_time: FOREVER,
    preferred_life_time: FOREVER,
  };
}

function addressText({ local, prefixlen, broadcast, scope, label }: AddressRecord): string {
  const brd = broadcast === undefined ? "" : ` brd ${broadcast}`;
  return `    inet ${local}/${prefixlen}${brd} scope ${scope} ${label}\n       valid_lft forever preferred_lft forever\n`;
}

/** Widths of the columns where the numbers are short (ip/ipaddress.c, size_columns). */
const WIDTHS = [10, 7, 6, 7, 7, 7] as const;

function statisticsText({ stats64 }: DeviceRecord): string {
  if (stats64 === undefined) return "";
  const rows = [Object.values(stats64.rx), Object.values(stats64.tx)] as number[][];
  const widths = WIDTHS.map((width, column) => Math.max(width, ...rows.map((row) => String(row[column]).length)));
  const heading = (way: string, names: readonly string[]): string =>
    `    ${way}:${names.map((name, column) => name.padStart(column === 0 ? widths[0]! - 3 : widths[column]! + 1)).join("")}${" ".repeat(11)}\n`;
  const numbers = (row: readonly number[]): string =>
    `    ${row.map((value, column) => String(value).padStart(widths[column]!)).join(" ")} \n`;
  return (
    heading("RX", ["bytes", "packets", "errors", "dropped", "missed", "mcast"]) +
    numbers(rows[0]!) +
    heading("TX", ["bytes", "packets", "errors", "dropped", "carrier", "collsns"]) +
    numbers(rows[1]!)
  );
}

function briefLink(record: DeviceRecord): string {
  return `${briefStart(record)}${record.address!} <${record.flags.join(",")}> \n`;
}

function briefAddress(record: DeviceRecord): string {
  return `${briefStart(record)}${record.addr_info!.map(({ local, prefixlen }) => `${local}/${prefixlen} `).join("")}\n`;
}

function briefStart(record: DeviceRecord): string {
  return `${nameWithOtherEnd(record).padEnd(16)} ${record.operstate.padEnd(14)} `;
}

/** As iproute2 prints it: one line. */
export function json(records: readonly object[]): string {
  return `${JSON.stringify(records)}\n`;
}
