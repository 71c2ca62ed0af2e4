/** `ip`: the objects of iproute2 that a pod or a node here has. */
import { CommandError, type Command } from "./command.ts";
import { ipAddress } from "./ip-address.ts";
import { ipLink } from "./ip-link.ts";
import { ipNeighbour } from "./ip-neighbour.ts";
import { readIpOptions } from "./ip-options.ts";
import { ipRoute } from "./ip-route.ts";
import { matches, notModelled, usageError } from "./ip-verbs.ts";

const USAGE = `
Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | help | link | neighbour | route }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 } | -4 | -6 | -br[ief] | -o[neline] |
                    -c[olor] }
`.trimStart();

/** By their whole names; any beginning will do, the first that fits counts (ip/ip.c, do_cmd). Null: only the original has it. */
const OBJECTS = [
  ["address", ipAddress],
  ["addrlabel", null],
  ["maddress", null],
  ["route", ipRoute],
  ["rule", null],
  ["neighbor", ipNeighbour],
  ["neighbour", ipNeighbour],
  ...(["ntable", "ntbl"] as const).map((name) => [name, null] as const),
  ["link", ipLink],
  ...(["l2tp", "fou", "ila", "macsec", "tunnel", "tuntap", "tap", "token", "tcpmetrics", "tcp_metrics"] as const).map(
    (name) => [name, null] as const,
  ),
  ...(["monitor", "xfrm", "mroute", "mrule", "netns", "netconf", "vrf", "sr", "nexthop", "mptcp", "ioam"] as const).map(
    (name) => [name, null] as const,
  ),
  ["help", "help"],
  ["stats", null],
] as const;

export const ip: Command = (place, words, terminal) => {
  const { options, rest } = readIpOptions("ip", words);
  if (options.asksForVersion) {
    terminal.out("ip utility of podwire, as iproute2-6.1.0\n");
    return 0;
  }
  const [name, ...arguments_] = rest;
  if (name === undefined || options.asksForHelp) throw usageError(USAGE);
  const object = OBJECTS.find(([full]) => matches(name, full));
  if (object === undefined) throw new CommandError(`Object "${name}" is unknown, try "ip help".`, 1);
  const [full, run] = object;
  if (run === "help") throw usageError(USAGE);
  if (run === null) throw notModelled("ip", full);
  terminal.out(run(place, arguments_, options));
  return 0;
};
