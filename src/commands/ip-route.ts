/** `ip route` and `ip route get`: a namespace's routes, in iproute2's own form (ip/iproute.c). */
import { type Route, RouteType } from "../datapath/index.ts";
import { formatIpv4, formatPrefix, parseIpv4, parsePrefix, prefixContains } from "../wire/index.ts";
import { CommandError, type Place } from "./command.ts";
import { answer, argument } from "./ip-answer.ts";
import { requireDevice } from "./ip-link.ts";
import type { IpOptions } from "./ip-options.ts";

/** `ip route [show] [PREFIX] [dev DEVICE] [via ADDRESS] [proto NAME] [table local|main]`, `ip route get ADDRESS`. */
export function ipRoute(place: Place, words: readonly string[], options: IpOptions): string {
  const [first = "show", ...rest] = words;
  if (first === "get") return routeGet(place, rest, options);
  const routes = selectRoutes(place, ["show", "list", "ls"].includes(first) ? rest : words);
  return answer(
    routes.map((route) => ({ record: routeRecord(route), text: `${route.toString()} ` })),
    options,
  );
}

function isLocalTable({ type }: Route): boolean {
  return type === RouteType.LOCAL || type === RouteType.BROADCAST;
}

/** In the order of the kernel's trie: by address, and the longer prefix first. */
function inOrder(a: Route, b: Route): number {
  return a.prefix.address - b.prefix.address || b.prefix.length - a.prefix.length;
}

function selectRoutes(place: Place, words: readonly string[]): Route[] {
  const all = place.namespace.routes.list().sort(inOrder);
  let table = "main";
  const tests: ((route: Route) => boolean)[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = (): string => argument(words, ++at);
    if (word === "table") table = value();
    else if (word === "dev") {
      const device = requireDevice(place, value());
      tests.push((route) => route.device === device);
    } else if (word === "via") {
      const gateway = parseAddress(value());
      tests.push((route) => route.gateway === gateway);
    } else if (word === "proto" || word === "protocol") {
      const protocol = value();
      tests.push((route) => route.protocol === protocol);
    } else tests.push(prefixTest(["to", "exact", "match", "root"].includes(word) ? word : "to", word, value));
  }
  const isWanted = (route: Route): boolean =>
    (table === "all" || isLocalTable(route) === (table === "local" || table === "255")) &&
    tests.every((test) => test(route));
  return all.filter(isWanted);
}

/** `to 10.0.0.0/8` or the prefix alone: that very prefix; `match`: those that contain it; `root`: those inside. */
function prefixTest(how: string, word: string, value: () => string): (route: Route) => boolean {
  const text = word === how ? value() : word;
  const prefix = parseDestination(text);
  if (how === "match") return ({ prefix: own }) => own.length <= prefix.length && prefixContains(own, prefix.address);
  if (how === "root") return ({ prefix: own }) => own.length >= prefix.length && prefixContains(prefix, own.address);
  return ({ prefix: own }) => own.address === prefix.address && own.length === prefix.length;
}

function parseDestination(text: string): { address: number; length: number } {
  if (text === "default") return { address: 0, length: 0 };
  try {
    return parsePrefix(text.includes("/") ? text : `${text}/32`);
  } catch {
    throw new CommandError(`Error: any valid prefix is expected rather than "${text}".`, 1);
  }
}

function parseAddress(text: string): number {
  try {
    return parseIpv4(text);
  } catch {
    throw new CommandError(`Error: any valid prefix is expected rather than "${text}".`, 1);
  }
}

const TYPES: Readonly<Record<number, string>> = {
  [RouteType.LOCAL]: "local",
  [RouteType.BROADCAST]: "broadcast",
  [RouteType.BLACKHOLE]: "blackhole",
  [RouteType.UNREACHABLE]: "unreachable",
  [RouteType.PROHIBIT]: "prohibit",
};

function routeRecord(route: Route): object {
  const { type, prefix, gateway, device, protocol, source, isOnlink } = route;
  const scope = / scope (\w+)/.exec(route.toString())?.[1];
  return {
    ...(TYPES[type] !== undefined && { type: TYPES[type] }),
    dst: prefix.length === 0 ? "default" : prefix.length === 32 ? formatIpv4(prefix.address) : formatPrefix(prefix),
    ...(gateway !== 0 && { gateway: formatIpv4(gateway) }),
    ...(device !== null && { dev: device.name }),
    ...(protocol !== "boot" && { protocol }),
    ...(scope !== undefined && { scope }),
    ...(source !== 0 && { prefsrc: formatIpv4(source) }),
    flags: isOnlink ? ["onlink"] : [],
  };
}

/** What the kernel answers where a route refuses (RTNETLINK answers: ...). */
const REFUSALS: Readonly<Record<number, string>> = {
  [RouteType.NONE]: "Network is unreachable",
  [RouteType.BLACKHOLE]: "Invalid argument",
  [RouteType.UNREACHABLE]: "No route to host",
  [RouteType.PROHIBIT]: "Permission denied",
};

function routeGet(place: Place, words: readonly string[], options: IpOptions): string {
  const text = words[0] === "to" ? words[1] : words[0];
  if (text === undefined) throw new CommandError("need at least a destination address", 1);
  const address = parseAddress(text);
  const { namespace } = place;
  const route = namespace.routes.lookup(address);
  const refusal = REFUSALS[route.type];
  if (refusal !== undefined) throw new CommandError(`RTNETLINK answers: ${refusal}`, 2);
  const isLocal = route.type === RouteType.LOCAL;
  const device = isLocal ? namespace.loopback : route.device!;
  const source = isLocal ? address : namespace.addresses.sourceFor(route);
  const mtu = namespace.pathMtu.isUnknown(address) ? 0 : namespace.pathMtu.limit(address, device.mtu);
  const type = TYPES[route.type] === undefined ? "" : `${TYPES[route.type]!} `;
  const via = route.gateway === 0 ? "" : ` via ${formatIpv4(route.gateway)}`;
  const cache = isLocal ? "cache <local> " : mtu === 0 ? "cache " : `cache mtu ${mtu} `;
  const record = {
    ...(type !== "" && { type: TYPES[route.type] }),
    dst: formatIpv4(address),
    ...(route.gateway !== 0 && { gateway: formatIpv4(route.gateway) }),
    dev: device.name,
    prefsrc: formatIpv4(source),
    flags: [],
    uid: 0,
    cache: isLocal ? ["local"] : [],
    ...(mtu !== 0 && { metrics: [{ mtu }] }),
  };
  const line = `${type}${formatIpv4(address)}${via} dev ${device.name} src ${formatIpv4(source)} uid 0 `;
  return answer([{ record, text: `${line}\n    ${cache}` }], options);
}
