/** `ip`: the objects of iproute2 that a pod or a node here has. */
import { CommandError, type Command } from "./command.ts";
import { ipAddress } from "./ip-address.ts";
import { ipLink } from "./ip-link.ts";
import { ipNeighbour } from "./ip-neighbour.ts";
import { readIpOptions } from "./ip-options.ts";
import { ipRoute } from "./ip-route.ts";

/** By their whole names; any beginning will do, the first that fits counts (ip/ip.c, do_cmd). */
const OBJECTS = [
  ["address", ipAddress],
  ["route", ipRoute],
  ["link", ipLink],
  ["neighbor", ipNeighbour],
  ["neighbour", ipNeighbour],
] as const;

export const ip: Command = (place, words, terminal) => {
  const { options, rest } = readIpOptions("ip", words);
  const [name = "help", ...arguments_] = rest;
  const object = OBJECTS.find(([full]) => full.startsWith(name));
  if (object === undefined) throw new CommandError(`Object "${name}" is unknown, try "ip help".`, 1);
  terminal.out(object[1](place, arguments_, options));
  return 0;
};
