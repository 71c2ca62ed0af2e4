import { describe, expect, it } from "vitest";
import { AddressAnonymizer } from "../../../src/cli/address-anonymizer.ts";
import { formatMac, parseIpv4, parseMac } from "../../../src/wire/index.ts";

const ANONYMIZER = new AddressAnonymizer("seed");
const mac = (text: string): string => formatMac(ANONYMIZER.mac(parseMac(text)));

describe("AddressAnonymizer", () => {
  it.each(["0.0.0.0", "127.0.0.1", "224.0.0.251", "239.255.255.250", "255.255.255.255"])("keeps %s", (text) => {
    expect(ANONYMIZER.ipv4(parseIpv4(text))).toBe(parseIpv4(text));
  });

  it.each(["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "33:33:00:00:00:01", "01:80:c2:00:00:00"])(
    "keeps %s",
    (text) => expect(mac(text)).toBe(text),
  );

  it("gives other addresses to the rest, the same ones for the same seed", () => {
    const addresses = ["10.244.1.5", "10.244.2.8", "192.168.1.10", "8.8.8.8", "1.1.1.1"].map(parseIpv4);
    const mapped = addresses.map((address) => ANONYMIZER.ipv4(address));
    expect(mapped.filter((address, index) => address === addresses[index])).toEqual([]);
    expect(addresses.map((address) => new AddressAnonymizer("seed").ipv4(address))).toEqual(mapped);
    expect(addresses.map((address) => new AddressAnonymizer("other").ipv4(address))).not.toEqual(mapped);
  });

  it("keeps the bits that tell groups and local addresses, and that addresses share a vendor", () => {
    const [first, second, local] = ["00:1b:21:aa:bb:cc", "00:1b:21:00:00:01", "02:1b:21:aa:bb:cc"].map(mac);
    expect(first).not.toBe("00:1b:21:aa:bb:cc");
    expect(first!.slice(0, 8)).toBe(second!.slice(0, 8));
    expect(first!.slice(9)).not.toBe(second!.slice(9));
    expect(parseInt(first!.slice(0, 2), 16) % 4).toBe(0);
    expect(parseInt(local!.slice(0, 2), 16) % 4).toBe(2);
  });

  it("gives another address to the local one whose other bits are zeros", () => {
    expect(mac("02:00:00:00:00:00")).not.toBe("02:00:00:00:00:00");
    expect(mac("02:00:00:00:00:00").slice(0, 14)).toBe(mac("02:00:00:00:00:01").slice(0, 14));
    expect(mac("02:00:00:00:00:00")).not.toBe(mac("02:00:00:00:00:01"));
  });
});
