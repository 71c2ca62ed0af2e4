/** Addresses and prefixes on the command line of `ip` (lib/utils.c, get_prefix). */
import { type Ipv4Prefix, parseIpv4, prefixMask } from "../wire/index.ts";
import { CommandError } from "./command.ts";

/** What `-4` and `-6` leave of the addresses: those of one kind. */
export type IpFamily = "any" | "inet" | "inet6";

/**
 * A prefix, /32 when it has no length; "10.244" is 10.244.0.0, bits behind the length do not count.
 *
 * @returns null for one of IPv6, which nothing here has
 * @throws CommandError for what is neither, or not of the family
 */
export function readPrefix(text: string, family: IpFamily): Ipv4Prefix | null {
  if (["default", "any", "all"].includes(text)) return family === "inet6" ? null : { address: 0, length: 0 };
  if (text.includes(":") && family !== "inet") return null;
  const [, octets, digits = "32"] = /^(\d+(?:\.\d+){0,3})(?:\/(\d+))?$/.exec(text) ?? [];
  const parts = octets?.split(".") ?? [];
  const length = Number(digits);
  if (octets === undefined || parts.some((part) => Number(part) > 255) || length > 32 || family === "inet6")
    throw new CommandError(
      `Error: ${family === "any" ? "any valid" : family} prefix is expected rather than "${text}".`,
      1,
    );
  const address = parseIpv4([...parts.map(Number), 0, 0, 0].slice(0, 4).join("."));
  return { address: (address & prefixMask(length)) >>> 0, length };
}
