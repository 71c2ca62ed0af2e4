/** `bridge fdb` and `bridge link`, in iproute2's own form (bridge/fdb.c, bridge/link.c). */
import { Bridge, type BridgePort, type FdbEntry, FdbFlag, type NetDevice, VxlanDevice } from "../datapath/index.ts";
import { formatIpv4, formatMac } from "../wire/index.ts";
import { type Command, CommandError, type Place } from "./command.ts";
import { json, requireDevice } from "./ip-link.ts";
import { type IpOptions, readIpOptions } from "./ip-options.ts";
import { linkRecord, type LinkRecord, numberedDevices } from "./link-record.ts";

export const bridge: Command = (place, words, terminal) => {
  const { options, rest } = readIpOptions("bridge", words);
  const [object = "help", ...arguments_] = rest;
  if (object !== "" && "fdb".startsWith(object)) terminal.out(bridgeFdb(place, arguments_, options));
  else if (object !== "" && "link".startsWith(object)) terminal.out(bridgeLink(place, arguments_, options));
  else throw new CommandError(`Object "${object}" is unknown, try "bridge help".`, 1);
  return 0;
};

interface FdbRecord {
  readonly mac: string;
  /** Left out where one device was asked for. */
  readonly ifname?: string;
  readonly dst?: string;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly state: string;
}

/** `bridge fdb [show] [[dev] DEVICE | br BRIDGE | brport DEVICE]`. */
function bridgeFdb(place: Place, words: readonly string[], options: IpOptions): string {
  const rest = ["show", "list", "ls"].includes(words[0] ?? "") ? words.slice(1) : words;
  let records = numberedDevices(place).flatMap(([, device]) => fdbRecords(device));
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    const name = ["dev", "br", "brport"].includes(word) ? rest[++at] : word;
    if (name === undefined) throw new CommandError('Command line is not complete. Try option "help"', 255);
    requireDevice(place, name);
    records = records.filter(({ ifname, master }) => (word === "br" ? master === name : ifname === name));
    if (word !== "br") records = records.map(({ ifname: _, ...record }) => record);
  }
  return options.isJson ? json(records) : records.map(fdbText).join("");
}

function fdbRecords(device: NetDevice): FdbRecord[] {
  if (device instanceof Bridge) return device.fdb.list().map((entry) => bridgeRecord(device, entry));
  if (!(device instanceof VxlanDevice)) return [];
  return device.fdb.list().map(({ mac, remote, isPermanent }) => ({
    mac: formatMac(mac),
    ifname: device.name,
    dst: formatIpv4(remote),
    flags: ["self"],
    state: isPermanent ? "permanent" : "",
  }));
}

function bridgeRecord(device: Bridge, { mac, port, flags }: FdbEntry): FdbRecord {
  const state = (flags & FdbFlag.LOCAL) !== 0 ? "permanent" : (flags & FdbFlag.STATIC) !== 0 ? "static" : "";
  const marks = [
    ...((flags & FdbFlag.STICKY) !== 0 ? ["sticky"] : []),
    ...((flags & FdbFlag.EXTERNAL) !== 0 ? ["extern_learn"] : []),
  ];
  return { mac: formatMac(mac), ifname: device.portName(port), flags: marks, master: device.name, state };
}

/** Marks stand before `master`, the state last; a space is behind all but it. */
function fdbText({ mac, ifname, dst, flags, master, state }: FdbRecord): string {
  const words = [
    mac,
    ...(ifname === undefined ? [] : ["dev", ifname]),
    ...(dst === undefined ? [] : ["dst", dst]),
    ...flags,
  ];
  if (master !== undefined) words.push("master", master);
  return `${words.join(" ")} ${state}\n`;
}

interface PortRecord extends Pick<LinkRecord, "ifindex" | "ifname" | "flags" | "mtu"> {
  readonly link?: string;
  readonly master: string;
  readonly state: string;
  readonly priority: number;
  readonly cost: number;
}

/** `bridge link [show] [dev DEVICE]`, and with `-d` the port's switches. */
function bridgeLink(place: Place, words: readonly string[], options: IpOptions): string {
  const rest = ["show", "list", "ls"].includes(words[0] ?? "") ? words.slice(1) : words;
  const name = rest[0] === "dev" ? rest[1] : rest[0];
  const wanted = name === undefined ? undefined : requireDevice(place, name);
  const ports = numberedDevices(place).filter(
    ([, device]) => device.port !== null && (wanted === undefined || device === wanted),
  );
  const records = ports.map(([index, device]) => portRecord(place, index, device, device.port!));
  if (options.isJson) return json(records);
  return records
    .map((record, at) => portText(record) + (options.hasDetails ? switchesText(ports[at]![1].port!) : ""))
    .join("");
}

function portRecord(place: Place, index: number, device: NetDevice, port: BridgePort): PortRecord {
  const { ifindex, ifname, flags, mtu, link, link_index } = linkRecord(place, index, device);
  const other = link ?? (link_index === undefined ? undefined : `if${link_index}`);
  return {
    ifindex,
    ...(other !== undefined && { link: other }),
    ifname,
    flags,
    mtu,
    master: port.bridge.name,
    state: device.up ? "forwarding" : "disabled",
    priority: 32,
    cost: 2,
  };
}

function portText({ ifindex, ifname, link, flags, mtu, master, state, priority, cost }: PortRecord): string {
  const name = link === undefined ? ifname : `${ifname}@${link}`;
  return `${ifindex}: ${name}: <${flags.join(",")}> mtu ${mtu} master ${master} state ${state} priority ${priority} cost ${cost} \n`;
}

function switchesText(port: BridgePort): string {
  const switches: [string, boolean][] = [
    ["hairpin", port.hairpin],
    ["guard", false],
    ["root_block", false],
    ["fastleave", false],
    ["learning", port.learning],
    ["flood", port.unicastFlood],
    ["mcast_flood", port.multicastFlood],
    ["bcast_flood", port.broadcastFlood],
  ];
  const text = switches.map(([name, isOn]) => `${name} ${isOn ? "on" : "off"} `).join("");
  return `    ${text}isolated ${port.isolated ? "on" : "off"} \n`;
}
