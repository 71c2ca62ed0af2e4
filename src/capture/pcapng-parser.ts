/** Takes pcapng apart (draft-ietf-opsawg-pcapng): framing of blocks, and which code reads each. */

import { BlockReader } from "./block-reader.ts";
import { BlockType } from "./block-type.ts";
import { CaptureError } from "./capture-error.ts";
import type { CaptureLimits } from "./capture-limits.ts";
import type { CaptureParser } from "./capture-parser.ts";
import type { CaptureRecord } from "./capture-record.ts";
import { readEnhancedPacket } from "./enhanced-packet-block.ts";
import { readInterfaceDescription } from "./interface-description-block.ts";
import { readInterfaceStatistics } from "./interface-statistics-block.ts";
import { InterfaceTable } from "./interface-table.ts";
import { readNameResolution } from "./name-resolution-block.ts";
import { readObsoletePacket } from "./obsolete-packet-block.ts";
import { PacketFields } from "./packet-fields.ts";
import { littleEndianSection, readSectionHeader } from "./section-header-block.ts";
import { readSimplePacket } from "./simple-packet-block.ts";

/** Type and total length; a section's byte order stands behind them. */
const HEADER_LENGTH = 8;
const SECTION_HEADER_LENGTH = 12;
/** The total length again. */
const TRAILER_LENGTH = 4;

export class PcapngParser implements CaptureParser {
  readonly #visit: (record: CaptureRecord) => void;
  readonly #maxBlockLength: number;
  readonly #maxPacketLength: number;
  readonly #block = new BlockReader();
  readonly #interfaces: InterfaceTable;
  readonly #packet = new PacketFields();
  wanted: number = SECTION_HEADER_LENGTH;
  readonly wantedName = "a block";

  constructor(visit: (record: CaptureRecord) => void, limits: Required<CaptureLimits>) {
    this.#visit = visit;
    this.#maxBlockLength = limits.maxBlockLength;
    this.#maxPacketLength = limits.maxPacketLength;
    this.#interfaces = new InterfaceTable(limits.maxInterfaces);
  }

  consume(bytes: Uint8Array, view: DataView, offset: number, end: number, origin: number): number {
    const block = this.#block;
    block.use(bytes, view, origin);
    let at = offset;
    for (;;) {
      this.wanted = this.#totalLength(view, at, end, origin);
      const next = at + this.wanted;
      if (next > end) return at;
      const last = block.uint32(next - TRAILER_LENGTH);
      if (last !== next - at) {
        throw new CaptureError(`the block's length ${next - at} again`, `${last}`, origin + next - TRAILER_LENGTH);
      }
      block.begin(at + HEADER_LENGTH, next - TRAILER_LENGTH);
      this.#read(block.uint32(at));
      at = next;
    }
  }

  /** Of the block at `at`; that of its header when there is not even that. @throws CaptureError when it cannot be */
  #totalLength(view: DataView, at: number, end: number, origin: number): number {
    if (at + HEADER_LENGTH > end) return HEADER_LENGTH;
    const isSection = view.getUint32(at) === BlockType.SECTION_HEADER;
    const least = isSection ? SECTION_HEADER_LENGTH : HEADER_LENGTH;
    if (isSection) {
      if (at + SECTION_HEADER_LENGTH > end) return SECTION_HEADER_LENGTH;
      const littleEndian = littleEndianSection(view, at + HEADER_LENGTH);
      if (littleEndian === undefined) {
        const found = view
          .getUint32(at + HEADER_LENGTH)
          .toString(16)
          .padStart(8, "0");
        throw new CaptureError("the byte-order magic 1a2b3c4d or 4d3c2b1a", found, origin + at + HEADER_LENGTH);
      }
      this.#block.littleEndian = littleEndian;
    }
    const length = this.#block.uint32(at + 4);
    if (length >= least + TRAILER_LENGTH && length <= this.#maxBlockLength && length % 4 === 0) return length;
    const range = `from ${least + TRAILER_LENGTH} to ${this.#maxBlockLength}`;
    throw new CaptureError(`a block's length ${range}, a multiple of 4`, `${length}`, origin + at + 4);
  }

  #read(type: number): void {
    const [block, interfaces, packet] = [this.#block, this.#interfaces, this.#packet];
    switch (type) {
      case BlockType.ENHANCED_PACKET:
        readEnhancedPacket(block, interfaces, this.#maxPacketLength, packet);
        return this.#visit(packet);
      case BlockType.SIMPLE_PACKET:
        readSimplePacket(block, interfaces, this.#maxPacketLength, packet);
        return this.#visit(packet);
      case BlockType.OBSOLETE_PACKET:
        readObsoletePacket(block, interfaces, this.#maxPacketLength, packet);
        return this.#visit(packet);
      case BlockType.SECTION_HEADER:
        interfaces.startSection();
        return this.#visit(readSectionHeader(block));
      case BlockType.INTERFACE_DESCRIPTION: {
        const record = readInterfaceDescription(block, interfaces.nextId);
        interfaces.add(block, record);
        return this.#visit(record);
      }
      case BlockType.NAME_RESOLUTION:
        return this.#visit(readNameResolution(block));
      case BlockType.INTERFACE_STATISTICS:
        return this.#visit(readInterfaceStatistics(block, interfaces));
      default:
        return this.#visit({ kind: "other", blockType: type, bytes: block.bytes.subarray(block.start, block.end) });
    }
  }
}
