/** Captures that commands are given in tests, and what they make of them. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  type CaptureRecord,
  type InterfaceRecord,
  MemorySink,
  PcapngRecordWriter,
  PcapRecordWriter,
} from "../../../src/capture/index.ts";
import { readRecords } from "../capture/reading.ts";
import { UDP_DATAGRAM } from "../wire/frames.ts";

const NONE = { comments: [], options: [] };

/** An interface of Ethernet, in microseconds. */
export function interfaceOf(id: number, fields: Partial<InterfaceRecord> = {}): InterfaceRecord {
  const usual = { linkType: 1, snapLength: 0, unitsPerSecond: 1e6, offsetSeconds: 0, ...NONE };
  return { kind: "interface", id, ...usual, ...fields };
}

/** A packet of an interface, at a time of so many seconds. */
export function packetAt(seconds: number, interfaceId = 0, bytes: Uint8Array = UDP_DATAGRAM): CaptureRecord {
  const whole = Math.floor(seconds);
  const nanoseconds = Math.round((seconds - whole) * 1e9);
  const time = { hasTime: true, seconds: whole, nanoseconds };
  return { kind: "packet", interfaceId, ...time, bytes, originalLength: bytes.length, ...NONE };
}

/** The bytes of a capture of these records behind a section. */
export function captureOf(
  records: readonly CaptureRecord[],
  format: "pcap" | "pcapng" = "pcapng",
  byteOrder: "little" | "big" = "little",
): Uint8Array {
  const sink = new MemorySink();
  const writer = format === "pcap" ? new PcapRecordWriter(sink) : new PcapngRecordWriter(sink);
  writer.write({ kind: "section", format, byteOrder, options: [] });
  for (const record of records) writer.write(record);
  writer.flush();
  return sink.bytes();
}

/** The records of a file, unpacked when its name ends in ".gz". */
export function recordsIn(path: string): CaptureRecord[] {
  const contents = readFileSync(path);
  return readRecords(path.endsWith(".gz") ? gunzipSync(contents) : contents);
}

/** Times of the packets, in seconds. */
export function timesOf(records: readonly CaptureRecord[]): number[] {
  return records.flatMap((record) => (record.kind === "packet" ? record.seconds + record.nanoseconds / 1e9 : []));
}
