/**
 * Writes records as pcapng: what `CaptureReader` reads of the file is equal to them. Sections keep their byte order,
 * so that options and blocks that this code does not know keep their meaning; times keep their units. Obsolete Packet
 * Blocks become Enhanced Packet Blocks. What was classic pcap becomes a section of one interface, little endian.
 */

import { MAX_UINT32, requireInteger, requireSink } from "./arguments.ts";
import { BlockBuilder } from "./block-builder.ts";
import type { CaptureRecord, InterfaceRecord, OtherRecord, PacketRecord, SectionRecord } from "./capture-record.ts";
import { writePacketRecord } from "./enhanced-packet-block.ts";
import { writeInterface } from "./interface-description-block.ts";
import { writeStatisticsRecord } from "./interface-statistics-block.ts";
import { writeNamesRecord } from "./name-resolution-block.ts";
import { OutputBuffer } from "./output-buffer.ts";
import type { RecordWriter } from "./record-writer.ts";
import { unknownInterface } from "./record-writer.ts";
import { writeSectionHeader } from "./section-header-block.ts";
import { isSimplePacket, writeSimplePacket } from "./simple-packet-block.ts";
import type { ByteSink } from "./sink.ts";
import { TimeUnits } from "./time-units.ts";

/** A pcapng capture in the making. The sink gets it in stretches of about 64 KiB, and the rest on `flush`. */
export class PcapngRecordWriter implements RecordWriter {
  readonly #output: OutputBuffer;
  readonly #block: BlockBuilder;
  #hasSection = false;
  /** Interfaces of the sections before: the first id of this one. */
  #firstId = 0;
  /** By the interface's id in the section. */
  #units: TimeUnits[] = [];
  #firstSnapLength = 0;

  constructor(sink: ByteSink) {
    requireSink(sink);
    this.#output = new OutputBuffer(sink);
    this.#block = new BlockBuilder(this.#output, 0);
  }

  write(record: CaptureRecord): void {
    if (!this.#hasSection && record.kind !== "section") {
      throw new RangeError(`expected a section before anything else, found a record of kind ${record.kind}`);
    }
    switch (record.kind) {
      case "packet":
        return this.#writePacket(record);
      case "section":
        return this.#writeSection(record);
      case "interface":
        return this.#writeInterface(record);
      case "names":
        return writeNamesRecord(this.#block, record);
      case "statistics": {
        const units = this.#unitsOf(record.interfaceId);
        return writeStatisticsRecord(this.#block, record.interfaceId - this.#firstId, units, record);
      }
      case "other":
        return this.#writeOther(record);
    }
  }

  flush(): void {
    this.#output.flush();
  }

  #writeSection(section: SectionRecord): void {
    this.#block.littleEndian = section.format === "pcap" || section.byteOrder === "little";
    writeSectionHeader(this.#block, section, section.options);
    this.#hasSection = true;
    this.#firstId += this.#units.length;
    this.#units = [];
  }

  #writeInterface(record: InterfaceRecord): void {
    const id = this.#firstId + this.#units.length;
    if (record.id !== id) throw new RangeError(`expected the interface ${id}, found ${record.id}`);
    requireInteger("linkType", record.linkType, 0, 0xffff);
    requireInteger("snapLength", record.snapLength, 0, MAX_UINT32);
    const units = new TimeUnits(record.unitsPerSecond, record.offsetSeconds);
    writeInterface(this.#block, record);
    if (this.#units.push(units) === 1) this.#firstSnapLength = record.snapLength;
  }

  #writePacket(packet: PacketRecord): void {
    const units = this.#unitsOf(packet.interfaceId);
    requireInteger("originalLength", packet.originalLength, 0, MAX_UINT32);
    const id = packet.interfaceId - this.#firstId;
    if (id === 0 && isSimplePacket(packet, this.#firstSnapLength)) writeSimplePacket(this.#block, packet);
    else writePacketRecord(this.#block, id, units, packet);
  }

  #writeOther({ blockType, bytes }: OtherRecord): void {
    if (bytes.length % 4 !== 0) throw new RangeError(`expected a block of whole words, found ${bytes.length} bytes`);
    this.#block.begin(blockType, bytes.length);
    this.#block.paddedBytes(bytes, 0, bytes.length);
    this.#block.end();
  }

  #unitsOf(interfaceId: number): TimeUnits {
    const end = this.#firstId + this.#units.length;
    return this.#units[interfaceId - this.#firstId] ?? unknownInterface(interfaceId, this.#firstId, end);
  }
}
