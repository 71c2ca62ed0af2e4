import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHex, parseHex } from "../../src/bytes/hex.ts";
import {
  formatIpv4,
  formatMac,
  formatPrefix,
  parseInterfaceAddress,
  parseIpv4,
  parseMac,
  parsePrefix,
  prefixMask,
} from "../../src/wire/index.ts";

const mac = fc.maxSafeNat().map((number) => number % 2 ** 48);
const address = fc.nat(0xffffffff);

describe("text", () => {
  it("parses to the same MAC address, IPv4 address and interface address", () => {
    fc.assert(
      fc.property(mac, address, fc.integer({ min: 0, max: 32 }), (macAddress, ipv4Address, length) => {
        expect(parseMac(formatMac(macAddress))).toBe(macAddress);
        expect(parseIpv4(formatIpv4(ipv4Address))).toBe(ipv4Address);
        const interfaceAddress = { address: ipv4Address, length };
        expect(parseInterfaceAddress(formatPrefix(interfaceAddress))).toEqual(interfaceAddress);
      }),
    );
  });

  it("parses to the same prefix", () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 32 }), (any, length) => {
        const prefix = { address: (any & prefixMask(length)) >>> 0, length };
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });

  it("parses to the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(parseHex(formatHex(bytes))).toEqual(bytes);
      }),
    );
  });
});
