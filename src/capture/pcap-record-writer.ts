/**
 * Writes records as classic pcap, little endian: packets with their times and lengths, for which alone it has room.
 * Packets without a time get that of 1970.
 */

import { MAX_UINT32, requireInteger, requireSink } from "./arguments.ts";
import type { CaptureRecord, InterfaceRecord, PacketRecord } from "./capture-record.ts";
import { linkTypeName } from "./link-type.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { capturedLength, copyPacket } from "./packet-fields.ts";
import { fcsBits, Magic, PACKET_HEADER_LENGTH, writeFileHeader } from "./pcap-format.ts";
import type { RecordWriter } from "./record-writer.ts";
import { unknownInterface } from "./record-writer.ts";
import type { ByteSink } from "./sink.ts";
import { DEFAULT_SNAP_LENGTH } from "./snap-length.ts";

const MICROSECONDS_PER_SECOND = 1e6;

/**
 * A classic pcap capture in the making. The file header is written before the first packet: in microseconds when all
 * interfaces so far count in those or coarser units, otherwise in nanoseconds, with the link type of the interface
 * that the packet comes from. Of a section of pcapng, where interfaces and sections may follow that keep longer packets,
 * it has a snap length of 262,144 bytes at least; finer times of such interfaces are cut, and counted. The sink gets the
 * capture in stretches of 64 KiB, and the rest on `flush`.
 */
export class PcapRecordWriter implements RecordWriter {
  readonly #output: OutputBuffer;
  /** Of the section, and the id of its first. */
  #interfaces: InterfaceRecord[] = [];
  #firstId = 0;
  /** Nanoseconds in a unit of the file's times; 0 before the file header is written. */
  #unit = 0;
  /** Whether packets of the section's interfaces have the file's link type. */
  #fits: boolean[] = [];
  #linkType = 0;
  /** Records that the format has no room for. */
  leftOutCount = 0;
  /** Comments of packets, likewise. */
  leftOutComments = 0;
  /** Packets whose times are finer than microseconds, in which the file turned out to be. */
  cutTimes = 0;
  /** Whether no interface can follow. */
  #isClassic = false;

  constructor(sink: ByteSink) {
    requireSink(sink);
    this.#output = new OutputBuffer(sink);
  }

  write(record: CaptureRecord): void {
    switch (record.kind) {
      case "packet":
        return this.#writePacket(record);
      case "interface":
        return this.#addInterface(record);
      case "section":
        this.#isClassic = record.format === "pcap";
        this.#firstId += this.#interfaces.length;
        this.#interfaces = [];
        this.#fits = [];
        return;
      default:
        this.leftOutCount++;
    }
  }

  /** Also writes the file header of a capture without packets. */
  flush(): void {
    if (this.#unit === 0) this.#begin(this.#interfaces[0]);
    this.#output.flush();
  }

  #addInterface(record: InterfaceRecord): void {
    const id = this.#firstId + this.#interfaces.length;
    if (record.id !== id) throw new RangeError(`expected the interface ${id}, found ${record.id}`);
    this.#interfaces.push(record);
    this.#fits.push(record.linkType === this.#linkType);
  }

  #begin(first: InterfaceRecord | undefined): void {
    const inMicroseconds = this.#interfaces.every(({ unitsPerSecond }) => unitsPerSecond <= MICROSECONDS_PER_SECOND);
    const least = this.#isClassic ? 1 : DEFAULT_SNAP_LENGTH;
    const snapLength = Math.max(...this.#interfaces.map((record) => record.snapLength || DEFAULT_SNAP_LENGTH), least);
    this.#unit = inMicroseconds ? 1_000 : 1;
    this.#linkType = first?.linkType ?? 1;
    this.#fits = this.#interfaces.map(({ linkType }) => linkType === this.#linkType);
    const magic = inMicroseconds ? Magic.MICROSECONDS : Magic.NANOSECONDS;
    writeFileHeader(this.#output, magic, snapLength, this.#linkType | fcsBits(first?.fcsLength));
  }

  #writePacket(packet: PacketRecord): void {
    const { originalLength, seconds, interfaceId } = packet;
    if (this.#fits[interfaceId - this.#firstId] !== true || this.#unit === 0) this.#admit(interfaceId);
    requireInteger("originalLength", originalLength, 0, MAX_UINT32);
    requireInteger("the Unix time of a packet", seconds, 0, MAX_UINT32);
    const length = capturedLength(packet);
    const start = this.#output.reserve(PACKET_HEADER_LENGTH + length);
    const { view } = this.#output;
    view.setUint32(start, seconds, true);
    view.setUint32(start + 4, packet.nanoseconds / this.#unit, true);
    view.setUint32(start + 8, length, true);
    view.setUint32(start + 12, originalLength, true);
    copyPacket(packet, this.#output.bytes, view, start + PACKET_HEADER_LENGTH);
    this.#output.commit(start + PACKET_HEADER_LENGTH + length);
    this.leftOutComments += packet.comments.length;
    if (packet.nanoseconds % this.#unit !== 0) this.cutTimes++;
  }

  /** The first packet, or one that the file's link type does not fit. @throws RangeError for the latter */
  #admit(interfaceId: number): void {
    const end = this.#firstId + this.#interfaces.length;
    const source = this.#interfaces[interfaceId - this.#firstId] ?? unknownInterface(interfaceId, this.#firstId, end);
    if (this.#unit === 0) this.#begin(source);
    if (source.linkType === this.#linkType) return;
    const [expected, found] = [linkTypeName(this.#linkType), linkTypeName(source.linkType)];
    throw new RangeError(
      `expected packets of the link type ${expected} alone, as classic pcap has one, found ${found}`,
    );
  }
}
