/** The one packet record that a reader fills again and again, and how the blocks of pcapng fill it. */

import type { BlockReader } from "./block-reader.ts";
import type { CaptureOption, PacketRecord } from "./capture-record.ts";
import { NONE } from "./capture-record.ts";
import { COPIED_BY_WORDS, copyWords } from "./copy-bytes.ts";
import type { InterfaceTable } from "./interface-table.ts";
import type { TimeUnits } from "./time-units.ts";

/** Bits 0 and 1 of the flags word (draft-ietf-opsawg-pcapng, section 4.3.1). */
const DIRECTION_MASK = 3;
const INBOUND = 1;
const OUTBOUND = 2;

/** Of Enhanced and obsolete Packet Blocks: length of the fields, and positions in the body. */
export const TIMED_FIELDS_LENGTH = 20;
const TIMESTAMP = 4;
const CAPTURED_LENGTH = 12;
const ORIGINAL_LENGTH = 16;

/**
 * A packet record whose fields can be set. All of them are there from the beginning, in one order; `bytes` is made when
 * somebody asks for it, which takes as long as the rest of reading a packet (80 ns), and writers need not.
 */
export class PacketFields implements PacketRecord {
  readonly kind = "packet";
  interfaceId = 0;
  hasTime = true;
  seconds = 0;
  nanoseconds = 0;
  declare readonly bytes: Uint8Array;
  originalLength = 0;
  direction: "in" | "out" | undefined = undefined;
  flags: number | undefined = undefined;
  packetId: number | undefined = undefined;
  comments: readonly string[] = NONE;
  options: readonly CaptureOption[] = NONE;
  /** A property of each object itself, so that copies of it have the bytes; one function, so that V8 sees one shape. */
  static readonly #bytesProperty: PropertyDescriptor & ThisType<PacketFields> = {
    enumerable: true,
    get() {
      return this.#bytes();
    },
  };

  #chunk: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#chunk.buffer);
  #start = 0;
  #length = 0;
  #window: Uint8Array | undefined;

  constructor() {
    Object.defineProperty(this, "bytes", PacketFields.#bytesProperty);
  }

  /** The packet is `length` bytes of a chunk; `view`: of the same bytes. */
  place(chunk: Uint8Array, view: DataView, start: number, length: number): void {
    this.#chunk = chunk;
    this.#view = view;
    this.#start = start;
    this.#length = length;
    this.#window = undefined;
  }

  /** Length of the bytes. */
  get capturedLength(): number {
    return this.#length;
  }

  /** Copies the bytes to `at` of a buffer. */
  copyInto(target: Uint8Array, targetView: DataView, at: number): void {
    if (this.#length <= COPIED_BY_WORDS) copyWords(this.#view, this.#start, targetView, at, this.#length);
    else target.set(this.#bytes(), at);
  }

  #bytes(): Uint8Array {
    const { buffer, byteOffset } = this.#chunk;
    // `subarray` takes twice as long.
    return (this.#window ??= new Uint8Array(buffer, byteOffset + this.#start, this.#length));
  }

  /** Leaves nothing of the packet before in the fields that not all packets have. */
  clearOptions(): void {
    this.direction = undefined;
    this.flags = undefined;
    this.packetId = undefined;
    this.comments = NONE;
    this.options = NONE;
  }

  setFlags(flags: number): void {
    const direction = flags & DIRECTION_MASK;
    this.flags = flags;
    this.direction = direction === INBOUND ? "in" : direction === OUTBOUND ? "out" : undefined;
  }
}

/** Bytes of a packet that were captured. */
export function capturedLength(packet: PacketRecord): number {
  return packet instanceof PacketFields ? packet.capturedLength : packet.bytes.length;
}

/** Copies the bytes of a packet to `at` of a buffer. */
export function copyPacket(packet: PacketRecord, target: Uint8Array, targetView: DataView, at: number): void {
  if (packet instanceof PacketFields) packet.copyInto(target, targetView, at);
  else target.set(packet.bytes, at);
}

/** Reads the time at a position, upper half first whatever the byte order. @throws CaptureError beyond 2^53 seconds */
export function readTime(
  block: BlockReader,
  units: TimeUnits,
  position: number,
  time: { seconds: number; nanoseconds: number },
): void {
  if (!units.read(block.uint32(position), block.uint32(position + 4))) {
    throw block.error("a time of less than 2^53 seconds", `${units.seconds}`, position);
  }
  time.seconds = units.seconds;
  time.nanoseconds = units.nanoseconds;
}

/**
 * Reads into `packet` what an Enhanced Packet Block and an obsolete one have at the same positions, all but the id of
 * the interface in the section, and goes on to the options. @throws CaptureError
 */
export function readTimedPacket(
  block: BlockReader,
  interfaces: InterfaceTable,
  id: number,
  packetLimit: number,
  packet: PacketFields,
): void {
  const { start } = block;
  packet.interfaceId = interfaces.recordId(id);
  packet.hasTime = true;
  packet.originalLength = block.uint32(start + ORIGINAL_LENGTH);
  packet.clearOptions();
  readTime(block, interfaces.units(block, id), start + TIMESTAMP, packet);
  const length = block.uint32(start + CAPTURED_LENGTH);
  takePacketBytes(block, length, start + CAPTURED_LENGTH, start + TIMED_FIELDS_LENGTH, packetLimit, packet);
}

/**
 * Takes the packet's `length` bytes from `first` on, and goes on to the options behind its padding.
 *
 * @param lengthPosition where the length stands: what to blame
 * @throws CaptureError when it is longer than the limit or the block
 */
export function takePacketBytes(
  block: BlockReader,
  length: number,
  lengthPosition: number,
  first: number,
  packetLimit: number,
  packet: PacketFields,
): void {
  if (length > packetLimit) throw block.error(`a packet of at most ${packetLimit} bytes`, `${length}`, lengthPosition);
  const room = block.end - first;
  if (length > room) throw block.error(`a packet of ${length} bytes`, `a block with room for ${room}`, lengthPosition);
  packet.place(block.bytes, block.view, first, length);
  block.beginOptions(Math.min(block.end, first + ((length + 3) & ~3)));
}
