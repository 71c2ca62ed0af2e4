/** `ip route` and `ip route get`: a namespace's routes, in iproute2's own form (ip/iproute.c). */
import { type Route, RouteType } from "../datapath/index.ts";
import { isLimitedBroadcast, isLoopbackIpv4, isMulticastIpv4, prefixContains } from "../wire/index.ts";
import { CommandError, type Place } from "./command.ts";
import { answer, argument } from "./ip-answer.ts";
import { requireDevice } from "./ip-device.ts";
import type { IpOptions } from "./ip-options.ts";
import { type IpFamily, readPrefix } from "./ip-prefix.ts";
import { matches, notModelled, readVerb, usageError, type VerbTable } from "./ip-verbs.ts";
import { foundEntry, routeEntry, routeRefusal, type RouteKey, tableOf } from "./route-text.ts";

const USAGE = `
Usage: ip route [ list ] [ SELECTOR ]
       ip route get [ to ] ADDRESS [ from ADDRESS ] [ fibmatch ]
SELECTOR := [ [ to ] [ exact ] PREFIX ] [ root PREFIX ] [ match PREFIX ]
            [ dev DEVICE ] [ via ADDRESS ] [ proto NAME ]
            [ table { main | local | all } ]
`.trimStart();

const VERBS: VerbTable = {
  name: "ip route",
  fullName: "ip route",
  verbs: [
    ...(["add", "change", "chg!", "replace", "prepend", "append", "test", "delete"] as const).map(
      (word) => [word, "change"] as const,
    ),
    ...(["list", "show", "lst"] as const).map((word) => [word, "show"] as const),
    ["get", "get"],
    ["flush", "change"],
    ["save", "missing"],
    ["restore", "change"],
    ["showdump", "missing"],
    ["help", "help"],
  ],
  usage: USAGE,
};

/** `ip route [show] [PREFIX] [dev DEVICE] [via ADDRESS] [proto NAME] [table local|main]`, `ip route get ADDRESS`. */
export function ipRoute(place: Place, words: readonly string[], options: IpOptions): string {
  const { verb, rest } = readVerb(VERBS, words);
  if (verb === "get") return routeGet(place, rest, options);
  const { tests, omitted } = readSelector(place, rest, options.family);
  const routes = place.namespace.routes.list().sort(inOrder);
  const wanted = options.family === "inet6" ? [] : routes.filter((route) => tests.every((test) => test(route)));
  return answer(
    wanted.map((route) => routeEntry(route, options.hasDetails, omitted)),
    options,
  );
}

/** In the order of the kernel's tables: by address, and the longer prefix first. */
function inOrder(a: Route, b: Route): number {
  return (
    Number(tableOf(a) === "local") - Number(tableOf(b) === "local") ||
    a.prefix.address - b.prefix.address ||
    b.prefix.length - a.prefix.length
  );
}

type Test = (route: Route) => boolean;

interface Selector {
  readonly tests: readonly Test[];
  readonly omitted: ReadonlySet<RouteKey>;
}

/** Words of the original's selector that podwire has nothing for. */
const OTHER_KEYS = ["vrf", "cached", "cloned", "tos", "dsfield", "scope", "type", "iif", "mark", "metric", "from"];

function readSelector(place: Place, words: readonly string[], family: IpFamily): Selector {
  let table = "main";
  const tests: Test[] = [];
  const omitted = new Set<RouteKey>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = (): string => argument(words, ++at);
    if (matches(word, "table")) table = readTable(value());
    else if (word === "dev" || word === "oif") {
      const device = requireDevice(place, value(), "route");
      tests.push((route) => route.device === device);
      omitted.add("dev");
    } else if (word === "via") {
      const gateway = readPrefix(value(), family);
      tests.push((route) => gateway !== null && route.gateway === gateway.address);
      omitted.add("gateway");
    } else if (matches(word, "protocol")) {
      const protocol = value();
      tests.push((route) => protocol === "all" || route.protocol === protocol);
      omitted.add("protocol");
    } else if (OTHER_KEYS.includes(word) || word === "src") throw notModelled("ip route", word);
    else tests.push(prefixTest(word, value, family));
  }
  if (table === "all") return { tests, omitted };
  return { tests: [...tests, (route) => tableOf(route) === table], omitted: omitted.add("table") };
}

function readTable(text: string): string {
  const table = { 254: "main", main: "main", 255: "local", local: "local", all: "all" }[text];
  if (table === undefined)
    throw new CommandError(`Error: argument "${text}" is wrong: table id value is invalid\n`, 255);
  return table;
}

/** `to 10.0.0.0/8` or the prefix alone: that very prefix; `match`: those that contain it; `root`: those inside. */
function prefixTest(first: string, value: () => string, family: IpFamily): Test {
  const how = matches(first, "to") ? value() : first;
  if (how === "any" || how === "all") return () => true;
  const isHow = ["root", "match", "exact"].find((word) => matches(how, word));
  const prefix = readPrefix(isHow === undefined ? how : value(), family);
  if (prefix === null) return () => false;
  const { address, length } = prefix;
  if (isHow === "match") return ({ prefix: own }) => own.length <= length && prefixContains(own, address);
  if (isHow === "root") return ({ prefix: own }) => own.length >= length && prefixContains(prefix, own.address);
  return ({ prefix: own }) => own.address === address && own.length === length;
}

function refusal(answered: string): CommandError {
  return new CommandError(`RTNETLINK answers: ${answered}`, 2);
}

interface Question {
  /** Null for an address of IPv6. */
  readonly address: number | null;
  readonly from: number;
  readonly isFibMatch: boolean;
}

const OTHER_QUESTIONS = ["tos", "dsfield", "iif", "mark", "oif", "dev", "notify", "connected", "vrf", "uid", "as"];

function readQuestion(words: readonly string[], family: IpFamily): Question {
  let [from, isFibMatch] = [0, false];
  let address: number | null | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (matches(word, "from")) from = readPrefix(argument(words, ++at), family)?.address ?? 0;
    else if (matches(word, "fibmatch")) isFibMatch = true;
    else if (matches(word, "help")) throw usageError(USAGE);
    else if (OTHER_QUESTIONS.includes(word)) throw notModelled("ip route get", word);
    else {
      const prefix = readPrefix(word === "to" ? argument(words, ++at) : word, family);
      address = prefix === null ? null : prefix.address;
    }
  }
  if (address === undefined) throw new CommandError("need at least a destination address", 1);
  return { address, from, isFibMatch };
}

function routeGet(place: Place, words: readonly string[], options: IpOptions): string {
  const { address, from, isFibMatch } = readQuestion(words, options.family);
  const { namespace } = place;
  if (address === null) throw refusal("Network is unreachable");
  if (isMulticastIpv4(from) || isLimitedBroadcast(from)) throw refusal("Invalid argument");
  if (from !== 0 && !namespace.addresses.isLocal(from)) throw refusal("Network is unreachable");
  const route = namespace.routes.lookup(address);
  const refused = routeRefusal(route.type);
  if (refused !== undefined) throw refusal(refused);
  const device = route.type === RouteType.LOCAL ? namespace.loopback : route.device!;
  if (isLoopbackIpv4(from) && device !== namespace.loopback) throw refusal("Invalid argument");
  if (isFibMatch) return answer([routeEntry(route, options.hasDetails, new Set())], options);
  const found = {
    route,
    address,
    from,
    deviceName: device.name,
    source: route.type === RouteType.LOCAL ? route.source || address : namespace.addresses.sourceFor(route),
    mtu: namespace.pathMtu.isUnknown(address) ? 0 : namespace.pathMtu.limit(address, device.mtu),
  };
  return answer([foundEntry(found, options.hasDetails)], options);
}
