import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyIpv4Address,
  anyPort,
  dynamicPort,
  groupMacAddress,
  interfaceAddress,
  ipv4Address,
  ipv4Prefix,
  macAddress,
  privateIpv4Address,
} from "../../../src/arbitraries/index.ts";
import {
  formatIpv4,
  formatMac,
  formatPrefix,
  isLoopbackIpv4,
  isMulticastIpv4,
  isMulticastMac,
  isPrivateIpv4,
  isZeroNetworkIpv4,
  parsePrefix,
} from "../../../src/wire/index.ts";
import { smallestOf } from "./shrinking.ts";

describe("addresses", () => {
  it("of one device are no groups, and not all zeroes", () => {
    fc.assert(
      fc.property(macAddress(), (mac) => mac > 0 && mac < 2 ** 48 && !isMulticastMac(mac)),
      { numRuns: 2000 },
    );
  });

  it("of groups are", () => {
    fc.assert(fc.property(groupMacAddress(), (mac) => mac < 2 ** 48 && isMulticastMac(mac)));
  });

  it("of hosts are such as hosts have", () => {
    const isHost = (address: number): boolean =>
      address >>> 0 === address &&
      !isMulticastIpv4(address) &&
      address < 0xe000_0000 &&
      !isZeroNetworkIpv4(address) &&
      !isLoopbackIpv4(address);
    fc.assert(fc.property(ipv4Address(), isHost), { numRuns: 2000 });
    const firstOctets = fc.sample(ipv4Address(), { numRuns: 3000, seed: 1 }).map((address) => address >>> 24);
    expect(new Set(firstOctets).size).toBeGreaterThan(200);
  });

  it("of private networks are private", () => {
    fc.assert(fc.property(privateIpv4Address(), isPrivateIpv4));
  });

  it("shrink to those of examples", () => {
    expect(smallestOf(macAddress().map(formatMac), () => false)).toEqual(['"02:00:00:00:00:01"']);
    expect(smallestOf(macAddress(2).map(formatMac), () => false)).toEqual(['"02:00:00:00:00:02"']);
    expect(smallestOf(ipv4Address().map(formatIpv4), () => false)).toEqual(['"10.0.0.1"']);
    expect(smallestOf(ipv4Address(9).map(formatIpv4), () => false)).toEqual(['"10.0.0.9"']);
    expect(smallestOf(anyIpv4Address().map(formatIpv4), () => false)).toEqual(['"0.0.0.0"']);
    expect(smallestOf(ipv4Prefix().map(formatPrefix), () => false)).toEqual(['"10.0.0.0/8"']);
    expect(smallestOf(interfaceAddress().map(formatPrefix), () => false)).toEqual(['"10.0.0.1/24"']);
    expect(smallestOf(dynamicPort(), () => false)).toEqual(["49152"]);
    expect(smallestOf(anyPort(), () => false)).toEqual(["0"]);
  });
});

describe("prefixes", () => {
  it("have no bits behind their length, which may be any", () => {
    fc.assert(fc.property(ipv4Prefix(), (prefix) => parsePrefix(formatPrefix(prefix)).length === prefix.length));
    const lengths = fc.sample(ipv4Prefix(), { numRuns: 2000, seed: 1 }).map(({ length }) => length);
    expect(new Set(lengths).size).toBe(33);
  });

  it("keep to a length and a place that are given", () => {
    const prefixes = fc.sample(ipv4Prefix({ length: 16, within: 0x0af4_0105 }), 3);
    expect(prefixes.map(formatPrefix)).toEqual(["10.244.0.0/16", "10.244.0.0/16", "10.244.0.0/16"]);
  });
});
