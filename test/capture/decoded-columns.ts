/** Rows of `podwire decode --tsv`, and what to ask tshark so that every value of every field is equal. */
import { expect } from "vitest";
import { COLUMN_NAMES } from "../../src/wire/index.ts";
import { decodeHere } from "../unit/cli/decode-here.ts";

/** What tshark has as fields; of the chain of protocols, it knows more than podwire. */
export const DECODED_FIELDS: readonly string[] = COLUMN_NAMES.filter(
  (name) => name.includes(".") && !/^frame\.protocols$|^_/.test(name),
);

/** As expect.py has it: each frame for itself. */
export const DECODED_PREFERENCES: readonly string[] = [
  "ip.defragment:FALSE",
  "eth.fcs:Never",
  "tcp.relative_sequence_numbers:FALSE",
];

/** A row for each packet of a capture. */
export function decodedRows(path: string): Record<string, string>[] {
  const { status, stdout, stderr } = decodeHere("--tsv", path);
  expect([status, stderr]).toEqual([0, ""]);
  const [header, ...rows] = stdout.trimEnd().split("\n");
  expect(header).toBe(COLUMN_NAMES.join("\t"));
  return rows.map((row) => {
    const cells = row.split("\t");
    const cellOf = (name: string): string => cells[COLUMN_NAMES.indexOf(name as (typeof COLUMN_NAMES)[number])]!;
    return comparable(Object.fromEntries(DECODED_FIELDS.map((name) => [name, cellOf(name)])));
  });
}

/**
 * A frame's fields, the decoded ones alone. Of TCP that an ICMP error quotes, tshark verifies a whole segment's checksum,
 * and has no sequence number.
 */
export function comparable(frame: Readonly<Record<string, string>>): Record<string, string> {
  const row = Object.fromEntries(DECODED_FIELDS.map((name) => [name, frame[name]!]));
  return row["icmp.type"] === "3" ? { ...row, "tcp.seq_raw": "", "tcp.checksum.status": "" } : row;
}
