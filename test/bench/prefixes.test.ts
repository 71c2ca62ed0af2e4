import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readPrefixes } from "../../bench/prefixes.ts";
import { temporaryFolder } from "../unit/cli/command.ts";

describe("a file of prefixes", () => {
  const inside = temporaryFolder();

  it("is read line by line", () => {
    writeFileSync(inside("x.gz"), gzipSync("1.0.0.0/24\r\n10.128.0.0/9\n"));
    expect(readPrefixes(inside("x.gz"))).toEqual([
      { address: 0x01000000, length: 24 },
      { address: 0x0a800000, length: 9 },
    ]);
  });

  it.each<[string, Uint8Array]>([
    ["what is not compressed", Buffer.from("1.0.0.0/24\n")],
    ["what was cut", gzipSync("1.0.0.0/24\n").subarray(0, 20)],
    ["what is no prefix", gzipSync("1.0.0.0/24\nroute\n")],
    ["nothing", gzipSync("")],
  ])("is named when it holds %s", (_name, content) => {
    writeFileSync(inside("x.gz"), content);
    expect(() => readPrefixes(inside("x.gz"))).toThrow(
      new RegExp(`^expected prefixes, compressed by gzip, found ${inside("x.gz")}: .`),
    );
  });
});
