/** `bridge fdb` and `bridge link`, in iproute2's own form (bridge/fdb.c, bridge/link.c). */
import { Bridge, type BridgePort, type FdbEntry, FdbFlag, type NetDevice, VxlanDevice } from "../datapath/index.ts";
import { formatIpv4, formatMac } from "../wire/index.ts";
import { type Command, CommandError, type Place } from "./command.ts";
import { fieldRecord, fieldText } from "./detail-field.ts";
import { answer, argument } from "./ip-answer.ts";
import { requireDevice } from "./ip-device.ts";
import { type IpOptions, readIpOptions } from "./ip-options.ts";
import { matches, notModelled, readVerb, usageError, type VerbTable } from "./ip-verbs.ts";
import { bridgeLinkFields, PORT_COST, PORT_PRIORITY, portState } from "./link-details.ts";
import { linkRecord, type LinkRecord, numberedDevices } from "./link-record.ts";

const USAGE = `
Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { link | fdb }
       OPTIONS := { -V[ersion] | -d[etails] | -o[neline] | -p[retty] | -j[son] }
`.trimStart();

const FDB_VERBS: VerbTable = {
  name: "bridge fdb",
  fullName: "bridge fdb",
  verbs: [
    ...(["add", "append", "replace", "delete"] as const).map((word) => [word, "change"] as const),
    ["get", "missing"],
    ...(["show", "lst", "list"] as const).map((word) => [word, "show"] as const),
    ["flush!", "change"],
    ["help", "help"],
  ],
  usage: "Usage: bridge fdb [ show ] [ [ dev ] DEVICE ] [ br BRIDGE ] [ brport DEVICE ]",
};

const LINK_VERBS: VerbTable = {
  name: "bridge link",
  fullName: "bridge link",
  verbs: [
    ...(["set", "change"] as const).map((word) => [word, "change"] as const),
    ...(["show", "lst", "list"] as const).map((word) => [word, "show"] as const),
    ["help", "help"],
  ],
  usage: "Usage: bridge link [ show ] [ dev DEVICE ]",
};

/** In the order in which the original tries them; null: only the original has it. */
const OBJECTS = [
  ["link", bridgeLink],
  ["fdb", bridgeFdb],
  ...(["mdb", "vlan", "vni", "monitor"] as const).map((name) => [name, null] as const),
  ["help", "help"],
] as const;

export const bridge: Command = (place, words, terminal) => {
  const { options, rest } = readIpOptions("bridge", words);
  if (options.asksForVersion) {
    terminal.out("bridge utility of podwire, as iproute2-6.1.0\n");
    return 0;
  }
  const [name, ...arguments_] = rest;
  if (name === undefined || options.asksForHelp) throw usageError(USAGE);
  const object = OBJECTS.find(([full]) => matches(name, full));
  if (object === undefined) throw new CommandError(`Object "${name}" is unknown, try "bridge help".`, 255);
  const [full, run] = object;
  if (run === "help") throw usageError(USAGE);
  if (run === null) throw notModelled("bridge", full);
  terminal.out(run(place, arguments_, options));
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
  const { rest } = readVerb(FDB_VERBS, words);
  let records = numberedDevices(place).flatMap(([, device]) => fdbRecords(device));
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    const name = ["dev", "br", "brport"].includes(word) ? argument(rest, ++at) : word;
    requireDevice(place, name, "bridge");
    records = records.filter(({ ifname, master }) => (word === "br" ? master === name : ifname === name));
    if (word !== "br") records = records.map(({ ifname: _, ...record }) => record);
  }
  return answer(
    records.map((record) => ({ record, text: fdbText(record) })),
    options,
  );
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
  return `${words.join(" ")} ${state}`;
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
  const { rest } = readVerb(LINK_VERBS, words);
  const name = rest[0] === "dev" ? rest[1] : rest[0];
  const wanted = name === undefined ? undefined : requireDevice(place, name, "bridge");
  const ports = numberedDevices(place).filter(
    ([, device]) => device.port !== null && (wanted === undefined || device === wanted),
  );
  const entries = ports.map(([index, device]) => {
    const record = portRecord(place, index, device, device.port!);
    if (!options.hasDetails) return { record, text: portText(record) };
    const fields = bridgeLinkFields(device.port!);
    return { record: { ...record, ...fieldRecord(fields) }, text: `${portText(record)}\n    ${fieldText(fields)}` };
  });
  return answer(entries, options);
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
    state: portState(port),
    priority: PORT_PRIORITY,
    cost: PORT_COST,
  };
}

function portText({ ifindex, ifname, link, flags, mtu, master, state, priority, cost }: PortRecord): string {
  const name = link === undefined ? ifname : `${ifname}@${link}`;
  return `${ifindex}: ${name}: <${flags.join(",")}> mtu ${mtu} master ${master} state ${state} priority ${priority} cost ${cost} `;
}
