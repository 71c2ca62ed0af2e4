/** `ip neigh`: what a namespace knows of its neighbours, in iproute2's own form (ip/ipneigh.c). */
import { NeighbourState, REACHABLE_MILLISECONDS } from "../datapath/index.ts";
import { formatIpv4, formatMac, type Ipv4Prefix, parseIpv4, prefixContains } from "../wire/index.ts";
import { CommandError, type Place } from "./command.ts";
import { answer, argument, type Entry } from "./ip-answer.ts";
import { requireDevice } from "./ip-device.ts";
import type { IpOptions } from "./ip-options.ts";
import { readPrefix } from "./ip-prefix.ts";
import { matches, notModelled, readVerb, usageError, type VerbTable } from "./ip-verbs.ts";

interface NeighbourRecord {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
}

const USAGE = `
Usage: ip neigh [ show ] [ [ to ] PREFIX ] [ dev DEVICE ] [ nud STATE ]
       ip neigh get ADDRESS dev DEVICE
STATE := { permanent | reachable | stale | delay | probe | incomplete | failed | noarp | none | all }
`.trimStart();

const VERBS: VerbTable = {
  name: "ip neigh",
  fullName: "ip neigh",
  verbs: [
    ...(["add", "change", "chg!", "replace", "delete"] as const).map((word) => [word, "change"] as const),
    ["get", "get"],
    ...(["show", "lst", "list"] as const).map((word) => [word, "show"] as const),
    ["flush", "change"],
    ["help", "help"],
  ],
  usage: USAGE,
};

const STATES = ["PERMANENT", "REACHABLE", "STALE", "DELAY", "PROBE", "INCOMPLETE", "FAILED", "NOARP", "NONE"];

const OTHER_KEYS = ["master", "vrf", "nomaster", "unused", "proxy", "protocol"];

interface NeighbourFilter {
  /** Undefined for all, null for those of IPv6, of which there are none. */
  readonly prefix?: Ipv4Prefix | null;
  readonly dev?: string;
  /** Empty for all. */
  readonly states: readonly string[];
}

/** `ip neigh [show] [PREFIX] [dev DEVICE] [nud STATE]`, `ip neigh get ADDRESS dev DEVICE`. */
export function ipNeighbour(place: Place, words: readonly string[], options: IpOptions): string {
  const { verb, rest } = readVerb(VERBS, words);
  const { prefix, dev, states } = readFilter(place, rest, options);
  const records = neighbourRecords(place).filter(
    ({ dst, dev: own, state }) =>
      (prefix === undefined || (prefix !== null && prefixContains(prefix, parseIpv4(dst)))) &&
      (dev === undefined || own === dev) &&
      (states.length === 0 || states.includes(state[0]!)),
  );
  if (verb === "get") {
    if (prefix === undefined || dev === undefined)
      throw new CommandError("Device and address are required arguments.", 1);
    if (records.length === 0) throw new CommandError("Error: Neighbour entry not found.", 2);
  }
  const isDeviceTold = verb === "get" || dev === undefined;
  return answer(
    options.family === "inet6" ? [] : records.map((record) => neighbourEntry(record, isDeviceTold)),
    options,
  );
}

function readFilter(place: Place, words: readonly string[], { family }: IpOptions): NeighbourFilter {
  let [prefix, dev]: [Ipv4Prefix | null | undefined, string | undefined] = [undefined, undefined];
  let states: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "dev") dev = requireDevice(place, argument(words, ++at), "route").name;
    else if (word === "nud") {
      const state = argument(words, ++at);
      if (state !== "all" && !STATES.includes(state.toUpperCase()))
        throw new CommandError(`Error: argument "${state}" is wrong: nud state is bad`, 255);
      states = states.concat(state === "all" ? STATES : state.toUpperCase());
    } else if (OTHER_KEYS.includes(word)) throw notModelled("ip neigh", word);
    else if (word !== "to" && matches(word, "help")) throw usageError(USAGE);
    else prefix = readPrefix(word === "to" ? argument(words, ++at) : word, family);
  }
  return { ...(prefix !== undefined && { prefix }), ...(dev !== undefined && { dev }), states };
}

function neighbourRecords({ namespace }: Place): NeighbourRecord[] {
  const { table } = namespace.neighbours;
  const records: NeighbourRecord[] = [];
  for (let index = 0; index < table.device.length; index++) {
    const device = table.device[index]! < 0 ? null : namespace.engine.devices[table.device[index]!]!;
    if (device === null) continue;
    // A state that ends with time changes when somebody looks: the cache itself, or whoever lists it.
    const isOld = namespace.engine.millisecondsSince(table.confirmed[index]!) > REACHABLE_MILLISECONDS;
    const stored = table.state[index]!;
    const state = stored === NeighbourState.REACHABLE && isOld ? NeighbourState.STALE : stored;
    const name = Object.entries(NeighbourState).find(([, bit]) => bit === state)?.[0] ?? "NONE";
    const isKnown = state !== NeighbourState.INCOMPLETE && state !== NeighbourState.FAILED;
    records.push({
      dst: formatIpv4(table.address[index]! >>> 0),
      dev: device.name,
      ...(isKnown && { lladdr: formatMac(table.mac(index)) }),
      state: [name],
    });
  }
  return records;
}

/** The device is left out where it was asked for. */
function neighbourEntry({ dev, ...record }: NeighbourRecord, isDeviceTold: boolean): Entry {
  const { dst, lladdr, state } = record;
  const device = isDeviceTold ? `dev ${dev} ` : "";
  return {
    record: isDeviceTold ? { dst, dev, lladdr, state } : record,
    text: `${dst} ${device}${lladdr === undefined ? "" : `lladdr ${lladdr} `}${state[0]!} `,
  };
}
