/**
 * Addresses, prefixes and ports. Each shrinks to one that people use in examples: 02:00:00:00:00:01, 10.0.0.1,
 * 10.0.0.0/8, port 49152.
 */
import fc from "fast-check";
import { type Ipv4Prefix, parseIpv4, prefixMask } from "../wire/index.ts";
import { arbitraryOf, checkedChoice, type Choice, indexed } from "./choice.ts";
import { integers, ipv4AddressOf } from "./field-check.ts";

/** What one step in the first octet of a MAC address is worth, doubled: the group bit is left out. */
const TWO_OCTET_STEPS = 2 ** 41;
const LOWER_OCTETS = 2 ** 40;
/** Unicast addresses but the one of zeroes, which nobody has. */
const UNICAST_MAC_COUNT = 2 ** 47 - 1;

/** The first dynamic port (RFC 6335 section 6): from here to 65535 no protocol is registered. */
const FIRST_DYNAMIC_PORT = 49_152;

/** From where to where unicast addresses go that hosts have: without 0/8, 127/8, multicast and reserved ones. */
const HOST_RANGES: readonly (readonly [first: string, last: string])[] = [
  ["10.0.0.1", "126.255.255.255"],
  ["128.0.0.0", "223.255.255.255"],
  ["1.0.0.0", "10.0.0.0"],
];

const PRIVATE_RANGES: readonly (readonly [first: string, last: string])[] = [
  ["10.0.0.1", "10.255.255.254"],
  ["192.168.0.1", "192.168.255.254"],
  ["172.16.0.1", "172.31.255.254"],
];

/**
 * MAC addresses that one device has: no groups, not all zeroes.
 *
 * @param smallest which address a failing case shrinks to: 1 for 02:00:00:00:00:01, 2 for the next
 */
export function macAddress(smallest = 1): fc.Arbitrary<number> {
  return indexed(UNICAST_MAC_COUNT, (index) => {
    const number = ((index + LOWER_OCTETS + smallest - 1) % UNICAST_MAC_COUNT) + 1;
    return Math.floor(number / LOWER_OCTETS) * TWO_OCTET_STEPS + (number % LOWER_OCTETS);
  });
}

/** MAC addresses of groups: the one for an IPv4 group (RFC 1112 section 6.4) and the broadcast address among them. */
export function groupMacAddress(): fc.Arbitrary<number> {
  return fc.oneof(
    { withCrossShrink: true },
    fc.constant(0xffff_ffff_ffff),
    fc.nat(0x7f_ffff).map((group) => 0x0100_5e00_0000 + group),
  );
}

/**
 * IPv4 addresses that a host may have and send from, unsigned.
 *
 * @param smallest the last octet of the address that a failing case shrinks to: 1 for 10.0.0.1
 */
export function ipv4Address(smallest = 1): fc.Arbitrary<number> {
  return addressIn(HOST_RANGES, smallest - 1);
}

/** IPv4 addresses of private networks (RFC 1918), unsigned. */
export function privateIpv4Address(smallest = 1): fc.Arbitrary<number> {
  return addressIn(PRIVATE_RANGES, smallest - 1);
}

/** Any 32 bits: what a parser may find in an address field, most of it never seen on a wire. */
export function anyIpv4Address(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 0xffff_ffff });
}

/** Addresses of the ranges in their order, from the one that is `skipped` behind the first on, and round to it. */
function addressIn(ranges: readonly (readonly [first: string, last: string])[], skipped: number): fc.Arbitrary<number> {
  const spans = ranges.map(([first, last]) => ({
    first: parseIpv4(first),
    count: parseIpv4(last) - parseIpv4(first) + 1,
  }));
  const count = spans.reduce((sum, span) => sum + span.count, 0);
  return indexed(count, (index) => {
    let position = (index + skipped) % count;
    const span = spans.find((candidate) => {
      if (position < candidate.count) return true;
      position -= candidate.count;
      return false;
    })!;
    return span.first + position;
  });
}

/** What `ipv4Prefix` takes. */
export interface PrefixOptions {
  /** Lengths, 0 to 32; all of them when left out, /8 being what a failing case shrinks to. */
  readonly length?: Choice<number>;
  /** Addresses whose upper bits make the prefix; any when left out. */
  readonly within?: Choice<number | string>;
}

/** Prefixes: the bits behind the length are zero. */
export function ipv4Prefix(options: PrefixOptions = {}): fc.Arbitrary<Ipv4Prefix> {
  const { length = indexed(33, (index) => (index + 8) % 33), within = ipv4Address() } = options;
  return fc
    .tuple(arbitraryOf(addressChoice(within)), arbitraryOf(lengthChoice(length)))
    .map(([address, bits]) => ({ address: (address & prefixMask(bits)) >>> 0, length: bits }));
}

/** An interface's address within its network, as `ip addr` takes it: host bits are kept. Lengths from 8 to 30. */
export function interfaceAddress(options: PrefixOptions = {}): fc.Arbitrary<Ipv4Prefix> {
  const { length = indexed(23, (index) => ((index + 16) % 23) + 8), within = privateIpv4Address() } = options;
  return fc
    .tuple(arbitraryOf(addressChoice(within)), arbitraryOf(lengthChoice(length)))
    .map(([address, bits]) => ({ address, length: bits }));
}

function addressChoice(choice: Choice<number | string>): Choice<number> {
  return checkedChoice("within", choice, ipv4AddressOf);
}

function lengthChoice(choice: Choice<number>): Choice<number> {
  return checkedChoice("length", choice, integers(0, 32));
}

/** Dynamic ports, 49152 to 65535: random bytes are no sound message of a protocol that has a port of its own. */
export function dynamicPort(): fc.Arbitrary<number> {
  return fc.integer({ min: FIRST_DYNAMIC_PORT, max: 65_535 });
}

/** All ports, 0 too. */
export function anyPort(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 65_535 });
}
