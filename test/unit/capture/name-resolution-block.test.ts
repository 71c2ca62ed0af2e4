import { describe, expect, it } from "vitest";
import { writeNameResolution } from "../../../src/capture/name-resolution-block.ts";
import type { AddressNames } from "../../../src/capture/name-resolution-block.ts";
import { BUFFER_LENGTH } from "../../../src/capture/output-buffer.ts";
import { blockWords, expected } from "./block-words.ts";
import { parseHex } from "../../../src/bytes/hex.ts";
import { block, recordsOf } from "./reading.ts";

const nameWords = (entries: readonly AddressNames[]): string[] =>
  blockWords((block) => writeNameResolution(block, entries));

/** The total lengths of a row of blocks. */
function totalLengths(words: readonly string[]): number[] {
  const lengths: number[] = [];
  for (let index = 0; index < words.length; index += lengths.at(-1)! / 4) {
    lengths.push(Buffer.from(words[index + 1]!, "hex").readUInt32LE());
  }
  return lengths;
}

describe("Name Resolution Block", () => {
  it("has a record for each address, zero-terminated names, and nrb_record_end", () => {
    const entries = [
      { address: 0x7f000001, names: ["localhost"] },
      { address: 0x0af40105, names: ["a", "bé"] },
    ];
    expect(nameWords(entries)).toEqual(
      expected(
        "04000000 34000000", // type, total length 52
        "01000e00 7f000001 6c6f6361 6c686f73 74000000",
        "01000a00 0af40105 610062c3 a9000000",
        "00000000", // nrb_record_end
        "34000000",
      ),
    );
  });

  it("is not written for no addresses", () => {
    expect(nameWords([])).toEqual([]);
  });

  it("is split where names are many, and no name is lost", () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => ({ address: index, names: [`pod-${index}`] }));
    const words = nameWords(entries);
    const lengths = totalLengths(words);
    expect(lengths.length).toBeGreaterThan(10);
    expect(Math.max(...lengths)).toBeLessThan(BUFFER_LENGTH);
    const text = Buffer.from(words.join(""), "hex").toString("latin1");
    expect(text.match(/pod-\d+\0/g)).toEqual(entries.map(({ names }) => `${names[0]}\0`));
  });

  it("holds 65,531 bytes of names for an address and not one more", () => {
    const names = (length: number): AddressNames[] => [{ address: 1, names: ["x".repeat(length - 1)] }];
    expect(nameWords(names(65_531)).slice(2, 4)).toEqual(expected("0100ffff 00000001"));
    expect(() => nameWords(names(65_532))).toThrow(RangeError);
  });

  it.each([
    [{ address: 2 ** 32, names: ["a"] }, RangeError, /^expected an IPv4 address to be an integer from 0 to 4294967295/],
    [{ address: -1, names: ["a"] }, RangeError, /^expected an IPv4 address/],
    [{ address: "10.0.0.1", names: ["a"] }, TypeError, /^expected an IPv4 address/],
    [{ address: 1, names: [] }, RangeError, /^expected a name at least for an address, found none/],
    [{ address: 1, names: "a" }, TypeError, /^expected the names of an address in an array, found "a"/],
    [{ address: 1, names: ["a", ""] }, RangeError, /^expected the name of an address/],
    [{ address: 1, names: ["a\0b"] }, RangeError, /^expected the name of an address/],
  ])("refuses %j", (entry, kind, message) => {
    const entries = [{ address: 1, names: ["good"] }, entry as unknown as AddressNames];
    expect(() => nameWords(entries)).toThrow(kind);
    expect(() => nameWords(entries)).toThrow(message);
  });
});

describe("a Name Resolution Block that is read", () => {
  it("has names of IPv4 addresses, and other records and options as they are", () => {
    const body =
      "01000800 0af40105 61006200" + // 10.244.1.5: a, b
      "02001200 fc000000 00000000 00000000 00000001 78000000" + // an IPv6 address
      "01000700 0af40208 c3a97a00" + // a last name without its zero byte
      "00000000 01000100 63000000 02000300 646e7300 00000000";
    expect(recordsOf(block("04000000", body))).toEqual([
      {
        kind: "names",
        entries: [
          { address: 0x0af4_0105, names: ["a", "b"] },
          { address: 0x0af4_0208, names: ["\u00e9z"] },
        ],
        others: [{ code: 2, value: parseHex("fc000000 00000000 00000000 00000001 7800") }],
        comments: ["c"],
        options: [{ code: 2, value: parseHex("646e73") }],
      },
    ]);
  });

  it("may be empty, and lack its end", () => {
    const nothing = { kind: "names", entries: [], others: [], comments: [], options: [] };
    expect(recordsOf(block("04000000", ""), block("04000000", "00000000"))).toEqual([nothing, nothing]);
  });

  it("keeps a record too short for an address as it is", () => {
    expect(recordsOf(block("04000000", "01000200 01020000 00000000"))).toMatchObject([
      { entries: [], others: [{ code: 1, value: Uint8Array.of(1, 2) }] },
    ]);
  });
});
