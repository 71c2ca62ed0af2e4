import { describe, expect, it } from "vitest";
import { hashPair } from "../../../src/bytes/hash.ts";

const BITS = 16;

type KeyOf = (index: number) => readonly [high: number, low: number];

/** Mean probes of a hit in a half-full table with linear probing, whose keys are `key(0)`, `key(1)`, ... */
function meanProbes(key: KeyOf): number {
  const count = 2 ** (BITS - 1);
  const used = new Uint8Array(2 ** BITS);
  let probes = 0;
  for (let index = 0; index < count; index++) {
    const [high, low] = key(index);
    let slot = hashPair(high, low) >>> (32 - BITS);
    for (probes++; used[slot] === 1; probes++) slot = (slot + 1) % used.length;
    used[slot] = 1;
  }
  return probes / count;
}

describe("hashPair", () => {
  it("is the same for a word given signed or unsigned", () => {
    expect(hashPair(0x8000_0242 | 0, 0xdead_beef | 0)).toBe(hashPair(0x8000_0242, 0xdead_beef));
  });

  it("depends on either word", () => {
    expect(hashPair(1, 2)).not.toBe(hashPair(1, 3));
    expect(hashPair(1, 2)).not.toBe(hashPair(2, 2));
  });

  // A random function needs 1.5 probes in a half-full table (Knuth, volume 3, section 6.4).
  it.each<[string, KeyOf]>([
    ["consecutive addresses", (index) => [0x0242, 0x0a00_0000 + index]],
    ["addresses 256 apart", (index) => [0x0242, index * 0x100]],
    ["addresses 65,536 apart", (index) => [0x0242, index * 0x1_0000]],
    ["one vendor's upper words", (index) => [index, 0x0a00_0001]],
    ["the same addresses in 256 VLANs", (index) => [((index & 0xff) << 16) | 0x0242, index >>> 8]],
  ])("spreads %s no worse than a random function, or nearly so", (_, key) => {
    expect(meanProbes(key)).toBeLessThan(1.75);
  });
});
