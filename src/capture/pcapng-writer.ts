/**
 * Writes pcapng captures (draft-ietf-opsawg-pcapng): one section, little endian, times in nanoseconds.
 *
 * After the Section Header Block come, in the order of the calls, a block for each interface, packet and
 * set of statistics, and blocks of names. The capture is whole at the end of every block: one that was
 * broken off can be read up to there.
 */

import { MAX_UINT32, requireInteger, requirePacket, requireSink, requireTime } from "./arguments.ts";
import { BlockBuilder } from "./block-builder.ts";
import { directionBits, writeEnhancedPacket } from "./enhanced-packet-block.ts";
import type { PacketDetails } from "./enhanced-packet-block.ts";
import { writeFrameVector } from "./frame-vector.ts";
import type { FrameMemory } from "./frame-vector.ts";
import { writeInterfaceDescription } from "./interface-description-block.ts";
import type { InterfaceDescription } from "./interface-description-block.ts";
import { writeInterfaceStatistics } from "./interface-statistics-block.ts";
import type { InterfaceStatistics } from "./interface-statistics-block.ts";
import { writeNameResolution } from "./name-resolution-block.ts";
import type { AddressNames } from "./name-resolution-block.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { writeSectionHeader } from "./section-header-block.ts";
import type { SectionDescription } from "./section-header-block.ts";
import type { ByteSink } from "./sink.ts";
import { DEFAULT_SNAP_LENGTH } from "./snap-length.ts";

const NO_DETAILS: PacketDetails = {};

/** The properties of a pcapng capture. */
export interface PcapngOptions extends SectionDescription {
  /** Unix time of the instant 0 in whole seconds, below 2^32, added to all times. 0 by default. */
  readonly epochSeconds?: number;
}

/**
 * A pcapng capture in the making. The sink gets it in stretches of about 64 KiB, and the rest on `flush`.
 * Times are nanoseconds since `epochSeconds`, below 2^53 (104 days); fractions are cut. Every method
 * throws a TypeError for an argument of the wrong kind and a RangeError for one out of range, and leaves
 * the block out that it was to write.
 */
export class PcapngWriter {
  readonly #output: OutputBuffer;
  readonly #block: BlockBuilder;
  /** By interface id. */
  readonly #snapLengths: number[] = [];

  /** Writes the Section Header Block. */
  constructor(sink: ByteSink, options: PcapngOptions = {}) {
    requireSink(sink);
    const { epochSeconds = 0 } = options;
    requireInteger("epochSeconds", epochSeconds, 0, MAX_UINT32);
    this.#output = new OutputBuffer(sink);
    this.#block = new BlockBuilder(this.#output, epochSeconds);
    writeSectionHeader(this.#block, options);
  }

  /** Writes an Interface Description Block. Returns the interface's id: 0, 1, 2 and so on. */
  addInterface(description: InterfaceDescription): number {
    writeInterfaceDescription(this.#block, description);
    return this.#snapLengths.push(description.snapLength ?? DEFAULT_SNAP_LENGTH) - 1;
  }

  /**
   * Writes names of IPv4 addresses, in Name Resolution Blocks of about 32 KiB. They belong behind the first interface:
   * Wireshark's editcap and mergecap refuse to write a capture again that has them before it.
   */
  addNames(entries: readonly AddressNames[]): void {
    writeNameResolution(this.#block, entries);
  }

  /**
   * Writes an Enhanced Packet Block: `length` bytes from `offset` of `bytes`, or as many as the snap length
   * of the interface allows.
   */
  writePacket(
    interfaceId: number,
    time: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    details: PacketDetails = NO_DETAILS,
  ): void {
    const snapLength = this.#snapLength(interfaceId);
    requireTime("time", time);
    requirePacket(bytes, offset, length);
    writeEnhancedPacket(this.#block, interfaceId, snapLength, time, bytes, offset, length, details);
  }

  /**
   * Writes an Enhanced Packet Block with direction and packet id for each of the frames handles[first..end) of
   * `memory`: what `writePacket` writes of each, in a fraction of its time.
   */
  writeFrames(
    interfaceId: number,
    time: number,
    direction: "in" | "out",
    memory: FrameMemory,
    handles: Int32Array,
    first: number,
    end: number,
  ): void {
    const snapLength = this.#snapLength(interfaceId);
    requireTime("time", time);
    const flags = directionBits(direction);
    const [output, block] = [this.#output, this.#block];
    writeFrameVector(output, block, interfaceId, snapLength, time, flags, memory, handles, first, end);
  }

  /** Writes an Interface Statistics Block: what the interface has counted up to `time`. */
  writeStatistics(interfaceId: number, time: number, statistics: InterfaceStatistics): void {
    this.#snapLength(interfaceId);
    requireTime("time", time);
    writeInterfaceStatistics(this.#block, interfaceId, time, statistics);
  }

  /** Gives the sink what it has not got yet. */
  flush(): void {
    this.#output.flush();
  }

  #snapLength(interfaceId: number): number {
    const snapLength = this.#snapLengths[interfaceId];
    if (snapLength !== undefined) return snapLength;
    const known = this.#snapLengths.length === 0 ? "none was" : `0 to ${this.#snapLengths.length - 1} were`;
    throw new RangeError(`expected the id of an interface (${known} added), found ${interfaceId}`);
  }
}
