/** What is sound before it is mutated: frames and files of the corpus, and of the generators. */

import fc from "fast-check";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateFrames, pcapFile, pcapngFile } from "../../src/arbitraries/index.ts";
import { CaptureError, CaptureReader } from "../../src/capture/index.ts";

/** A frame, and what its first byte belongs to. */
export interface SeedFrame {
  readonly bytes: Uint8Array;
  readonly linkType: number;
}

/** What mutations begin with. */
export interface Seeds {
  readonly frames: readonly SeedFrame[];
  readonly captures: readonly Uint8Array[];
}

const ETHERNET = 1;
/** Larger files cost time, and have nothing that smaller ones have not. */
const LONGEST_CAPTURE = 8_192;
/** Frames of one file: most files have the same over and over. */
const FRAMES_OF_FILE = 40;

/** The frames and the files of a folder of captures; none when the folder is not there. */
export function corpusSeeds(folder: string): Seeds {
  const frames: SeedFrame[] = [];
  const captures: Uint8Array[] = [];
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  for (const name of names) {
    const capture = new Uint8Array(readFileSync(join(folder, name)));
    if (capture.length <= LONGEST_CAPTURE) captures.push(capture);
    frames.push(...framesOf(capture).slice(0, FRAMES_OF_FILE));
  }
  return { frames, captures };
}

/** The packets of a capture, up to where it is broken. */
function framesOf(capture: Uint8Array): SeedFrame[] {
  const frames: SeedFrame[] = [];
  const linkTypes: number[] = [];
  const reader = new CaptureReader((record) => {
    if (record.kind === "interface") linkTypes[record.id] = record.linkType;
    if (record.kind !== "packet") return;
    frames.push({ bytes: new Uint8Array(record.bytes), linkType: linkTypes[record.interfaceId]! });
  });
  try {
    reader.push(capture);
    reader.end();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
  return frames;
}

/** Frames and files from the generators: for the same seed, the same. */
export function generatedSeeds(seed: number, count: number): Seeds {
  const kinds = ["any", "vxlan", "vlan", "ipip", "icmp-error", "tcp"] as const;
  const valid = [...generateFrames({ seed, count, kinds, isInvalid: false })];
  const broken = [...generateFrames({ seed, count, kinds, isInvalid: true })];
  const files = fc.sample(fc.oneof(pcapFile(), pcapngFile()), { seed, numRuns: Math.ceil(count / 10) });
  return {
    frames: [...valid, ...broken].map(({ bytes }) => ({ bytes, linkType: ETHERNET })),
    captures: files.map(({ bytes }) => bytes).filter(({ length }) => length <= LONGEST_CAPTURE),
  };
}
