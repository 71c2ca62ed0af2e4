/** `ip link`: a namespace's devices, in iproute2's own form (ip/ipaddress.c). */
import type { NetDevice } from "../datapath/index.ts";
import { CommandError, type Place } from "./command.ts";
import { answer, argument, type Entry } from "./ip-answer.ts";
import type { IpOptions } from "./ip-options.ts";
import { linkDetails, linkDetailsText } from "./link-details.ts";
import {
  isUplink,
  type LinkRecord,
  linkRecord,
  type LinkStatistics,
  linkStatistics,
  masterOf,
  numberedDevices,
} from "./link-record.ts";

/** `ip link [show] [[dev] DEVICE] [type KIND] [master BRIDGE] [up]`. */
export function ipLink(place: Place, words: readonly string[], options: IpOptions): string {
  const entries = selectDevices(place, words).map(([index, device]): Entry => {
    const record = linkRecord(place, index, device);
    if (options.isBrief) return briefLink(record);
    const details = options.hasDetails
      ? ([linkDetails(place, device), linkDetailsText(place, device)] as const)
      : ([{}, ""] as const);
    const statistics = options.hasStatistics ? statisticsEntry(device) : { record: {}, text: "" };
    return {
      record: { ...record, ...details[0], ...statistics.record },
      text: `${linkText(record, true)}${details[1]}${statistics.text}`,
    };
  });
  return answer(entries, options);
}

/** The devices that the words behind `ip link` or `ip addr` ask for. @throws CommandError as iproute2. */
export function selectDevices(place: Place, words: readonly string[]): [number, NetDevice][] {
  const rest = ["show", "list", "ls", "lst"].includes(words[0] ?? "") ? words.slice(1) : words;
  let devices = numberedDevices(place);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (word === "up") devices = devices.filter(([, device]) => device.up);
    else if (word === "type") {
      const kind = argument(rest, ++at);
      devices = devices.filter(([, device]) => device.kind === kind && !isUplink(place, device));
    } else if (word === "master") {
      const master = requireDevice(place, argument(rest, ++at)).name;
      devices = devices.filter(([, device]) => masterOf(place, device) === master);
    } else {
      const { name } = requireDevice(place, word === "dev" ? argument(rest, ++at) : word);
      devices = devices.filter(([, device]) => device.name === name);
    }
  }
  return devices;
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

/** The first line, with the mode as `ip link` has it, and the second, which tells of the link layer. */
export function linkText(record: LinkRecord, hasMode: boolean, hasLinkLayer: boolean = true): string {
  const { ifindex, flags, mtu, qdisc, master, operstate, group, txqlen, link_type, address, broadcast } = record;
  const slave = master === undefined ? "" : `master ${master} `;
  const mode = hasMode ? ` mode ${record.linkmode}` : "";
  const elsewhere = record.link_netnsid === undefined ? "" : ` link-netnsid ${record.link_netnsid}`;
  const layer = hasLinkLayer ? `\n    link/${link_type} ${address} brd ${broadcast}` : "";
  return (
    `${ifindex}: ${nameWithOtherEnd(record)}: <${flags.join(",")}> mtu ${mtu} qdisc ${qdisc} ${slave}state ${operstate}` +
    `${mode} group ${group} qlen ${txqlen}${layer}${elsewhere}`
  );
}

/** Widths of the columns where the numbers are short (ip/ipaddress.c, size_columns). */
const WIDTHS = [10, 7, 6, 7, 7, 7] as const;

/** `-s`: the field, and four lines. */
export function statisticsEntry(device: NetDevice): Entry {
  const stats64 = linkStatistics(device);
  return { record: { stats64 }, text: statisticsText(stats64) };
}

function statisticsText(stats64: LinkStatistics): string {
  const rows = [Object.values(stats64.rx), Object.values(stats64.tx)] as number[][];
  const widths = WIDTHS.map((width, column) => Math.max(width, ...rows.map((row) => String(row[column]).length)));
  const heading = (way: string, names: readonly string[]): string =>
    `\n    ${way}:${names.map((name, column) => name.padStart(column === 0 ? widths[0]! - 3 : widths[column]! + 1)).join("")}${" ".repeat(11)}`;
  const numbers = (row: readonly number[]): string =>
    `\n    ${row.map((value, column) => String(value).padStart(widths[column]!)).join(" ")} `;
  return (
    heading("RX", ["bytes", "packets", "errors", "dropped", "missed", "mcast"]) +
    numbers(rows[0]!) +
    heading("TX", ["bytes", "packets", "errors", "dropped", "carrier", "collsns"]) +
    numbers(rows[1]!)
  );
}

function briefLink(record: LinkRecord): Entry {
  const { flags, address } = record;
  return {
    record: { ...briefRecord(record), address, flags },
    text: `${briefStart(record)}${address} <${flags.join(",")}> `,
  };
}

/** What `-br` tells of a device in any case. */
export function briefRecord({ link, link_index, ifname, operstate }: LinkRecord): object {
  return { link, link_index, ifname, operstate };
}

export function briefStart(record: LinkRecord): string {
  return `${nameWithOtherEnd(record).padEnd(16)} ${record.operstate.padEnd(14)} `;
}
