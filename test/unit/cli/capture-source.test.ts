import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { parseHex } from "../../../src/bytes/hex.ts";
import type { CaptureRecord } from "../../../src/capture/index.ts";
import { CaptureFailure, readCaptureFile } from "../../../src/cli/capture-source.ts";
import { Failure } from "../../../src/cli/errors.ts";
import { temporaryFolder } from "./command.ts";

const inside = temporaryFolder();

/** A classic capture of `count` packets of 100 bytes. */
function capture(count: number): Uint8Array {
  const header = parseHex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000");
  const packet = parseHex(`00000000 00000000 64000000 64000000 ${"ab".repeat(100)}`);
  return Buffer.concat([header, ...new Array<Uint8Array>(count).fill(packet)]);
}

/** How many packets a file has, and the failure that ended it. */
function read(path: string): [packetCount: number, failure: string | undefined] {
  let count = 0;
  const visit = (record: CaptureRecord): void => {
    if (record.kind === "packet") count++;
  };
  try {
    readCaptureFile(path, visit);
    return [count, undefined];
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return [count, (error as Failure).message];
  }
}

describe("readCaptureFile", () => {
  it("reads a file, however long", () => {
    writeFileSync(inside("x.pcap"), capture(5_000));
    expect(read(inside("x.pcap"))).toEqual([5_000, undefined]);
  });

  it("reads gzip by its first bytes, whatever the name", () => {
    writeFileSync(inside("x.pcap"), gzipSync(capture(5_000)));
    expect(read(inside("x.pcap"))).toEqual([5_000, undefined]);
    writeFileSync(inside("x.gz"), capture(3));
    expect(read(inside("x.gz"))).toEqual([3, undefined]);
  });

  it("gives what comes before the end of a file that is cut, packed or not", () => {
    const whole = capture(5_000);
    writeFileSync(inside("cut.pcap"), whole.subarray(0, -1));
    expect(read(inside("cut.pcap"))).toEqual([
      4_999,
      `${inside("cut.pcap")}: expected a packet of 116 bytes, found the end of the file after 115, at byte 579908`,
    ]);
    const packed = gzipSync(whole);
    writeFileSync(inside("cut.gz"), packed.subarray(0, -1));
    const cut = `expected the rest of the gzip stream, found the end of the file, at byte ${packed.length - 1}`;
    expect(read(inside("cut.gz"))).toEqual([5_000, `${inside("cut.gz")}: ${cut} of the packed file`]);
  });

  it("gives what comes before a fault in gzip, as zcat does", () => {
    const stored = (length: number): Buffer => {
      const header = Buffer.alloc(5);
      header.writeUInt16LE(length, 1);
      header.writeUInt16LE(~length & 0xffff, 3);
      return header;
    };
    // A block that is sound, and one of a type that there is not.
    const whole = capture(500);
    const head = Buffer.from("1f8b0800000000000003", "hex");
    writeFileSync(inside("bad.gz"), Buffer.concat([head, stored(whole.length), whole, Buffer.alloc(20, 0xff)]));
    const message = `expected gzip, found invalid block type, at byte ${15 + whole.length} of the packed file`;
    expect(read(inside("bad.gz"))).toEqual([500, `${inside("bad.gz")}: ${message}`]);
  });

  it("ignores what is behind gzip, and says so", () => {
    const packed = gzipSync(capture(500));
    writeFileSync(inside("x.gz"), Buffer.concat([packed, Buffer.from("garbage")]));
    const print = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(read(inside("x.gz"))).toEqual([500, undefined]);
    const said = `podwire: ${inside("x.gz")}: ignored what is behind the gzip stream, 7 bytes, at byte ${packed.length} of the packed file\n`;
    expect(print.mock.calls).toEqual([[said]]);
    print.mockRestore();
  });

  it("tells apart what it could not read and what is no capture", () => {
    mkdirSync(inside("folder"));
    writeFileSync(inside("empty"), "");
    writeFileSync(inside("byte"), "x");
    writeFileSync(inside("text"), "no capture");
    const because = (path: string, reason: string): void => {
      const message = `expected a file that can be read, found ${path}: ${reason}`;
      expect(() => readCaptureFile(path, () => {})).toThrow(new Failure(message));
    };
    because(inside("missing"), "no such file or folder");
    because(inside("folder"), "it is a folder");
    because(inside("text/x"), "its folder is a file");
    expect(read("")).toEqual([0, "expected a file that can be read, found an empty name"]);
    const found = (name: string, what: string, position = 0): void =>
      expect(read(inside(name))).toEqual([0, `${inside(name)}: ${what}, at byte ${position}`]);
    found("empty", "expected a pcap or pcapng capture, found an empty file");
    found("byte", "expected a capture of 4 bytes, found the end of the file after 1");
    found("text", "expected a pcap or pcapng capture, found a file that begins with 6e6f2063");
    expect(() => readCaptureFile(inside("text"), () => {})).toThrow(CaptureFailure);
    expect(() => readCaptureFile(inside("missing"), () => {})).not.toThrow(CaptureFailure);
  });

  it("stops after the chunk where it is told to", () => {
    writeFileSync(inside("x.pcap"), capture(5_000));
    let count = 0;
    const positions: number[] = [];
    readCaptureFile(inside("x.pcap"), () => count++, {
      afterChunk: (source) => positions.push(source.position) > 0 && source.length === 580_024,
    });
    expect(positions).toHaveLength(1);
    expect(count).toBeLessThan(2_000);
  });

  it("lets through what the visitor throws, packed or not", () => {
    const fail = (): void => {
      throw new RangeError("enough");
    };
    for (const contents of [capture(1), gzipSync(capture(1))]) {
      writeFileSync(inside("x"), contents);
      expect(() => readCaptureFile(inside("x"), fail)).toThrow(new RangeError("enough"));
    }
  });
});
