/**
 * tshark as the judge of captures: the fields it dissects, and whether it objects to anything.
 *
 * Checksums are verified, which tshark leaves off by default, names are not resolved, and UDP ports 8472 and 6784
 * (Linux's default for VXLAN, and Weave's) are dissected as VXLAN.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A capture: the path of a file, or its bytes. */
export type Capture = string | Uint8Array;

/** How tshark reads a capture, where the usual way does not fit. */
export interface TsharkOptions {
  /** A display filter: only frames that match are returned. */
  readonly filter?: string;
  /** Further preferences, such as `tcp.analyze_sequence_numbers:FALSE` for one segment seen on many devices. */
  readonly preferences?: readonly string[];
  /** Protocols that are not to be looked for, such as those that tshark guesses at. */
  readonly without?: readonly string[];
  /** Name resolution, as the argument of `tshark -N`: "n" for addresses by the capture's own names. */
  readonly resolve?: string;
}

const PREFERENCES = [
  "ip.check_checksum:TRUE",
  "tcp.check_checksum:TRUE",
  "udp.check_checksum:TRUE",
  // Or a total length of zero counts as segmentation offload and is let through.
  "ip.tso_support:FALSE",
];

/** Severity of an expert note from which on it is an objection: notes and chats lie below, errors above. */
const WARNING = 0x600000;

const CHECKSUM_FIELDS = [
  "ip.checksum.status",
  "icmp.checksum.status",
  "udp.checksum.status",
  "tcp.checksum.status",
] as const;

/** "Bad" and "Illegal" among the states of a checksum. */
const BAD_CHECKSUMS = ["0", "4"];

/** What an objection is made of; shown where it is there. */
const OBJECTION_FIELDS = ["_ws.malformed", "_ws.expert.message", "_ws.expert.severity", ...CHECKSUM_FIELDS] as const;

/** What `objectionTo` has to see of a frame. */
export const JUDGED_FIELDS = ["frame.number", "frame.protocols", "_ws.col.Info", ...OBJECTION_FIELDS] as const;

type JudgedFrame = Record<(typeof JUDGED_FIELDS)[number], string>;

/**
 * The fields of every frame, in order. A field that occurs several times in a frame (addresses inside and
 * outside a tunnel) has its values joined by ","; one that does not occur is "".
 *
 * @throws Error with what tshark printed when it cannot read the whole capture
 */
export function readFields<const Field extends string>(
  capture: Capture,
  fields: readonly Field[],
  options: TsharkOptions = {},
): Record<Field, string>[] {
  const printed = withFile(capture, (path) => {
    const filter = options.filter === undefined ? [] : ["-Y", options.filter];
    const names = options.resolve === undefined ? ["-n"] : ["-N", options.resolve];
    const preferences = [...PREFERENCES, ...(options.preferences ?? [])].flatMap((preference) => ["-o", preference]);
    const without = (options.without ?? []).flatMap((protocol) => ["--disable-protocol", protocol]);
    const wanted = fields.flatMap((field) => ["-e", field]);
    const decodeAs = ["-d", "udp.port==8472,vxlan", "-d", "udp.port==6784,vxlan"];
    // JSON, as the separators of `-T fields` may occur in a comment.
    return run("tshark", [
      "-r",
      path,
      ...names,
      ...decodeAs,
      ...without,
      ...preferences,
      ...filter,
      "-T",
      "json",
      ...wanted,
    ]);
  });
  const frames = JSON.parse(printed) as { _source: { layers: Record<string, string[]> } }[];
  return frames.map(({ _source: { layers } }) => {
    const values = fields.map((field) => [field, (layers[field] ?? []).join(",")]);
    return Object.fromEntries(values) as Record<Field, string>;
  });
}

/**
 * Fails when tshark objects to a frame: malformed, an expert note of severity warning or error, or a wrong
 * checksum of IPv4, ICMP, UDP or TCP, at any depth of encapsulation. The error lists the frames, and what
 * capinfos says of the capture. A capture without frames fails as well: it is no evidence.
 *
 * One TCP segment seen on several interfaces counts as out of order, which is a warning: such a capture
 * needs the preference `tcp.analyze_sequence_numbers:FALSE`.
 */
export function judge(capture: Capture, options: TsharkOptions = {}): void {
  const frames = readFields(capture, JUDGED_FIELDS, options);
  if (frames.length === 0) throw new Error(`tshark finds no frames\n${capinfos(capture)}`);
  const objections = frames.filter(isObjection).map(describeObjection);
  if (objections.length === 0) return;
  const summary = `tshark objects to ${objections.length} of ${frames.length} frames`;
  throw new Error([`${summary}:`, ...objections.slice(0, 20), capinfos(capture)].join("\n"));
}

/**
 * What tshark objects to in each frame, as `judge` understands it: "" for nothing.
 *
 * @throws Error with what tshark printed when it cannot read the whole capture
 */
export function objections(capture: Capture, options: TsharkOptions = {}): string[] {
  return readFields(capture, JUDGED_FIELDS, options).map(objectionTo);
}

/** The same of one frame whose fields have been read. */
export function objectionTo(frame: JudgedFrame): string {
  return isObjection(frame) ? describeObjection(frame) : "";
}

function isObjection(frame: JudgedFrame): boolean {
  if (frame["_ws.malformed"] !== "") return true;
  if (frame["_ws.expert.severity"].split(",").some((severity) => Number(severity) >= WARNING)) return true;
  return CHECKSUM_FIELDS.some((field) => frame[field].split(",").some((status) => BAD_CHECKSUMS.includes(status)));
}

function describeObjection(frame: JudgedFrame): string {
  const found = OBJECTION_FIELDS.filter((field) => frame[field] !== "").map((field) => `    ${field}: ${frame[field]}`);
  const title = `  frame ${frame["frame.number"]} (${frame["frame.protocols"]}): ${frame["_ws.col.Info"]}`;
  return [title, ...found].join("\n");
}

/**
 * What `capinfos` prints of a capture: type, counts, times, and each interface.
 *
 * @throws Error with what capinfos printed when it cannot read the whole capture
 */
export function capinfos(capture: Capture): string {
  return withFile(capture, (path) => run("capinfos", [path]));
}

/** Calls `use` with the path of the capture, which for bytes is a file that lives as long as the call. */
export function withFile<Result>(capture: Capture, use: (path: string) => Result): Result {
  if (typeof capture === "string") return use(capture);
  const folder = mkdtempSync(join(tmpdir(), "podwire-"));
  try {
    const path = join(folder, "capture");
    writeFileSync(path, capture);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws Error with its standard error when it cannot be started or exits with anything but 0
 */
export function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 2 ** 30 });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new Error(`${program} ended with ${status}: ${stderr.replace(/^Running as user .*\n/, "").trim()}`);
}
