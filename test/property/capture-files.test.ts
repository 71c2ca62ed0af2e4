/** The capture files that users test their readers with, read by this project's own: it finds what they say, no more. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CaptureContents, type CapturedPacket, pcapFile, pcapngFile } from "../../src/arbitraries/index.ts";
import { type CaptureRecord, PcapngRecordWriter, PcapRecordWriter } from "../../src/capture/index.ts";
import { read, write } from "./capture-records.ts";

const chunkLengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 });

/** What the arbitraries tell of a file, taken from its records; fields that they leave out are undefined. */
function contentsOf(records: readonly CaptureRecord[]): CaptureContents {
  const ofKind = <Kind extends CaptureRecord["kind"]>(kind: Kind): Extract<CaptureRecord, { kind: Kind }>[] =>
    records.filter((record): record is Extract<CaptureRecord, { kind: Kind }> => record.kind === kind);
  const sections = ofKind("section");
  return {
    format: sections[0]!.format,
    sections: sections.map(({ byteOrder, comment, application }) => ({ byteOrder, comment, application })),
    interfaces: ofKind("interface").map(
      ({ linkType, snapLength, name, description, unitsPerSecond, offsetSeconds }) => ({
        ...{ linkType, snapLength, name, description, unitsPerSecond, offsetSeconds },
      }),
    ),
    packets: ofKind("packet").map(packetOf),
    names: ofKind("names").flatMap(({ entries }) => entries),
    otherCount: ofKind("statistics").length + ofKind("other").length,
  } as CaptureContents;
}

function packetOf(record: Extract<CaptureRecord, { kind: "packet" }>): CapturedPacket {
  const { interfaceId, hasTime, seconds, nanoseconds, bytes, originalLength, direction, packetId, comments } = record;
  const details = { direction, packetId, comments };
  return { interfaceId, hasTime, seconds, nanoseconds, bytes, originalLength, ...details } as CapturedPacket;
}

describe.each([
  ["pcapngFile()", pcapngFile({ maxSections: 3 }), 150],
  ["pcapFile()", pcapFile(), 100],
] as const)("a file of %s", (_name, files, numRuns) => {
  it("is read with the packets, times, interfaces, comments and names that it tells, however it is chunked", () => {
    fc.assert(
      fc.property(files, chunkLengths, ({ bytes, contents }, lengths) => {
        const records = read(bytes, lengths);
        expect(contentsOf(records)).toEqual(contents);
      }),
      { numRuns },
    );
  });

  it("has equal records when they are written, as `podwire convert` does, and read again", () => {
    fc.assert(
      fc.property(files, ({ bytes, contents }) => {
        const records = read(bytes);
        // The section alone tells classic pcap and its byte order.
        const start = contents.format === "pcap" ? 1 : 0;
        for (const Writer of contents.format === "pcap" ? [PcapRecordWriter, PcapngRecordWriter] : [PcapngRecordWriter])
          expect(read(write(records, Writer)).slice(start)).toEqual(records.slice(start));
      }),
      { numRuns },
    );
  });
});
