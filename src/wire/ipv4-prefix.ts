/**
 * IPv4 prefixes (RFC 4632): a network such as `10.244.1.0/24`, and an interface's address within its
 * network, such as `10.244.1.5/24`.
 */

import { formatIpv4, parseIpv4 } from "./ipv4-address.ts";

/** A prefix, or an interface's address with the length of its network's prefix. */
export interface Ipv4Prefix {
  /** Unsigned 32-bit number. In a prefix the bits behind `length` are zero. */
  readonly address: number;
  /** Count of leading bits that name the network, 0 to 32. */
  readonly length: number;
}

const PATTERN = /^([^/]*)\/(0|[1-9][0-9]?)$/;

/** The mask of a prefix length from 0 to 32, unsigned: 24 gives `0xffffff00`. */
export function prefixMask(length: number): number {
  // A shift by 32 shifts by 0 in JavaScript, so that length 0 needs its own answer.
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** Whether an address, signed or unsigned, is in the prefix. */
export function prefixContains(prefix: Ipv4Prefix, address: number): boolean {
  return ((address ^ prefix.address) & prefixMask(prefix.length)) === 0;
}

/** The prefix's last address: the directed broadcast where the length is at most 30 (RFC 919, RFC 3021). */
export function prefixBroadcast(prefix: Ipv4Prefix): number {
  return (prefix.address | ~prefixMask(prefix.length)) >>> 0;
}

/** Orders by address, then the shorter prefix first: negative, zero or positive, for `sort`. */
export function comparePrefix(a: Ipv4Prefix, b: Ipv4Prefix): number {
  return a.address - b.address || a.length - b.length;
}

/**
 * The prefix that a text such as `10.244.1.0/24` stands for.
 *
 * @throws TypeError when `text` is no string
 * @throws RangeError when it is no prefix, or when bits behind the length are set: the message then
 *   names the network that was probably meant
 */
export function parsePrefix(text: string): Ipv4Prefix {
  const { address, length } = parseInterfaceAddress(text);
  const network = (address & prefixMask(length)) >>> 0;
  if (network !== address) {
    const meant = `${formatIpv4(network)}/${length}`;
    throw new RangeError(`expected a prefix without host bits such as ${meant}, found "${text}"`);
  }
  return { address, length };
}

/**
 * The address and prefix length that a text such as `10.244.1.5/24` stands for; host bits are kept.
 *
 * @throws TypeError when `text` is no string
 * @throws RangeError when it is not an IPv4 address, a slash and a length from 0 to 32
 */
export function parseInterfaceAddress(text: string): Ipv4Prefix {
  if (typeof text !== "string") throw new TypeError(`expected an IPv4 prefix as text, found ${typeof text}`);
  const match = PATTERN.exec(text);
  const length = Number(match?.[2]);
  if (match === null || length > 32) {
    throw new RangeError(`expected an IPv4 prefix such as 10.244.1.0/24, found ${JSON.stringify(text)}`);
  }
  return { address: parseIpv4(match[1]!), length };
}

/**
 * The text of a prefix or an interface's address: `10.244.1.0/24`.
 *
 * @throws RangeError when the address is no unsigned 32-bit number or the length not from 0 to 32
 */
export function formatPrefix(prefix: Ipv4Prefix): string {
  if (!Number.isInteger(prefix.length) || prefix.length < 0 || prefix.length > 32) {
    throw new RangeError(`expected a prefix length from 0 to 32, found ${prefix.length}`);
  }
  return `${formatIpv4(prefix.address)}/${prefix.length}`;
}
