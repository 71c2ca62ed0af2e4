import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Gunzip } from "../../../src/cli/gunzip.ts";

/** What a file holds, given in chunks of so many bytes. */
function unpack(packed: Uint8Array, chunkLength = packed.length): Buffer {
  const gunzip = new Gunzip();
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < packed.length; offset += chunkLength) {
    gunzip.push(packed.subarray(offset, offset + chunkLength), (bytes) => pieces.push(Buffer.from(bytes)));
  }
  gunzip.end();
  return Buffer.concat(pieces);
}

const DATA = Buffer.concat([randomBytes(50_000), Buffer.alloc(1_000_000, 7), Buffer.from("to and fro ".repeat(5_000))]);
const PACKED = gzipSync(DATA);

describe("Gunzip", () => {
  it.each([1e6, 16_384, 16_385, 777, 13])("unpacks a file in chunks of %i bytes", (length) => {
    expect(unpack(PACKED, length).equals(DATA)).toBe(true);
  });

  it.each([1e6, 777])("unpacks members one after another (RFC 1952 section 2.2), in chunks of %i bytes", (length) => {
    const members = [DATA.subarray(0, 100), DATA.subarray(100, 60_000), DATA.subarray(60_000)].map((part) =>
      gzipSync(part),
    );
    expect(unpack(Buffer.concat(members), length).equals(DATA)).toBe(true);
  });

  it("unpacks a member that begins with a chunk", () => {
    const gunzip = new Gunzip();
    let text = "";
    for (const part of ["to ", "and ", "fro"]) gunzip.push(gzipSync(part), (bytes) => (text += Buffer.from(bytes)));
    gunzip.end();
    expect(text).toBe("to and fro");
  });

  it("gives no more at a time than 1,032 times of 16 KiB, whatever is packed", () => {
    const longest: number[] = [];
    new Gunzip().push(gzipSync(Buffer.alloc(50_000_000)), (bytes) => longest.push(bytes.length));
    expect(Math.max(...longest)).toBeLessThanOrEqual(16_384 * 1_032);
    expect(longest.length).toBeGreaterThan(2);
  });

  it.each([
    ["cut", PACKED.subarray(0, -1), "unexpected end of file"],
    ["cut within its header", PACKED.subarray(0, 5), "unexpected end of file"],
    ["damaged", Buffer.from(PACKED).fill(0xff, 20_000, 20_010), /^(incorrect|invalid)/],
    ["none", Buffer.from("a line of text"), "incorrect header check"],
  ])("throws for a file that is %s", (_name, packed, message) => {
    expect(() => unpack(packed, 1_000)).toThrow(message);
  });
});
