/** Rows of `podwire decode --tsv` before tshark: on captures that podwire wrote, every value of every field is equal. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COLUMN_NAMES } from "../../src/wire/index.ts";
import { describeWith, tool } from "../tools/requirements.ts";
import { readFields } from "../tools/tshark.ts";
import { decodeHere } from "../unit/cli/decode-here.ts";

const FOLDER = fileURLToPath(new URL("../../pcap-samples", import.meta.url));
/** Weave's port is not one that either takes for VXLAN unasked. */
const SAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith(".pcapng") && !name.includes("weave"));

/** What tshark has as fields; of the chain of protocols, it knows more than podwire. */
const FIELDS = COLUMN_NAMES.filter((name) => name.includes(".") && !/^frame\.protocols$|^_/.test(name));

/** As expect.py has it: each frame for itself. */
const PREFERENCES = ["ip.defragment:FALSE", "eth.fcs:Never", "tcp.relative_sequence_numbers:FALSE"];

function decode(path: string): Record<string, string>[] {
  const { status, stdout, stderr } = decodeHere("--tsv", path);
  expect([status, stderr]).toEqual([0, ""]);
  const [header, ...rows] = stdout.trimEnd().split("\n");
  expect(header).toBe(COLUMN_NAMES.join("\t"));
  return rows.map((row) => {
    const cells = row.split("\t");
    return Object.fromEntries(FIELDS.map((name) => [name, cells[COLUMN_NAMES.indexOf(name)]!]));
  });
}

/** Of TCP that an ICMP error quotes, tshark verifies a whole segment's checksum, and has no sequence number. */
function withoutQuotedTcp(row: Record<string, string>): Record<string, string> {
  if (row["icmp.type"] !== "3") return row;
  return { ...row, "tcp.seq_raw": "", "tcp.checksum.status": "" };
}

describeWith(tool("tshark"), "decoded to columns", () => {
  describe.each(SAMPLES)("%s", (name) => {
    it("is what tshark finds", () => {
      const path = join(FOLDER, name);
      const rows = decode(path);
      expect(rows.length).toBeGreaterThan(10);
      const found = readFields(path, FIELDS, { preferences: PREFERENCES });
      expect(rows.map(withoutQuotedTcp)).toEqual(found.map(withoutQuotedTcp));
    });
  });
});
