import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, gzipSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Gunzip, GzipError } from "../../../src/cli/gunzip.ts";

/** The same up to a fault, and what that is; "" when there is none. */
function unpackUntilFault(
  packed: Uint8Array,
  chunkLength = packed.length,
  gunzip = new Gunzip((position, length) => packed.subarray(position, position + length)),
): { bytes: Buffer; error: string } {
  const pieces: Buffer[] = [];
  try {
    for (let offset = 0; offset < packed.length; offset += chunkLength) {
      gunzip.push(packed.subarray(offset, offset + chunkLength), (bytes) => pieces.push(Buffer.from(bytes)));
    }
    gunzip.end();
  } catch (error) {
    expect(error).toBeInstanceOf(GzipError);
    return { bytes: Buffer.concat(pieces), error: (error as Error).message };
  }
  return { bytes: Buffer.concat(pieces), error: "" };
}

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

/** A member whose last block is of a type that there is not. */
const DIGITS = Buffer.from(randomBytes(50_000).toString("hex"));
const SOUND = deflateRawSync(DIGITS, { finishFlush: constants.Z_SYNC_FLUSH });
const DAMAGED = Buffer.concat([PACKED.subarray(0, 10), SOUND, Buffer.alloc(50_000, 0xff)]);
const DAMAGED_AT = 10 + SOUND.length;

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
    [
      "cut",
      PACKED.subarray(0, -1),
      "expected the rest of the gzip stream, found the end of the file",
      PACKED.length - 1,
    ],
    [
      "cut within its header",
      PACKED.subarray(0, 5),
      "expected the rest of the gzip stream, found the end of the file",
      5,
    ],
    ["none", Buffer.from("a line of text"), "expected gzip, found what does not begin with 1f8b", 0],
    ["of another method", Buffer.from("1f8b0900", "hex"), "expected gzip's method 8, found 9", 2],
    ["of another time", Buffer.from("1f8b0880", "hex"), "expected gzip flags from 0 to 31, found 128", 3],
  ])("throws for a file that is %s", (_name, packed, message, position) => {
    const padded = Buffer.concat([packed, Buffer.alloc(packed.length === 4 ? 6 : 0)]);
    expect(() => unpack(padded, 1_000)).toThrow(new GzipError(`${message}, at byte ${position} of the packed file`));
  });

  it("reads what a header may have: extra bytes, a name, a comment and a check value (RFC 1952 section 2.3)", () => {
    const extra = Buffer.from("0300616263", "hex");
    const header = Buffer.concat([Buffer.from("1f8b081e000000000003", "hex"), extra, Buffer.from("name\0comment\0xx")]);
    const file = Buffer.concat([header, PACKED.subarray(10)]);
    for (const length of [1, 777]) expect(unpack(file, length).equals(DATA)).toBe(true);
    expect(() => unpack(Buffer.concat([header.subarray(0, -2), Buffer.alloc(300_000, 1)]).fill(1, 15), 1e6)).toThrow(
      "expected a gzip header of at most 262144 bytes, found a longer one, at byte 0 of the packed file",
    );
  });

  it("tells the wrong check value or length behind a member, when all was given", () => {
    for (const [offset, message] of [
      [-8, /^expected the CRC-32 0x[0-9a-f]{8}, found 0x[0-9a-f]{8}, at byte (\d+) of the packed file$/],
      [-4, /^expected a gzip member of 1105000 bytes, found \d+, at byte (\d+) of the packed file$/],
    ] as const) {
      const packed = Buffer.from(PACKED);
      packed[packed.length + offset]! ^= 1;
      const { bytes, error } = unpackUntilFault(packed);
      expect(bytes.equals(DATA)).toBe(true);
      expect(message.exec(error)?.[1]).toBe(`${PACKED.length + offset}`);
    }
  });

  it.each([1e6, 777])("gives all that comes before a fault, in chunks of %i bytes", (length) => {
    const error = `expected gzip, found invalid block type, at byte ${DAMAGED_AT} of the packed file`;
    expect(unpackUntilFault(DAMAGED, length)).toEqual({ bytes: DIGITS, error });
  });

  it("gives all but what 512 packed bytes hold where it cannot read them again", () => {
    const { bytes, error } = unpackUntilFault(DAMAGED, 1e6, new Gunzip());
    const options = { finishFlush: constants.Z_SYNC_FLUSH };
    expect(bytes.length).toBeGreaterThanOrEqual(inflateRawSync(DAMAGED.subarray(10, DAMAGED_AT - 512), options).length);
    expect(DIGITS.subarray(0, bytes.length).equals(bytes)).toBe(true);
    const position = Number(/at byte (\d+) of the packed file$/.exec(error)?.[1]);
    expect(DAMAGED_AT - position).toBeLessThan(512);
  });

  it("finds faults in any member", () => {
    const { bytes, error } = unpackUntilFault(Buffer.concat([PACKED, DAMAGED]));
    expect(bytes.equals(Buffer.concat([DATA, DIGITS]))).toBe(true);
    expect(error).toMatch(` at byte ${PACKED.length + DAMAGED_AT} of the packed file`);
  });

  it.each([
    ["text", Buffer.from("garbage"), 7],
    ["a byte", Buffer.from("g"), 1],
    ["half of a gzip magic", Buffer.of(0x1f), 1],
    ["zeros, which fill up tapes", Buffer.alloc(1_000), 0],
    ["zeros and more", Buffer.from("\0\0x"), 1],
  ])("ignores %s behind the last member, as gzip(1) does", (_what, garbage, count) => {
    for (const length of [1e6, 1]) {
      const file = Buffer.concat([gzipSync("to "), gzipSync("and fro"), garbage]);
      const gunzip = new Gunzip();
      expect(unpackUntilFault(file, length, gunzip)).toEqual({ bytes: Buffer.from("to and fro"), error: "" });
      expect(gunzip.garbageCount).toBe(count);
    }
  });
});
