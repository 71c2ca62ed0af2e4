/** The values in a filter: addresses, networks, ports and other numbers. Each reader throws a FilterError. */

import type { Token, TokenReader } from "./frame-filter-tokens.ts";
import { formatIpv4 } from "./ipv4-address.ts";
import { prefixMask } from "./ipv4-prefix.ts";

/** An IPv4 address as a signed number, and which of its bits count. */
export interface MaskedAddress {
  readonly address: number;
  readonly mask: number;
}

/** From `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const ADDRESS = "an IPv4 address such as 10.244.1.5";
const MAC_ADDRESS = "a MAC address such as 0a:58:0a:f4:01:05";
const NET = "a network such as 10.244.0.0/16";
const PORT = "a port from 0 to 65535";

const OCTETS_PATTERN = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){0,3}$/;
const NUMBER_PATTERN = /^(?:0|[1-9][0-9]*|0x[0-9a-f]+)$/i;
const MAC_PATTERN = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i;

/** `10.244.1.5` */
export function readAddress(reader: TokenReader, orElse: string): MaskedAddress {
  const octets = octetsOf(reader.next);
  if (octets?.length !== 4) return reader.fail(orElse + ADDRESS);
  reader.take();
  if (reader.next.kind === "/") return reader.fail("net in place of host for a prefix");
  return { address: join(octets), mask: -1 };
}

/** `10.244.0.0/16`, `10.244`, which is the same, or `10.244.0.0 mask 255.255.0.0` */
export function readNet(reader: TokenReader, orElse: string): MaskedAddress {
  const token = reader.next;
  const octets = octetsOf(token);
  if (octets === undefined) return reader.fail(orElse + NET);
  reader.take();
  const address = join(octets);
  const mask = readMask(reader, 8 * octets.length);
  if ((address & ~mask) === 0) return { address, mask };
  return reader.fail(`a network without host bits such as ${formatIpv4((address & mask) >>> 0)}`, token);
}

function readMask(reader: TokenReader, length: number): number {
  if (reader.accept("/")) return prefixMask(readNumber(reader, "a prefix length", 32)) | 0;
  if (!reader.acceptWord("mask")) return prefixMask(length) | 0;
  const octets = octetsOf(reader.next);
  if (octets?.length !== 4) return reader.fail("a mask such as 255.255.0.0");
  reader.take();
  return join(octets);
}

/** `0a:58:0a:f4:01:05`, as a 48-bit number */
export function readMacAddress(reader: TokenReader, orElse: string): number {
  const { kind, text } = reader.next;
  if (kind !== "word" || !MAC_PATTERN.test(text)) return reader.fail(orElse + MAC_ADDRESS);
  reader.take();
  return text.split(":").reduce((mac, octet) => mac * 256 + parseInt(octet, 16), 0);
}

/** `80` */
export function readPort(reader: TokenReader, orElse: string): PortRange {
  const port = portOf(reader.next, reader.next.text);
  if (port === undefined) return reader.fail(orElse + PORT);
  reader.take();
  return { first: port, last: port };
}

/** `8000-8080`, whichever comes first, or `8000` */
export function readPortRange(reader: TokenReader, orElse: string): PortRange {
  const ports = reader.next.text.split("-").map((text) => portOf(reader.next, text));
  const first = ports[0];
  const last = ports.at(-1);
  if (first === undefined || last === undefined || ports.length > 2)
    return reader.fail(`${orElse}ports such as 8000-8080, none above 65535`);
  reader.take();
  return { first: Math.min(first, last), last: Math.max(first, last) };
}

/** A number from 0 to `maximum`, decimal or with 0x. */
export function readNumber(reader: TokenReader, name: string, maximum: number): number {
  const value = numberOf(reader.next, reader.next.text, maximum);
  if (value === undefined) return reader.fail(`${name} from 0 to ${maximum}`);
  reader.take();
  return value;
}

/** The same, if the next token looks like a number; -1 otherwise. */
export function readOptionalNumber(reader: TokenReader, name: string, maximum: number): number {
  return /^[0-9]/.test(reader.next.text) ? readNumber(reader, name, maximum) : -1;
}

function portOf(token: Token, text: string): number | undefined {
  return numberOf(token, text, 0xffff);
}

function numberOf(token: Token, text: string, maximum: number): number | undefined {
  const value = token.kind === "word" && NUMBER_PATTERN.test(text) ? Number(text) : Infinity;
  return value <= maximum ? value : undefined;
}

function octetsOf(token: Token): number[] | undefined {
  if (token.kind !== "word" || !OCTETS_PATTERN.test(token.text)) return undefined;
  const octets = token.text.split(".").map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

/** Octets from the left, those missing 0, as a signed number. */
function join(octets: readonly number[]): number {
  return octets.reduce((address, octet, index) => address | (octet << (24 - 8 * index)), 0);
}
