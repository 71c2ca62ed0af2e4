/** The captures of ../shared/corpus, 1,656 files of other projects' test suites, packet by packet. */

import { readdirSync, readFileSync } from "node:fs";
import { CaptureError, CaptureReader, type PacketRecord } from "../../src/capture/index.ts";
import type { FrameRow } from "../../src/wire/index.ts";
import { sharedPath } from "../tools/requirements.ts";

/** Block types of custom blocks, which tshark numbers as frames. */
const CUSTOM_BLOCKS = [0xbad, 0x4000_0bad];

/** The names of all files. */
export function corpusFiles(): string[] {
  return readdirSync(sharedPath("corpus/captures"));
}

/** A packet, under the number that tshark gives it. */
export type Visit = (frame: FrameRow, bytes: Uint8Array, packet: PacketRecord) => void;

/** Visits the packets of a file, up to where it is broken or cut. */
export function visitPackets(file: string, visit: Visit): void {
  const linkTypes: number[] = [];
  let number = 0;
  const reader = new CaptureReader((record) => {
    if (record.kind === "interface") linkTypes[record.id] = record.linkType;
    if (record.kind === "other" && CUSTOM_BLOCKS.includes(record.blockType)) number++;
    if (record.kind !== "packet") return;
    const { bytes, originalLength, hasTime, nanoseconds } = record;
    const seconds = hasTime ? record.seconds : undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const linkType = linkTypes[record.interfaceId]!;
    number++;
    visit(
      { number, view, offset: 0, end: bytes.length, originalLength, linkType, seconds, nanoseconds },
      bytes,
      record,
    );
  });
  try {
    reader.push(readFileSync(sharedPath(`corpus/captures/${file}`)));
    reader.end();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
}

/** What tshark says of a file: the names of the columns, and a row a frame. */
export function expectedRows(file: string): { readonly names: readonly string[]; readonly rows: readonly string[][] } {
  const lines = readFileSync(sharedPath(`corpus/expect/${file}.tsv`), "latin1")
    .trimEnd()
    .split("\n");
  const [names, ...rows] = lines.map((line) => line.split("\t"));
  return { names: names!, rows };
}
