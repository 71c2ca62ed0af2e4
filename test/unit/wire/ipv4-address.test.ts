import { describe, expect, it } from "vitest";
import {
  compareIpv4,
  formatIpv4,
  isLimitedBroadcast,
  isLinkLocalIpv4,
  isLoopbackIpv4,
  isMulticastIpv4,
  isPrivateIpv4,
  isReservedIpv4,
  isZeroNetworkIpv4,
  parseIpv4,
} from "../../../src/wire/ipv4-address.ts";

describe("parseIpv4", () => {
  it("reads four decimal octets as an unsigned number", () => {
    expect(parseIpv4("10.244.1.5")).toBe(0x0af40105);
    expect(parseIpv4("0.0.0.0")).toBe(0);
    expect(parseIpv4("255.255.255.255")).toBe(0xffffffff);
  });

  const shapes = ["", "10.244.1", "10.244.1.5.6", "10.244.1.5 "];
  const octets = ["10.244.1.256", "010.244.1.5", "10.0.0.-1", "0xa.0.0.1"];

  it.each([...shapes, ...octets])("refuses %j", (text) => {
    const message = `expected an IPv4 address such as 10.244.1.5, found ${JSON.stringify(text)}`;
    expect(() => parseIpv4(text)).toThrow(new RangeError(message));
  });

  it("refuses what is no text", () => {
    const message = "expected an IPv4 address as text, found number";
    expect(() => parseIpv4(1 as unknown as string)).toThrow(new TypeError(message));
  });
});

describe("formatIpv4", () => {
  it("prints four decimal octets", () => {
    expect(formatIpv4(0x0af40105)).toBe("10.244.1.5");
    expect(formatIpv4(0xffffffff)).toBe("255.255.255.255");
  });

  it.each([-1, 2 ** 32, 1.5, NaN])("refuses %d", (address) => {
    const message = `expected an IPv4 address from 0 to 2^32 - 1, found ${address}`;
    expect(() => formatIpv4(address)).toThrow(new RangeError(message));
  });
});

/** The first and last address inside each range, and the neighbours outside that exist. */
const RANGES: [name: string, predicate: (address: number) => boolean, inside: string[], outside: string[]][] = [
  ["isMulticastIpv4", isMulticastIpv4, ["224.0.0.0", "239.255.255.255"], ["223.255.255.255", "240.0.0.0"]],
  ["isLoopbackIpv4", isLoopbackIpv4, ["127.0.0.0", "127.255.255.255"], ["126.255.255.255", "128.0.0.0"]],
  ["isZeroNetworkIpv4", isZeroNetworkIpv4, ["0.0.0.0", "0.255.255.255"], ["1.0.0.0", "255.255.255.255"]],
  ["isLimitedBroadcast", isLimitedBroadcast, ["255.255.255.255"], ["255.255.255.254", "0.0.0.0"]],
  ["isReservedIpv4", isReservedIpv4, ["240.0.0.0", "255.255.255.254"], ["239.255.255.255", "255.255.255.255"]],
  ["isLinkLocalIpv4", isLinkLocalIpv4, ["169.254.0.0", "169.254.255.255"], ["169.253.255.255", "169.255.0.0"]],
  [
    "isPrivateIpv4",
    isPrivateIpv4,
    ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
    ["9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"],
  ],
];

describe.each(RANGES)("%s", (_name, predicate, inside, outside) => {
  it.each(inside)("holds for %s, signed and unsigned", (text) => {
    expect(predicate(parseIpv4(text))).toBe(true);
    expect(predicate(parseIpv4(text) | 0)).toBe(true);
  });

  it.each(outside)("does not hold for %s, signed or unsigned", (text) => {
    expect(predicate(parseIpv4(text))).toBe(false);
    expect(predicate(parseIpv4(text) | 0)).toBe(false);
  });
});

describe("compareIpv4", () => {
  it("orders unsigned, so that 128.0.0.0 comes behind 127.255.255.255", () => {
    expect([0x80000000, 0x7fffffff, 0xffffffff, 0].sort(compareIpv4)).toEqual([0, 0x7fffffff, 0x80000000, 0xffffffff]);
  });
});
