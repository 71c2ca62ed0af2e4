/**
 * Writes classic pcap captures (draft-ietf-opsawg-pcap), little endian: for tools that do not read
 * pcapng.
 */

import { describeValue, MAX_UINT32, requireInteger, requirePacket, requireSink, requireTime } from "./arguments.ts";
import { LinkType } from "./link-type.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { Magic, PACKET_HEADER_LENGTH, writeFileHeader } from "./pcap-format.ts";
import type { ByteSink } from "./sink.ts";
import { DEFAULT_SNAP_LENGTH } from "./snap-length.ts";

const MAGIC = { microseconds: Magic.MICROSECONDS, nanoseconds: Magic.NANOSECONDS } as const;

/** Nanoseconds in a unit of a record's second field. */
const UNIT = { microseconds: 1_000, nanoseconds: 1 } as const;

const NANOSECONDS_PER_SECOND = 1_000_000_000;

/** The properties of a classic pcap capture. */
export interface PcapOptions {
  /** Unit of the times in the file. Times are cut to whole units, as the kernel's are. */
  readonly precision: "microseconds" | "nanoseconds";
  /** Unix time of the instant 0, in whole seconds, added to all times. 0 by default. */
  readonly epochSeconds?: number;
  /** Bytes kept of a packet; longer ones are cut. 262,144 by default. */
  readonly snapLength?: number;
  /** Link type of all packets; `LinkType.ETHERNET` by default. */
  readonly linkType?: number;
}

/** A classic pcap capture in the making. The sink gets it in stretches of 64 KiB, and the rest on `flush`. */
export class PcapWriter {
  readonly #output: OutputBuffer;
  readonly #epochSeconds: number;
  readonly #snapLength: number;
  readonly #unit: number;

  /**
   * Writes the file header.
   *
   * @throws TypeError, RangeError for an option of the wrong kind or out of range
   */
  constructor(sink: ByteSink, options: PcapOptions) {
    requireSink(sink);
    const { precision, epochSeconds = 0, snapLength = DEFAULT_SNAP_LENGTH, linkType = LinkType.ETHERNET } = options;
    if (!Object.hasOwn(MAGIC, precision)) {
      throw new RangeError(`expected the precision "microseconds" or "nanoseconds", found ${describeValue(precision)}`);
    }
    requireInteger("epochSeconds", epochSeconds, 0, MAX_UINT32);
    requireInteger("snapLength", snapLength, 1, MAX_UINT32);
    requireInteger("linkType", linkType, 0, 0xffff);
    this.#output = new OutputBuffer(sink);
    this.#epochSeconds = epochSeconds;
    this.#snapLength = snapLength;
    this.#unit = UNIT[precision];
    writeFileHeader(this.#output, MAGIC[precision], snapLength, linkType);
  }

  /**
   * Writes a packet: `length` bytes from `offset` of `bytes`, or as many as the snap length allows.
   *
   * @param time nanoseconds since `epochSeconds`; fractions are cut
   * @param originalLength bytes of the packet on the wire, where `bytes` has only its beginning
   * @throws TypeError, RangeError for an argument of the wrong kind or out of range; nothing is written then
   */
  writePacket(time: number, bytes: Uint8Array, offset: number, length: number, originalLength: number = length): void {
    requireTime("time", time);
    requirePacket(bytes, offset, length);
    requireInteger("originalLength", originalLength, length, MAX_UINT32);
    const captured = Math.min(length, this.#snapLength);
    // The remainder first: taking it away makes the division exact.
    const nanoseconds = time % NANOSECONDS_PER_SECOND;
    const seconds = this.#epochSeconds + (time - nanoseconds) / NANOSECONDS_PER_SECOND;
    requireInteger("the Unix time of a packet", seconds, 0, MAX_UINT32);

    const start = this.#output.reserve(PACKET_HEADER_LENGTH + captured);
    const { view } = this.#output;
    view.setUint32(start, seconds, true);
    view.setUint32(start + 4, nanoseconds / this.#unit, true);
    view.setUint32(start + 8, captured, true);
    view.setUint32(start + 12, originalLength, true);
    this.#output.bytes.set(bytes.subarray(offset, offset + captured), start + PACKET_HEADER_LENGTH);
    this.#output.commit(start + PACKET_HEADER_LENGTH + captured);
  }

  /** Gives the sink what it has not got yet. */
  flush(): void {
    this.#output.flush();
  }
}
