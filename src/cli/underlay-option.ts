/** The network that nodes are on, as an option's text. */
import type { UnderlayDescription } from "../kubernetes/index.ts";
import { type Ipv4Prefix, parsePrefix, prefixContains } from "../wire/index.ts";
import { UsageError } from "./errors.ts";

/** Room for a router and a node. */
const LONGEST = 29;

/** How the option is told in help texts. */
export const UNDERLAY_HELP: string = "PREFIX, PREFIX,PREFIX... with a router between, vpc:PREFIX or vpc:PREFIX:routes";

/**
 * "192.168.1.0/24" is a LAN, several prefixes are subnets, "vpc:10.0.0.0/16" is a provider's network, which has routes
 * for the nodes' ranges when ":routes" follows. @throws UsageError
 */
export function readUnderlay(option: string, text: string): UnderlayDescription {
  const [, vpc, routes] = /^vpc:(.*?)(:routes)?$/.exec(text) ?? [];
  if (vpc !== undefined)
    return { kind: "vpc", prefix: checkPrefix(option, vpc), routes: routes === undefined ? "none" : "nodes" };
  const prefixes = text.split(",").map((prefix) => checkPrefix(option, prefix));
  for (const [index, prefix] of prefixes.entries()) {
    const other = prefixes.slice(0, index).find((known) => overlap(parsePrefix(known), parsePrefix(prefix)));
    if (other !== undefined)
      throw new UsageError(`${option}: expected subnets apart from each other, found ${prefix} and ${other}`);
  }
  return prefixes.length === 1 ? { kind: "lan", prefix: prefixes[0]! } : { kind: "subnets", prefixes };
}

function overlap(one: Ipv4Prefix, other: Ipv4Prefix): boolean {
  return prefixContains(one, other.address) || prefixContains(other, one.address);
}

function checkPrefix(option: string, text: string): string {
  try {
    if (parsePrefix(text).length <= LONGEST) return text;
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
  throw new UsageError(`${option}: expected a subnet of at most /${LONGEST}, found ${text}`);
}
