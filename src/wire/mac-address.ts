/**
 * MAC addresses (IEEE 802-2014, clause 8; written as RFC 9542 has them, with colons) as numbers below 2^48.
 *
 * A number holds 53 bits exactly, so one MAC is one double: no object, no string, no BigInt. Tables
 * that want 32-bit integers take it apart into the upper 16 and the lower 32 bits.
 */

/** The broadcast address, `ff:ff:ff:ff:ff:ff`. */
export const BROADCAST_MAC = 0xffffffffffff;

const PATTERN = /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/;
const UPPER_WORD = 0x100000000; // what one step in the upper 16 bits is worth
const FIRST_OCTET = 0x10000000000; // what one step in the first octet is worth

/** The MAC address at `offset`. */
export function readMac(view: DataView, offset: number): number {
  return view.getUint16(offset) * UPPER_WORD + view.getUint32(offset + 2);
}

/** Writes a MAC address at `offset`. */
export function writeMac(view: DataView, offset: number, mac: number): void {
  view.setUint16(offset, mac / UPPER_WORD);
  view.setUint32(offset + 2, mac); // DataView keeps the lower 32 bits
}

/** Whether the group bit is set: the lowest bit of the first octet. The broadcast address is a group too. */
export function isMulticastMac(mac: number): boolean {
  return ((mac / FIRST_OCTET) & 1) !== 0;
}

/** Whether it is `ff:ff:ff:ff:ff:ff`. */
export function isBroadcastMac(mac: number): boolean {
  return mac === BROADCAST_MAC;
}

/** Whether the local bit is set, the second lowest of the first octet: the address was not assigned by IEEE. */
export function isLocallyAdministered(mac: number): boolean {
  return ((mac / FIRST_OCTET) & 2) !== 0;
}

/** Orders MAC addresses as their octets do: negative, zero or positive, for `sort`. */
export function compareMac(a: number, b: number): number {
  return a - b;
}

/**
 * The MAC address that a text such as `0a:58:0a:f4:01:05` stands for.
 *
 * @throws TypeError when `text` is no string
 * @throws RangeError when it is not six octets of two hexadecimal digits with colons between
 */
export function parseMac(text: string): number {
  if (typeof text !== "string") throw new TypeError(`expected a MAC address as text, found ${typeof text}`);
  if (!PATTERN.test(text)) {
    throw new RangeError(`expected a MAC address such as 0a:58:0a:f4:01:05, found ${JSON.stringify(text)}`);
  }
  return parseInt(text.replaceAll(":", ""), 16);
}

/**
 * The text of a MAC address: lower case, with colons, as `ip link` prints it.
 *
 * @throws RangeError when `mac` is no integer from 0 to 2^48 - 1
 */
export function formatMac(mac: number): string {
  if (!Number.isInteger(mac) || mac < 0 || mac > BROADCAST_MAC) {
    throw new RangeError(`expected a MAC address from 0 to 2^48 - 1, found ${mac}`);
  }
  return mac
    .toString(16)
    .padStart(12, "0")
    .replace(/..(?!$)/g, "$&:");
}
