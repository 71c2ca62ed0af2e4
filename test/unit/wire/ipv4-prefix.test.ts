import { describe, expect, it } from "vitest";
import { parseIpv4 } from "../../../src/wire/ipv4-address.ts";
import {
  comparePrefix,
  formatPrefix,
  parseInterfaceAddress,
  parsePrefix,
  prefixBroadcast,
  prefixContains,
  prefixMask,
} from "../../../src/wire/ipv4-prefix.ts";

describe("parsePrefix", () => {
  it("reads a network and a length", () => {
    expect(parsePrefix("10.244.1.0/24")).toEqual({ address: 0x0af40100, length: 24 });
    expect(parsePrefix("0.0.0.0/0")).toEqual({ address: 0, length: 0 });
    expect(parsePrefix("255.255.255.255/32")).toEqual({ address: 0xffffffff, length: 32 });
  });

  it("names the network that was probably meant when host bits are set", () => {
    const message = 'expected a prefix without host bits such as 10.244.1.0/24, found "10.244.1.5/24"';
    expect(() => parsePrefix("10.244.1.5/24")).toThrow(new RangeError(message));
    expect(() => parsePrefix("200.0.0.0/0")).toThrow("such as 0.0.0.0/0,");
  });

  const wrongTexts = ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/024", "10.0.0.0/24/", "10.0.0.0/-1"];

  it.each(wrongTexts)("refuses %j", (text) => {
    const message = `expected an IPv4 prefix such as 10.244.1.0/24, found ${JSON.stringify(text)}`;
    expect(() => parsePrefix(text)).toThrow(new RangeError(message));
  });

  it("says what is wrong with the address before the slash", () => {
    const message = 'expected an IPv4 address such as 10.244.1.5, found "10.244.1"';
    expect(() => parsePrefix("10.244.1/24")).toThrow(new RangeError(message));
  });

  it("refuses what is no text", () => {
    const message = "expected an IPv4 prefix as text, found number";
    expect(() => parsePrefix(1 as unknown as string)).toThrow(new TypeError(message));
  });
});

describe("parseInterfaceAddress", () => {
  it("keeps host bits", () => {
    expect(parseInterfaceAddress("10.244.1.5/24")).toEqual({ address: 0x0af40105, length: 24 });
  });
});

describe("formatPrefix", () => {
  it("prints address and length", () => {
    expect(formatPrefix({ address: 0x0af40100, length: 24 })).toBe("10.244.1.0/24");
  });

  it.each([-1, 33, 1.5])("refuses a length of %d", (length) => {
    const message = `expected a prefix length from 0 to 32, found ${length}`;
    expect(() => formatPrefix({ address: 0, length })).toThrow(new RangeError(message));
  });

  it("refuses what is no address", () => {
    expect(() => formatPrefix({ address: -1, length: 0 })).toThrow(RangeError);
  });
});

describe("prefixMask", () => {
  it("is unsigned, and empty for length 0", () => {
    expect([0, 1, 24, 31, 32].map(prefixMask)).toEqual([0, 0x80000000, 0xffffff00, 0xfffffffe, 0xffffffff]);
  });
});

describe("prefixContains", () => {
  it("compares the leading bits", () => {
    const prefix = parsePrefix("192.168.128.0/17");
    expect(prefixContains(prefix, parseIpv4("192.168.128.0"))).toBe(true);
    expect(prefixContains(prefix, parseIpv4("192.168.255.255"))).toBe(true);
    expect(prefixContains(prefix, parseIpv4("192.168.127.255"))).toBe(false);
    expect(prefixContains(prefix, parseIpv4("192.169.128.0"))).toBe(false);
  });

  it("holds for every address in 0.0.0.0/0 and for one in a /32", () => {
    expect(prefixContains(parsePrefix("0.0.0.0/0"), 0xffffffff)).toBe(true);
    expect(prefixContains(parsePrefix("10.0.0.1/32"), parseIpv4("10.0.0.1"))).toBe(true);
    expect(prefixContains(parsePrefix("10.0.0.1/32"), parseIpv4("10.0.0.0"))).toBe(false);
  });
});

describe("prefixBroadcast", () => {
  it("is the last address", () => {
    expect(prefixBroadcast(parsePrefix("10.244.1.0/24"))).toBe(parseIpv4("10.244.1.255"));
    expect(prefixBroadcast(parsePrefix("0.0.0.0/0"))).toBe(0xffffffff);
    expect(prefixBroadcast(parsePrefix("10.0.0.1/32"))).toBe(parseIpv4("10.0.0.1"));
  });
});

describe("comparePrefix", () => {
  it("orders by address, the shorter prefix first", () => {
    const texts = ["192.0.0.0/8", "10.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0"];
    expect(texts.map(parsePrefix).sort(comparePrefix).map(formatPrefix)).toEqual([...texts].reverse());
  });
});
