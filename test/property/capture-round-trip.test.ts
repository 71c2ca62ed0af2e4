/** What is written and read again is equal, however it is chunked; what is broken gives a CaptureError. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CaptureError, CaptureReader, PcapngRecordWriter, PcapRecordWriter } from "../../src/capture/index.ts";
import type { CaptureRecord } from "../../src/capture/index.ts";
import { kept, pcapngRecords, pcapRecords, read, write } from "./capture-records.ts";

const chunkLengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });

describe("records that are written and read again are equal", () => {
  it("as pcapng, with all that they have", () => {
    fc.assert(
      fc.property(pcapngRecords, chunkLengths, (records, lengths) => {
        const capture = write(records, PcapngRecordWriter);
        expect(read(capture, lengths)).toEqual(records);
        expect(read(capture)).toEqual(records);
      }),
      { numRuns: 150 },
    );
  });

  it("as classic pcap", () => {
    fc.assert(
      fc.property(pcapRecords, chunkLengths, (records, lengths) => {
        expect(read(write(records, PcapRecordWriter), lengths)).toEqual(records);
      }),
      { numRuns: 200 },
    );
  });

  it("from classic pcap as pcapng, but for the section", () => {
    fc.assert(
      fc.property(pcapRecords, (records) => {
        const found = read(write(records, PcapngRecordWriter));
        expect(found[0]).toMatchObject({ kind: "section", format: "pcapng", byteOrder: "little" });
        expect(found.slice(1)).toEqual(records.slice(1));
      }),
      { numRuns: 100 },
    );
  });

  it("byte for byte when they are written once more", () => {
    fc.assert(
      fc.property(pcapngRecords, (records) => {
        const capture = write(records, PcapngRecordWriter);
        expect(Buffer.compare(write(read(capture), PcapngRecordWriter), capture)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a capture that is damaged", () => {
  /** Records up to the error, and the error. */
  function readBroken(capture: Uint8Array, length: number): { records: CaptureRecord[]; error: unknown } {
    const records: CaptureRecord[] = [];
    const reader = new CaptureReader((record) => records.push(kept(record)));
    try {
      for (let offset = 0; offset < capture.length; offset += length)
        reader.push(capture.subarray(offset, offset + length));
      reader.end();
    } catch (error) {
      return { records, error };
    }
    return { records, error: undefined };
  }

  it("gives records or a CaptureError, the same whatever the chunks", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    const captures = fc.oneof(
      pcapngRecords.map((records) => write(records, PcapngRecordWriter)),
      pcapRecords.map((records) => write(records, PcapRecordWriter)),
    );
    fc.assert(
      fc.property(captures, damage, fc.integer({ min: 1, max: 30 }), (capture, bytes, length) => {
        for (const [position, byte] of bytes) capture[position % capture.length] = byte;
        const whole = readBroken(capture, capture.length);
        if (whole.error !== undefined) expect(whole.error).toBeInstanceOf(CaptureError);
        expect(readBroken(capture, length)).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["pcapng", pcapngRecords, PcapngRecordWriter],
    ["pcap", pcapRecords, PcapRecordWriter],
  ] as const)("and cut anywhere gives the records before, as %s", (_name, arbitrary, Writer) => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), (records, cut) => {
        const capture = write(records, Writer);
        const length = cut % capture.length;
        const { records: found, error } = readBroken(capture.subarray(0, length), 13);
        expect(found).toEqual(read(capture).slice(0, found.length));
        if (error === undefined) return;
        expect(error).toBeInstanceOf(CaptureError);
        expect((error as CaptureError).message).toMatch(
          /found (the end of the file after \d+|an empty file), at byte \d+$/,
        );
        expect((error as CaptureError).position).toBeLessThanOrEqual(length);
      }),
      { numRuns: 200 },
    );
  });
});
