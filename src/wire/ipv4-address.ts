/**
 * IPv4 addresses as unsigned 32-bit numbers, and the ranges that RFC 6890 sets apart.
 *
 * The predicates take signed numbers too: what `|` and `&` make of an address need not be turned back.
 */

const OCTET = "(0|[1-9][0-9]{0,2})";
const PATTERN = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

/**
 * The address that a text such as `10.244.1.5` stands for.
 *
 * Octets are decimal without leading zeroes: some programs read `010` as eight, so it is refused.
 *
 * @throws TypeError when `text` is no string
 * @throws RangeError when it is not four octets from 0 to 255 with dots between
 */
export function parseIpv4(text: string): number {
  if (typeof text !== "string") throw new TypeError(`expected an IPv4 address as text, found ${typeof text}`);
  const octets = PATTERN.exec(text)?.slice(1).map(Number);
  if (octets === undefined || octets.some((octet) => octet > 255)) {
    throw new RangeError(`expected an IPv4 address such as 10.244.1.5, found ${JSON.stringify(text)}`);
  }
  return octets.reduce((address, octet) => address * 256 + octet);
}

/**
 * The text of an address: four decimal octets.
 *
 * @throws RangeError when `address` is no integer from 0 to 2^32 - 1
 */
export function formatIpv4(address: number): string {
  if (address >>> 0 !== address) {
    throw new RangeError(`expected an IPv4 address from 0 to 2^32 - 1, found ${address}`);
  }
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** Orders unsigned addresses: negative, zero or positive, for `sort`. */
export function compareIpv4(a: number, b: number): number {
  return a - b;
}

/** 224.0.0.0/4, multicast groups (RFC 5771). */
export function isMulticastIpv4(address: number): boolean {
  return address >>> 28 === 0xe;
}

/** 127.0.0.0/8, loopback (RFC 1122 section 3.2.1.3). */
export function isLoopbackIpv4(address: number): boolean {
  return address >>> 24 === 127;
}

/** 0.0.0.0/8, "this network": a source only, while a host learns its address (RFC 1122 section 3.2.1.3). */
export function isZeroNetworkIpv4(address: number): boolean {
  return address >>> 24 === 0;
}

/** 255.255.255.255, which no router forwards (RFC 919 section 7). */
export function isLimitedBroadcast(address: number): boolean {
  return address >>> 0 === 0xffffffff;
}

/** 240.0.0.0/4 without the limited broadcast: reserved for future use (RFC 1112 section 4). */
export function isReservedIpv4(address: number): boolean {
  return address >>> 28 === 0xf && !isLimitedBroadcast(address);
}

/** 169.254.0.0/16, link-local addresses (RFC 3927). */
export function isLinkLocalIpv4(address: number): boolean {
  return address >>> 16 === 0xa9fe;
}

/** 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16, private networks (RFC 1918). */
export function isPrivateIpv4(address: number): boolean {
  return address >>> 24 === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8;
}
