/**
 * Frames as rows of tab-separated columns, under tshark's names, so that the two can be compared: one header row,
 * then a row a frame. A field that occurs several times in a frame has its values joined by commas, outermost
 * first; one that does not occur is empty.
 *
 * Rows are written from a scan without an object a field, straight into bytes.
 */

import { AsciiWriter } from "../bytes/ascii-writer.ts";
import { CELL_GROUPS, cellGroupOf } from "./layer-cells.ts";
import { Fault, LayerFlag, LayerKind } from "./layer-kinds.ts";
import { tsharkName } from "./layer-names.ts";
import { LayerScan, type ScanOptions } from "./layer-scan.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const DOT = 0x2e;
const COLON = 0x3a;

/** More than a row of as many layers as a scan finds can take, in bytes. */
const ROW_LIMIT = 1 << 16;

/** One frame, and what its capture says of it. */
export interface FrameRow {
  /** Counted from 1. */
  readonly number: number;
  /** Seconds since 1970, undefined when the capture has no time. */
  readonly seconds: number | undefined;
  readonly nanoseconds: number;
  readonly view: DataView;
  /** Position of the frame's first byte. */
  readonly offset: number;
  /** Position behind its last byte that is there. */
  readonly end: number;
  /** Length of the frame on the wire, in bytes. */
  readonly originalLength: number;
  /** What the first byte belongs to, as captures number it: 1 for Ethernet. */
  readonly linkType: number;
}

/** Link type of Ethernet frames; of others, expect.py counts no layers. */
const ETHERNET = 1;

/** Groups in the order in which expect.py counts their layers. */
const COUNTED: readonly string[] = ["eth", "ad", "vlan", "ip", "udp", "tcp", "icmp", "arp", "vxlan"];
const COUNTED_GROUPS: readonly number[] = COUNTED.map((name) => CELL_GROUPS.findIndex((group) => group.name === name));

/** Faults after which tshark gives an IPv4 header up. */
const BOGUS: readonly number[] = [Fault.VERSION, Fault.HEADER_LENGTH, Fault.LENGTH, Fault.NO_TOTAL_LENGTH];

/** Wireshark's own numbers for the link types that have columns or are often met (wiretap/wtap.h). */
const ENCAPSULATIONS: Readonly<Record<number, number>> = { 0: 15, 1: 1, 101: 7, 105: 20, 113: 25, 228: 129, 276: 210 };

/** The names of all columns, in order: those of the frame, of its layers, and those that sum up. */
export const COLUMN_NAMES: readonly string[] = [
  ...["number", "cap_len", "len", "encap_type", "time_epoch", "protocols"].map((name) => `frame.${name}`),
  ...CELL_GROUPS.flatMap(({ columns }) => columns),
  "_ws.malformed",
  ...COUNTED.map((name) => `_n_${name}`),
  "_stop",
  "_class",
];

/** Writes rows. One serves many frames. */
export class FrameColumns {
  readonly #scan: LayerScan;
  readonly #out = new AsciiWriter();
  /** Where the cells of layers wait that share columns with others. */
  readonly #cells = new AsciiWriter();
  /** Of each group, the indexes of its layers, and their count. */
  readonly #members: readonly Uint8Array[] = CELL_GROUPS.map(() => new Uint8Array(256));
  readonly #memberCounts = new Uint8Array(CELL_GROUPS.length);
  /** Of each group, the count of layers before the first that is not decoded or only quoted. */
  readonly #leading = new Uint8Array(CELL_GROUPS.length);
  /** The layer that ends the leading ones, -1 when none does. */
  #stop = -1;

  constructor(options: ScanOptions = {}) {
    this.#scan = new LayerScan(options);
  }

  /** Count of bytes since the last `take`. */
  get length(): number {
    return this.#out.length;
  }

  /** The rows written since the last call, as ASCII; valid until the next row. */
  take(): Uint8Array {
    return this.#out.take();
  }

  /** Writes the names of the columns. */
  writeHeader(): void {
    this.#out.text(`${COLUMN_NAMES.join("\t")}\n`);
  }

  /** Writes a frame's row. */
  writeRow(frame: FrameRow): void {
    const { view, offset, end, originalLength, linkType } = frame;
    this.#out.reserve(ROW_LIMIT);
    this.#scan.scan(view, offset, end, originalLength, linkType);
    this.#groupLayers(linkType);
    this.#writeFrame(frame);
    for (let group = 0; group < CELL_GROUPS.length; group++) this.#writeGroup(group);
    this.#writeSummary(linkType);
  }

  #groupLayers(linkType: number): void {
    const scan = this.#scan;
    this.#memberCounts.fill(0);
    this.#leading.fill(0);
    this.#stop = linkType === ETHERNET ? -1 : 0;
    for (let layer = 0; layer < scan.count; layer++) {
      if (scan.kinds[layer] === LayerKind.PADDING) continue;
      const group = cellGroupOf(scan, layer);
      const isLeading = group >= 0 && (scan.flags[layer]! & LayerFlag.QUOTED) === 0;
      if (!isLeading && this.#stop < 0) this.#stop = layer;
      if (group < 0) continue;
      this.#members[group]![this.#memberCounts[group]!++] = layer;
      if (this.#stop < 0) this.#leading[group]!++;
    }
  }

  /** Each cell has its tab behind it. */
  #writeFrame({ number, offset, end, originalLength, linkType, seconds, nanoseconds }: FrameRow): void {
    const out = this.#out;
    out.decimal(number);
    out.character(TAB);
    out.decimal(end - offset);
    out.character(TAB);
    out.decimal(originalLength);
    out.character(TAB);
    out.decimal(ENCAPSULATIONS[linkType] ?? 0);
    out.character(TAB);
    if (seconds !== undefined) {
      out.text(String(seconds));
      out.character(DOT);
      out.paddedDecimal(nanoseconds, 9);
    }
    out.character(TAB);
    this.#writeProtocols();
    out.character(TAB);
  }

  /** The chain of protocols as tshark has it, which calls a type field a layer. */
  #writeProtocols(): void {
    const scan = this.#scan;
    for (let layer = 0; layer < scan.count; layer++) {
      const kind = scan.kinds[layer]!;
      if (kind === LayerKind.PADDING) continue;
      if (layer > 0) this.#out.character(COLON);
      this.#out.text(this.#protocol(layer));
      const hasType = kind === LayerKind.ETHERNET || kind === LayerKind.VLAN;
      if (hasType && scan.kinds[layer + 1] !== LayerKind.LLC) this.#out.text(":ethertype");
    }
  }

  #protocol(layer: number): string {
    return tsharkName(this.#scan.kinds[layer]!, this.#scan.numbers[layer]!);
  }

  /** The columns of a group. Most frames have layers of four groups, one of each. */
  #writeGroup(group: number): void {
    const { columns, write } = CELL_GROUPS[group]!;
    const members = this.#members[group]!;
    const count = this.#memberCounts[group]!;
    if (count === 0) this.#out.character(TAB, columns.length);
    else if (count === 1) write(this.#out, this.#scan, members[0]!);
    else {
      this.#cells.reserve(ROW_LIMIT);
      for (let member = 0; member < count; member++) write(this.#cells, this.#scan, members[member]!);
      joinCells(this.#out, this.#cells.take(), columns.length, count);
    }
  }

  #writeSummary(linkType: number): void {
    const out = this.#out;
    const kind = this.#kind(linkType);
    if (kind === "malformed") out.text("_ws.malformed");
    for (const group of COUNTED_GROUPS) {
      out.character(TAB);
      out.decimal(this.#leading[group]!);
    }
    out.character(TAB);
    if (this.#stop >= 0) out.text(this.#protocol(this.#stop));
    out.character(TAB);
    out.text(kind);
    out.character(LINE_FEED);
  }

  /** What expect.py calls the class of a frame. */
  #kind(linkType: number): string {
    if (linkType !== ETHERNET) return "notether";
    const scan = this.#scan;
    let isBogus = false;
    let isCut = false;
    let isTruncated = false;
    for (let index = 0; index < scan.faultCount; index++) {
      const fault = scan.faults[index];
      isTruncated ||= fault === Fault.CAPTURE_CUT;
      // A header that a fragment does not hold goes on in the next: nothing is wrong with it.
      const isFragment = (scan.flags[scan.faultLayers[index]!]! & LayerFlag.FRAGMENT) !== 0;
      isCut ||= fault === Fault.HEADER_CUT && !isFragment;
      isBogus ||= scan.kinds[scan.faultLayers[index]!] === LayerKind.IPV4 && BOGUS.includes(fault!);
    }
    if (isTruncated) return "truncated";
    return isCut ? "malformed" : isBogus ? "bogus" : "ok";
  }
}

/** Writes the cells of several layers, one after another in `cells`, column by column, those that are empty left out. */
function joinCells(out: AsciiWriter, cells: Uint8Array, columnCount: number, layerCount: number): void {
  const ends: number[] = [];
  for (let at = cells.indexOf(TAB); at >= 0; at = cells.indexOf(TAB, at + 1)) ends.push(at);
  for (let column = 0; column < columnCount; column++) {
    let isFirst = true;
    for (let layer = 0; layer < layerCount; layer++) {
      const cell = layer * columnCount + column;
      const start = cell === 0 ? 0 : ends[cell - 1]! + 1;
      if (start === ends[cell]) continue;
      if (!isFirst) out.character(COMMA);
      out.bytes(cells, start, ends[cell]!);
      isFirst = false;
    }
    out.character(TAB);
  }
}
