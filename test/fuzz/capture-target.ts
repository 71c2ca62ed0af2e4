/** What must hold for a capture of any bytes: reading it, in chunks of any size, and writing what was read. */

import { isDeepStrictEqual } from "node:util";
import {
  CaptureError,
  CaptureReader,
  type CaptureRecord,
  MemorySink,
  PcapngRecordWriter,
  PcapRecordWriter,
  type RecordWriter,
} from "../../src/capture/index.ts";
import { type Input, require, step } from "./input.ts";
import { Random } from "./random.ts";

const LONGEST_CHUNK = 64;

/** What a file gives: records, and what ends them early. */
interface Reading {
  readonly records: readonly CaptureRecord[];
  readonly error: string;
}

/** @throws StepFailure */
export function tryCapture({ bytes }: Input): void {
  const whole = step("CaptureReader", () => readInChunks(bytes, () => bytes.length));
  const random = new Random(bytes.length);
  const chunked = step("CaptureReader", () => readInChunks(bytes, () => 1 + random.below(LONGEST_CHUNK)));
  step("CaptureReader", () => require(isDeepStrictEqual(chunked, whole), "reads something else in small chunks"));
  step("PcapngRecordWriter", () => requireSame(whole.records));
  step("PcapRecordWriter", () => {
    const { capture } = write(whole.records, PcapRecordWriter);
    const { error } = readInChunks(capture, () => capture.length);
    require(error === "", `writes what cannot be read: ${error}`);
  });
}

function readInChunks(bytes: Uint8Array, nextLength: () => number): Reading {
  const records: CaptureRecord[] = [];
  try {
    const reader = new CaptureReader((record) => records.push(kept(record)));
    for (let offset = 0; offset < bytes.length;) {
      // A chunk of its own, overwritten afterwards: nothing may be kept of it.
      const chunk = bytes.slice(offset, offset + nextLength());
      reader.push(chunk);
      offset += chunk.length;
      chunk.fill(0xa5);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    const isInFile = error.position >= 0 && error.position <= bytes.length;
    require(isInFile && !error.message.includes("\n"), `gives a wrong error: ${error.message}`);
    return { records, error: error.message };
  }
  return { records, error: "" };
}

/** A record that stays as it is when the reader goes on. */
function kept(record: CaptureRecord): CaptureRecord {
  if (record.kind !== "packet" && record.kind !== "other") return record;
  return { ...record, bytes: new Uint8Array(record.bytes) };
}

/** What is written is read as it was, and written again to the same bytes. */
function requireSame(records: readonly CaptureRecord[]): void {
  const first = write(records, PcapngRecordWriter);
  const read = readInChunks(first.capture, () => first.capture.length);
  require(read.error === "" || first.written.length === 0, `writes what cannot be read: ${read.error}`);
  const isSame = isDeepStrictEqual(read.records.map(withoutFormat), first.written.map(withoutFormat));
  require(isSame, "writes what is read as something else");
  const second = write(read.records, PcapngRecordWriter);
  require(Buffer.compare(first.capture, second.capture) === 0, "writes other bytes the second time");
}

/** Classic pcap becomes a section of pcapng, little endian, without anything but its options. */
function withoutFormat(record: CaptureRecord): CaptureRecord {
  if (record.kind !== "section" || record.format === "pcapng") return record;
  const nothing = { hardware: undefined, operatingSystem: undefined, application: undefined, comment: undefined };
  return { ...record, ...nothing, format: "pcapng", byteOrder: "little" };
}

/** The capture, and those of the records that it has room for: a writer refuses others by a RangeError. */
function write(
  records: readonly CaptureRecord[],
  Writer: new (sink: MemorySink) => RecordWriter,
): { readonly capture: Uint8Array; readonly written: readonly CaptureRecord[] } {
  const sink = new MemorySink();
  const writer = new Writer(sink);
  const written = records.filter((record) => isTaken(writer, record));
  writer.flush();
  return { capture: sink.bytes(), written };
}

function isTaken(writer: RecordWriter, record: CaptureRecord): boolean {
  try {
    writer.write(record);
    return true;
  } catch (error) {
    if (error instanceof RangeError && /^expected /.test(error.message)) return false;
    throw error;
  }
}
