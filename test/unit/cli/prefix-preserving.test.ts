import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrefixPreserving } from "../../../src/cli/prefix-preserving.ts";
import { formatIpv4, parseIpv4 } from "../../../src/wire/index.ts";

/** The key of the sample that comes with Crypto-PAn 1.0. */
const KEY = Uint8Array.from([
  ...[21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16],
  ...[216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2],
]);

/** Leading bits that two numbers of a width share. */
function sharedBits(a: number, b: number, width: number): number {
  for (let length = width; length > 0; length--) {
    if (Math.floor(a / 2 ** (width - length)) === Math.floor(b / 2 ** (width - length))) return length;
  }
  return 0;
}

describe("PrefixPreserving", () => {
  it.each([
    ["128.11.68.132", "135.242.180.132"],
    ["129.118.74.4", "134.136.186.123"],
    ["130.132.252.244", "133.68.164.234"],
    ["141.223.7.43", "141.167.8.160"],
    ["24.0.250.221", "100.15.198.226"],
  ])("maps %s as Crypto-PAn's sample does", (address, mapped) => {
    expect(formatIpv4(new PrefixPreserving(32, KEY).map(parseIpv4(address)))).toBe(mapped);
  });

  it.each([32, 46, 48])("keeps the number of leading bits that two addresses of %i bits share", (width) => {
    const mapping = new PrefixPreserving(width, KEY, [{ bits: 0b101, length: 3 }]);
    const address = fc.integer({ min: 0, max: 2 ** width - 1 });
    const pair = fc.tuple(address, fc.nat({ max: width - 1 }), address).map(([first, shared, other]) => {
      const size = 2 ** (width - shared);
      return [first, first - (first % size) + (other % size)] as const;
    });
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(sharedBits(mapping.map(a), mapping.map(b), width)).toBe(sharedBits(a, b, width));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps what is to be kept, and the way that leads to it", () => {
    const mapping = new PrefixPreserving(32, KEY, [{ bits: 127, length: 8 }]);
    for (const address of ["127.0.0.1", "127.255.255.255"]) {
      expect(formatIpv4(mapping.map(parseIpv4(address)))).toBe(address);
    }
    expect(mapping.map(parseIpv4("126.0.0.1")) >>> 25).toBe(126 >>> 1);
  });

  it("depends on the key, and on nothing else", () => {
    const other = Uint8Array.from(KEY).fill(1, 31);
    const addresses = ["10.0.0.1", "192.168.1.1", "8.8.8.8"].map(parseIpv4);
    const map = (key: Uint8Array): number[] => {
      const mapping = new PrefixPreserving(32, key);
      return addresses.map((address) => mapping.map(address));
    };
    expect(map(KEY)).toEqual(map(KEY));
    expect(map(other)).not.toEqual(map(KEY));
  });
});
