/** A route as `ip route` prints it: the fields from which both the text and the JSON are made (ip/iproute.c, print_route). */
import { type Route, RouteType } from "../datapath/index.ts";
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import type { Entry } from "./ip-answer.ts";

/** Names and order are those of iproute2's JSON. */
interface RouteRecord {
  readonly type?: string;
  readonly dst: string;
  readonly from?: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly table?: string;
  readonly protocol?: string;
  readonly scope?: string;
  readonly prefsrc?: string;
  readonly flags: readonly string[];
  readonly uid?: number;
  readonly cache?: readonly string[];
  readonly metrics?: readonly { readonly mtu: number }[];
}

/** The words that routes were chosen by: iproute2 does not repeat them. */
export type RouteKey = "dev" | "gateway" | "protocol" | "table";

const TYPES: Readonly<Record<number, string>> = {
  [RouteType.UNICAST]: "unicast",
  [RouteType.LOCAL]: "local",
  [RouteType.BROADCAST]: "broadcast",
  [RouteType.BLACKHOLE]: "blackhole",
  [RouteType.UNREACHABLE]: "unreachable",
  [RouteType.PROHIBIT]: "prohibit",
};

const REFUSALS: Readonly<Record<number, string>> = {
  [RouteType.NONE]: "Network is unreachable",
  [RouteType.BLACKHOLE]: "Invalid argument",
  [RouteType.UNREACHABLE]: "No route to host",
  [RouteType.PROHIBIT]: "Permission denied",
};

/** What the kernel answers who asks for a way where a route of this type refuses; undefined where none does. */
export function routeRefusal(type: number): string | undefined {
  return REFUSALS[type];
}

/** The table that a route is in: what is the namespace's own is apart. */
export function tableOf({ type }: Route): "local" | "main" {
  return type === RouteType.LOCAL || type === RouteType.BROADCAST ? "local" : "main";
}

/** A line of `ip route show`. */
export function routeEntry(route: Route, hasDetails: boolean, omitted: ReadonlySet<RouteKey>): Entry {
  const { type, prefix, gateway, device, protocol, scope, source, isOnlink, mtu } = route;
  const table = tableOf(route);
  const record: RouteRecord = {
    ...typeField(type, hasDetails),
    dst: prefix.length === 0 ? "default" : prefix.length === 32 ? formatIpv4(prefix.address) : formatPrefix(prefix),
    ...(gateway !== 0 && !omitted.has("gateway") && { gateway: formatIpv4(gateway) }),
    ...(device !== null && !omitted.has("dev") && { dev: device.name }),
    ...((table !== "main" || hasDetails) && !omitted.has("table") && { table }),
    ...((protocol !== "boot" || hasDetails) && !omitted.has("protocol") && { protocol }),
    ...((scope !== "global" || hasDetails) && { scope }),
    ...(source !== 0 && { prefsrc: formatIpv4(source) }),
    flags: isOnlink ? ["onlink"] : [],
    ...(mtu !== 0 && { metrics: [{ mtu }] }),
  };
  return { record, text: routeText(record) };
}

/** What `ip route get` was told, and what it found. */
export interface FoundRoute {
  readonly route: Route;
  readonly address: number;
  /** The source that was asked for, 0 for none. */
  readonly from: number;
  readonly deviceName: string;
  /** The source that a packet would get. */
  readonly source: number;
  /** The path MTU that is known, 0 for none. */
  readonly mtu: number;
}

/** The two lines of `ip route get`. */
export function foundEntry(found: FoundRoute, hasDetails: boolean): Entry {
  const { route, address, from, deviceName, source, mtu } = found;
  const isLocal = tableOf(route) === "local";
  const record: RouteRecord = {
    ...typeField(route.type, hasDetails),
    dst: formatIpv4(address),
    ...(from !== 0 && { from: formatIpv4(from) }),
    ...(route.gateway !== 0 && { gateway: formatIpv4(route.gateway) }),
    dev: deviceName,
    ...(hasDetails && { table: "main" }),
    ...(from === 0 && { prefsrc: formatIpv4(source) }),
    flags: [],
    uid: 0,
    cache: isLocal ? ["local", ...(route.type === RouteType.BROADCAST ? ["brd"] : [])] : [],
    ...(mtu !== 0 && { metrics: [{ mtu }] }),
  };
  return { record, text: routeText(record) };
}

function typeField(type: number, hasDetails: boolean): { type?: string } {
  return type === RouteType.UNICAST && !hasDetails ? {} : { type: TYPES[type]! };
}

/** With a space behind all. */
function routeText(record: RouteRecord): string {
  const { type, dst, from, gateway, dev, table, protocol, scope, prefsrc, flags, uid, cache, metrics } = record;
  const words: (string | undefined)[] = [
    type,
    dst,
    ...pair("from", from),
    ...pair("via", gateway),
    ...pair("dev", dev),
    ...pair("table", table),
    ...pair("proto", protocol),
    ...pair("scope", scope),
    ...pair("src", prefsrc),
    ...flags,
    ...pair("uid", uid),
    cache && `\n    cache${cache.length === 0 ? "" : ` <${cache.join(",")}>`}`,
    ...pair("mtu", metrics?.[0]?.mtu),
  ];
  return words.map((word) => (word === undefined ? "" : `${word} `)).join("");
}

function pair(word: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [word, String(value)];
}
