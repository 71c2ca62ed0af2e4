import { describe, expect, it } from "vitest";
import {
  BROADCAST_MAC,
  compareMac,
  formatMac,
  isBroadcastMac,
  isLocallyAdministered,
  isMulticastMac,
  parseMac,
  readMac,
  writeMac,
} from "../../../src/wire/mac-address.ts";

describe("parseMac", () => {
  it("reads both cases", () => {
    expect(parseMac("0a:58:0A:F4:01:05")).toBe(0x0a580af40105);
    expect(parseMac("ff:ff:ff:ff:ff:ff")).toBe(BROADCAST_MAC);
  });

  const shapes = ["", "0a:58:0a:f4:01", "0a:58:0a:f4:01:05:06", "0a-58-0a-f4-01-05", "a:58:0a:f4:01:05"];

  it.each([...shapes, "0g:58:0a:f4:01:05", "0a:58:0a:f4:01:05 "])("refuses %j", (text) => {
    const message = `expected a MAC address such as 0a:58:0a:f4:01:05, found ${JSON.stringify(text)}`;
    expect(() => parseMac(text)).toThrow(new RangeError(message));
  });

  it("refuses what is no text", () => {
    const message = "expected a MAC address as text, found number";
    expect(() => parseMac(1 as unknown as string)).toThrow(new TypeError(message));
  });
});

describe("formatMac", () => {
  it("prints leading zeroes and lower case", () => {
    expect(formatMac(0)).toBe("00:00:00:00:00:00");
    expect(formatMac(0x0a580af40105)).toBe("0a:58:0a:f4:01:05");
    expect(formatMac(BROADCAST_MAC)).toBe("ff:ff:ff:ff:ff:ff");
  });

  it.each([-1, 2 ** 48, 0.5, NaN])("refuses %d", (mac) => {
    expect(() => formatMac(mac)).toThrow(new RangeError(`expected a MAC address from 0 to 2^48 - 1, found ${mac}`));
  });
});

describe("kinds of MAC addresses", () => {
  it("knows a group by the lowest bit of the first octet", () => {
    const groups = ["01:00:5e:00:00:01", "33:33:00:00:00:01", "01:80:c2:00:00:00", "ff:ff:ff:ff:ff:ff"];
    const individuals = ["00:00:00:00:00:00", "0a:58:0a:f4:01:05", "fe:ff:ff:ff:ff:ff", "00:01:01:01:01:01"];
    expect(groups.map((text) => isMulticastMac(parseMac(text)))).toEqual(groups.map(() => true));
    expect(individuals.map((text) => isMulticastMac(parseMac(text)))).toEqual(individuals.map(() => false));
  });

  it("knows the broadcast address", () => {
    expect(isBroadcastMac(BROADCAST_MAC)).toBe(true);
    expect(isBroadcastMac(BROADCAST_MAC - 1)).toBe(false);
  });

  it("knows a local address by the second bit of the first octet", () => {
    expect(isLocallyAdministered(parseMac("0a:58:0a:f4:01:05"))).toBe(true);
    expect(isLocallyAdministered(parseMac("00:16:3e:00:00:01"))).toBe(false);
  });

  it("orders as octets do", () => {
    const macs = [BROADCAST_MAC, 0, 0x0a580af40105, 0x0a580af40104];
    expect(macs.sort(compareMac)).toEqual([0, 0x0a580af40104, 0x0a580af40105, BROADCAST_MAC]);
  });
});

describe("readMac and writeMac", () => {
  it("write six bytes and no more", () => {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    writeMac(view, 1, 0xfedcba987654);
    expect([...bytes]).toEqual([0, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0]);
    expect(readMac(view, 1)).toBe(0xfedcba987654);
  });
});
