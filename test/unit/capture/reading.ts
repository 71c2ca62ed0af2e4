/** Captures as hexadecimal text, and what a reader makes of them. */

import { parseHex } from "../../../src/bytes/hex.ts";
import { CaptureReader } from "../../../src/capture/capture-reader.ts";
import type { CaptureLimits } from "../../../src/capture/capture-limits.ts";
import type { CaptureRecord } from "../../../src/capture/capture-record.ts";

/** A record that stays as it is when the reader goes on. */
function kept(record: CaptureRecord): CaptureRecord {
  const hasBytes = record.kind === "packet" || record.kind === "other";
  return hasBytes ? { ...record, bytes: new Uint8Array(record.bytes) } : record;
}

/** The records of a capture. @throws CaptureError */
export function readRecords(capture: Uint8Array, limits?: CaptureLimits): CaptureRecord[] {
  const records: CaptureRecord[] = [];
  const reader = new CaptureReader((record) => records.push(kept(record)), limits);
  reader.push(capture);
  reader.end();
  return records;
}

/** What a reader says of a capture, and how many records came before. */
export function refusal(capture: Uint8Array, limits?: CaptureLimits): [message: string, recordCount: number] {
  let count = 0;
  const reader = new CaptureReader(() => count++, limits);
  try {
    reader.push(capture);
    reader.end();
  } catch (error) {
    return [`${(error as Error).name}: ${(error as Error).message}`, count];
  }
  return ["none", count];
}

/** A pcapng block: type and body in hexadecimal, numbers as they stand in the file. */
export function block(type: string, body: string, littleEndian = true): string {
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, 12 + parseHex(body).length, littleEndian);
  const total = Buffer.from(length.buffer).toString("hex");
  return `${type} ${total} ${body} ${total}`;
}

/** A little-endian section header without options, and an interface of Ethernet in microseconds, snap length 0. */
export const SECTION: string = block("0a0d0d0a", "4d3c2b1a 01000000 ffffffffffffffff");
export const INTERFACE: string = block("01000000", "01000000 00000000");

/** The records behind section and interface of a little-endian capture. */
export function recordsOf(...blocks: readonly string[]): CaptureRecord[] {
  return readRecords(parseHex([SECTION, INTERFACE, ...blocks].join(" "))).slice(2);
}
