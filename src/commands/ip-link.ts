/** `ip link`: a namespace's devices, in iproute2's own form (ip/ipaddress.c). */
import type { NetDevice } from "../datapath/index.ts";
import { CommandError, type Place } from "./command.ts";
import { answer, argument, type Entry } from "./ip-answer.ts";
import { requireDevice } from "./ip-device.ts";
import type { IpOptions } from "./ip-options.ts";
import { matches, notModelled, readVerb, usageError, type VerbTable } from "./ip-verbs.ts";
import { linkDetails, linkDetailsText } from "./link-details.ts";
import {
  type LinkRecord,
  linkRecord,
  type LinkStatistics,
  linkStatistics,
  masterOf,
  numberedDevices,
} from "./link-record.ts";

const USAGE = `
Usage: ip link [ show ] [ [ dev ] DEVICE ] [ up ] [ master DEVICE | nomaster ] [ type TYPE ]
TYPE := { bridge | ipip | openvswitch | veth | vxlan | bridge_slave | openvswitch_slave }
`.trimStart();

const VERBS: VerbTable = {
  name: "ip link",
  fullName: "ip link",
  verbs: [
    ...(["add", "set", "change", "replace", "delete"] as const).map((word) => [word, "change"] as const),
    ...(["show", "lst", "list"] as const).map((word) => [word, "show"] as const),
    ["xstats", "missing"],
    ["afstats", "missing"],
    ["property", "change"],
    ["help", "help"],
  ],
  usage: USAGE,
};

/** `ip link [show] [[dev] DEVICE] [type KIND] [master BRIDGE] [up]`. */
export function ipLink(place: Place, words: readonly string[], options: IpOptions): string {
  const entries = selectDevices(place, readVerb(VERBS, words).rest, VERBS).map(([index, device]): Entry => {
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

/** Words of the original's filters that podwire has nothing for. */
const OTHER_FILTERS = ["to", "scope", "label", "group", "vrf", "permanent", "dynamic", "secondary", "primary"];

type Numbered = readonly [index: number, device: NetDevice];

/** The devices that the words behind `ip link show` or `ip addr show` ask for. @throws CommandError as iproute2. */
export function selectDevices(place: Place, words: readonly string[], { name, usage }: VerbTable): Numbered[] {
  let devices: Numbered[] = numberedDevices(place);
  let wanted: string | undefined;
  const keep = (test: (device: NetDevice) => boolean): void => {
    devices = devices.filter(([, device]) => test(device));
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "up") keep((device) => device.up);
    else if (word === "type") keep(typeTest(place, argument(words, ++at)));
    else if (word === "nomaster") keep((device) => masterOf(place, device) === undefined);
    else if (word === "master") {
      const master = argument(words, ++at);
      if (!place.namespace.devices.has(master))
        throw new CommandError(`Error: argument "${master}" is wrong: Device does not exist\n`, 255);
      keep((device) => masterOf(place, device) === master);
    } else if (OTHER_FILTERS.includes(word)) throw notModelled(name, word);
    else {
      if (word !== "dev" && matches(word, "help")) throw usageError(usage);
      const given = word === "dev" ? argument(words, ++at) : word;
      if (wanted !== undefined)
        throw new CommandError(`Error: either "dev" is duplicate, or "${given}" is a garbage.`, 255);
      wanted = given;
    }
  }
  if (wanted === undefined) return devices;
  const device = requireDevice(place, wanted, "link");
  return devices.filter(([, each]) => each === device);
}

/** `type veth`, or `type bridge_slave` for the ports of bridges. */
function typeTest(place: Place, type: string): (device: NetDevice) => boolean {
  return (device) => {
    const { info_kind, info_slave_kind } = linkDetails(place, device).linkinfo ?? {};
    return type.endsWith("_slave") ? `${info_slave_kind}_slave` === type : info_kind === type;
  };
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
