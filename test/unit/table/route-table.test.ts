import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { RouteTable } from "../../../src/table/route-table.ts";
import { parseIpv4, parsePrefix } from "../../../src/wire/index.ts";
import { describeWith, shared, sharedPath } from "../../tools/requirements.ts";

/** A table of prefixes in text, each with its position, counted from 1, as value. */
function tableOf(...prefixes: readonly string[]): RouteTable {
  const table = new RouteTable();
  for (const [index, text] of prefixes.entries()) {
    const { address, length } = parsePrefix(text);
    table.set(address, length, index + 1);
  }
  return table;
}

function lookup(table: RouteTable, address: string): number {
  return table.lookup(parseIpv4(address));
}

/** Makes a table large, and completes its direct table: every /24 of 64.0.0.0/8, all with the same value. */
function fill(table: RouteTable, value: number): void {
  for (let address = 0x4000_0000; address < 0x4100_0000; address += 0x100) table.set(address, 24, value);
  complete(table, value);
}

/** A direct table is filled in by 4,096 updates. */
function complete(table: RouteTable, value: number): void {
  for (let update = 0; update < 4096; update++) table.set(0x4000_0000, 24, value);
}

describe("RouteTable", () => {
  it("prefers the longest prefix (RFC 1812, section 5.2.4.3)", () => {
    const table = tableOf("0.0.0.0/0", "10.0.0.0/8", "10.244.0.0/16", "10.244.1.0/24", "10.244.1.5/32");
    expect(lookup(table, "192.0.2.1")).toBe(1);
    expect(lookup(table, "10.1.0.0")).toBe(2);
    expect(lookup(table, "10.244.2.0")).toBe(3);
    expect(lookup(table, "10.244.1.4")).toBe(4);
    expect(lookup(table, "10.244.1.5")).toBe(5);
    expect(lookup(table, "10.244.1.6")).toBe(4);
  });

  it("answers 0 where no prefix contains the address", () => {
    expect(lookup(new RouteTable(), "10.0.0.1")).toBe(0);
    const table = tableOf("10.244.1.0/24");
    expect(lookup(table, "10.244.0.255")).toBe(0);
    expect(lookup(table, "10.244.2.0")).toBe(0);
    expect(lookup(table, "11.244.1.0")).toBe(0);
  });

  it("takes addresses signed or unsigned", () => {
    const table = new RouteTable();
    table.set(0xc0a8_0000 | 0, 16, 9);
    expect(table.get(0xc0a8_0000, 16)).toBe(9);
    expect(table.lookup(0xc0a8_0001)).toBe(9);
    expect(table.lookup(0xc0a8_0001 | 0)).toBe(9);
    expect([...table.entries()]).toEqual([{ address: 0xc0a8_0000, length: 16, value: 9 }]);
    expect(table.delete(0xc0a8_0000 | 0, 16)).toBe(true);
  });

  it.each(Array.from({ length: 33 }, (_, length) => length))("holds the bounds of a /%i", (length) => {
    const size = 2 ** (32 - length);
    const first = length === 0 ? 0 : Math.floor(0xaaaa_aaaa / size) * size;
    const table = new RouteTable();
    table.set(first, length, 5);
    expect(table.lookup(first)).toBe(5);
    expect(table.lookup(first + size - 1)).toBe(5);
    if (length > 0) {
      expect(table.lookup(first - 1)).toBe(0);
      expect(table.lookup(first + size)).toBe(0);
    }
  });

  it("gets exactly the prefix asked for", () => {
    const table = tableOf("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24");
    expect(table.get(0, 0)).toBe(1);
    expect(table.get(parseIpv4("10.0.0.0"), 8)).toBe(2);
    expect(table.get(parseIpv4("10.0.0.0"), 24)).toBe(3);
    expect(table.get(parseIpv4("10.0.0.0"), 16)).toBe(0);
    expect(table.get(parseIpv4("10.0.0.0"), 32)).toBe(0);
    expect(table.get(parseIpv4("11.0.0.0"), 8)).toBe(0);
  });

  it("replaces a route's value", () => {
    const table = tableOf("10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8");
    expect(table.count).toBe(2);
    expect(lookup(table, "10.0.0.1")).toBe(3);
    expect(lookup(table, "10.1.0.1")).toBe(2);
  });

  it("falls back to the next shorter prefix after a withdrawal", () => {
    const table = tableOf("0.0.0.0/0", "10.0.0.0/8", "10.244.1.0/24", "10.244.1.128/25");
    const withdraw = (text: string): boolean => {
      const { address, length } = parsePrefix(text);
      return table.delete(address, length);
    };
    expect(withdraw("10.244.1.0/24")).toBe(true);
    expect(lookup(table, "10.244.1.1")).toBe(2);
    expect(lookup(table, "10.244.1.129")).toBe(4);
    expect(withdraw("10.0.0.0/8")).toBe(true);
    expect(lookup(table, "10.244.1.1")).toBe(1);
    expect(lookup(table, "10.244.1.129")).toBe(4);
    expect(withdraw("10.244.1.128/25")).toBe(true);
    expect(withdraw("0.0.0.0/0")).toBe(true);
    expect(lookup(table, "10.244.1.129")).toBe(0);
    expect(table.count).toBe(0);
  });

  it("withdraws nothing that is not there", () => {
    const table = tableOf("10.0.0.0/8", "10.0.0.0/25");
    expect(table.delete(parseIpv4("10.0.0.0"), 16)).toBe(false);
    expect(table.delete(parseIpv4("10.0.0.0"), 32)).toBe(false);
    expect(table.delete(parseIpv4("11.0.0.0"), 8)).toBe(false);
    expect(table.delete(0, 0)).toBe(false);
    expect(table.count).toBe(2);
  });

  it("keeps a prefix that longer ones cover wholly", () => {
    const table = tableOf("10.0.0.0/23", "10.0.0.0/24", "10.0.1.0/24");
    expect(table.get(parseIpv4("10.0.0.0"), 23)).toBe(1);
    table.delete(parseIpv4("10.0.1.0"), 24);
    expect(lookup(table, "10.0.1.1")).toBe(1);
  });

  it("lists routes by address, then by length", () => {
    const prefixes = ["0.0.0.0/0", "0.0.0.0/1", "0.0.0.0/8", "0.0.0.0/32", "0.1.0.0/16", "10.0.0.0/7", "10.0.0.0/8"];
    prefixes.push("10.0.0.0/24", "11.0.0.0/8", "255.0.0.0/8", "255.255.255.255/32");
    const entries = prefixes.map((text, index) => ({ ...parsePrefix(text), value: index + 1 }));
    const table = new RouteTable();
    for (const { address, length, value } of [...entries].reverse()) table.set(address, length, value);
    expect([...table.entries()]).toEqual(entries);
  });

  it("uses the memory of withdrawn routes again", () => {
    const table = new RouteTable();
    let bytes = 0;
    for (let round = 0; round < 3; round++) {
      const first = 0x0a00_0000 + round * 0x40_0000;
      for (let number = 0; number < 1000; number++) {
        table.set(first + number * 0x1000, 32, 1);
        table.set(first + number * 0x1000, 32, 2);
      }
      if (round === 0) bytes = table.bytes;
      for (let number = 0; number < 1000; number++) table.delete(first + number * 0x1000, 32);
    }
    expect(table.count).toBe(0);
    expect(table.bytes).toBe(bytes);
  });

  it.each([0, 1, 2, 3, 4, 5, 7, 8, 9])("looks up the first %i of many addresses, and writes no further", (count) => {
    const small = tableOf("10.0.0.0/8", "10.244.1.0/24", "10.244.1.5/32", "192.0.2.0/24");
    const large = tableOf("10.0.0.0/8", "10.244.1.0/24", "10.244.1.5/32", "192.0.2.0/24");
    fill(large, 200);
    const texts = ["10.244.1.4", "10.244.1.5", "192.0.2.1", "10.1.1.1", "11.0.0.1", "192.0.2.9", "10.2.2.2"];
    const addresses = Int32Array.from([...texts, "10.3.3.3", "10.244.1.7"].map(parseIpv4));
    const answers = [2, 3, 4, 1, 0, 4, 1, 1, 2];
    for (const table of [small, large]) {
      const values = new Int32Array(9).fill(-1);
      table.lookupMany(addresses, values, count);
      expect([...values]).toEqual(answers.map((answer, index) => (index < count ? answer : -1)));
    }
  });

  it("takes at most 60 KB for the 5,000 /24s of a cluster's nodes", () => {
    const table = tableOf("0.0.0.0/0", "10.0.0.0/8", "192.168.0.0/24", "192.168.0.10/32");
    for (let number = 0; number < 5000; number++) table.set(0x0a00_0000 + number * 0x100, 24, 1 + number);
    expect(table.bytes).toBeLessThan(60_000);
    expect(table.bytes).toBeGreaterThan(5000 * 4);
    for (let number = 0; number < 5000; number++) {
      expect(table.lookup(0x0a00_0000 + number * 0x100 + 7)).toBe(1 + number);
    }
  });

  it.each([-1, 33, 1.5, Number.NaN])("rejects the prefix length %d", (length) => {
    const error = new RangeError(`prefix length: expected an integer from 0 to 32, found ${length}`);
    const table = new RouteTable();
    expect(() => table.set(0, length, 1)).toThrow(error);
    expect(() => table.get(0, length)).toThrow(error);
    expect(() => table.delete(0, length)).toThrow(error);
  });

  it("rejects host bits that are not zero", () => {
    const error = new RangeError("prefix address: expected 8 host bits of zero, found 0x0af40105/24");
    const table = new RouteTable();
    expect(() => table.set(0x0af4_0105, 24, 1)).toThrow(error);
    expect(() => table.get(0x0af4_0105, 24)).toThrow(error);
    expect(() => table.delete(0x0af4_0105, 24)).toThrow(error);
    expect(() => table.set(1, 0, 1)).toThrow(RangeError);
  });

  it.each([0, -1, 2 ** 24 - 1, 1.5])("rejects the value %d", (value) => {
    const error = new RangeError(`route value: expected an integer from 1 to 16777214, found ${value}`);
    expect(() => new RouteTable().set(0, 0, value)).toThrow(error);
  });
});

describe("RouteTable with 65,536 routes and more", () => {
  it("answers as before for every kind of prefix and value", () => {
    const table = tableOf("0.0.0.0/0", "10.0.0.0/8", "10.244.0.0/16", "10.244.1.0/24", "10.244.1.5/32");
    fill(table, 200);
    expect(table.count).toBe(65_541);
    expect(table.bytes).toBeGreaterThan(2 ** 24);
    const asked = ["192.0.2.1", "10.1.0.0", "10.244.2.0", "10.244.1.4", "10.244.1.5", "64.1.2.3"];
    const answers = (): number[] => asked.map((text) => lookup(table, text));
    expect(answers()).toEqual([1, 2, 3, 4, 5, 200]);
    for (const value of [255, 256, 65_535, 65_536, 2 ** 24 - 2]) {
      table.set(parseIpv4("10.244.0.0"), 16, value);
      expect(answers()).toEqual([1, 2, value, 4, 5, 200]);
      complete(table, 200);
      expect(answers()).toEqual([1, 2, value, 4, 5, 200]);
    }
    table.delete(parseIpv4("10.244.1.5"), 32);
    expect(answers()).toEqual([1, 2, 2 ** 24 - 2, 4, 4, 200]);
    table.delete(parseIpv4("10.244.0.0"), 16);
    table.delete(parseIpv4("10.244.1.0"), 24);
    expect(answers()).toEqual([1, 2, 2, 2, 2, 200]);
    table.delete(0, 0);
    expect(answers()).toEqual([0, 2, 2, 2, 2, 200]);
  });

  it.each([255, 256, 65_535, 65_536])("becomes large with values of %i", (value) => {
    const table = new RouteTable();
    fill(table, value);
    expect(lookup(table, "64.0.0.0")).toBe(value);
    expect(lookup(table, "64.255.255.255")).toBe(value);
    expect(lookup(table, "65.0.0.0")).toBe(0);
  });

  it("takes two bytes a /24 only from the first value above 255 on", () => {
    const table = new RouteTable();
    fill(table, 255);
    const before = table.bytes;
    table.set(parseIpv4("64.0.0.0"), 24, 256);
    expect(table.bytes - before).toBe(2 ** 24);
    expect(lookup(table, "64.0.0.1")).toBe(256);
    expect(lookup(table, "64.0.1.1")).toBe(255);
    complete(table, 256);
    expect(lookup(table, "64.0.0.1")).toBe(256);
    expect(lookup(table, "64.0.1.1")).toBe(255);
  });

  it("answers after each update that becoming large is spread over", () => {
    const table = tableOf("0.0.0.0/0", "10.0.0.0/8", "64.0.0.0/8", "200.1.2.0/24", "200.1.2.3/32", "224.0.0.0/4");
    const asked = ["9.0.0.1", "10.0.0.1", "64.0.0.0", "64.255.255.255", "200.1.2.2", "200.1.2.3", "224.0.0.1"];
    const last = 0x40ff_ff00;
    for (let address = 0x4000_0000; address <= last; address += 0x100) table.set(address, 24, 7);
    for (let update = 0; update < 4200; update++) {
      const value = 100 + (update % 100);
      table.set(last, 24, value);
      expect(asked.map((text) => lookup(table, text))).toEqual([1, 2, 7, value, 4, 5, 6]);
    }
  });
});

const BGP_TABLE = "data/bgp-ipv4-prefixes.txt.gz";

describeWith(shared(BGP_TABLE), "RouteTable with a full BGP table", () => {
  it("answers 100,000 random lookups as a map for each prefix length does, and withdraws every route", () => {
    const prefixes = gunzipSync(readFileSync(sharedPath(BGP_TABLE)))
      .toString()
      .trim()
      .split(/\r?\n/)
      .map(parsePrefix);
    const byLength = Array.from({ length: 33 }, () => new Map<number, number>());
    const table = new RouteTable();
    for (const [index, { address, length }] of prefixes.entries()) {
      const value = 1 + ((index * 7919) % 255);
      byLength[length]!.set(address, value);
      table.set(address, length, value);
    }
    expect(table.count).toBe(901_899);
    expect(table.bytes).toBeLessThan(72e6);

    const random = randomWords(20_240_601);
    let wrong = 0;
    for (let trial = 0; trial < 100_000; trial++) {
      // Half within a random prefix, where the nesting is; half anywhere.
      const { address, length } = prefixes[random() % prefixes.length]!;
      const within = length === 32 ? address : (address | (random() & (0xffff_ffff >>> length))) >>> 0;
      const destination = trial % 2 === 0 ? within : random();
      if (table.lookup(destination) !== lookupByLength(byLength, destination)) wrong++;
    }
    expect(wrong).toBe(0);

    expect(prefixes.every(({ address, length }) => table.delete(address, length))).toBe(true);
    expect(table.count).toBe(0);
    for (const { address } of prefixes) if (table.lookup(address) !== 0) wrong++;
    expect(wrong).toBe(0);
  });
});

/** The longest prefix by asking for every length in turn. */
function lookupByLength(byLength: readonly ReadonlyMap<number, number>[], address: number): number {
  for (let length = 32; length > 0; length--) {
    const value = byLength[length]!.get(((address >>> (32 - length)) << (32 - length)) >>> 0);
    if (value !== undefined) return value;
  }
  return byLength[0]!.get(0) ?? 0;
}

/** Unsigned 32-bit numbers that look random (xorshift, G. Marsaglia, 2003). */
function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
