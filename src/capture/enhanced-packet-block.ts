/**
 * The Enhanced Packet Block (draft-ietf-opsawg-pcapng, section 4.3): a packet as one interface saw it.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Interface ID                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        (Upper 32 bits)                        |
 * + - - - - - - - - - - - -  Timestamp  - - - - - - - - - - - - - +
 * |                        (Lower 32 bits)                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Captured Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Original Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /            Packet Data (variable, padded to 32 bits)          /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /                       Options (variable)                      /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

import { describeValue, MAX_UINT32, requireInteger, requireOptionalInteger, requireText } from "./arguments.ts";
import { optionLimit, optionsLimit, textOptionLimit, textsLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";
import type { BlockReader } from "./block-reader.ts";
import { BlockType } from "./block-type.ts";
import type { PacketRecord } from "./capture-record.ts";
import type { InterfaceTable } from "./interface-table.ts";
import type { PacketFields } from "./packet-fields.ts";
import { capturedLength, readTimedPacket, TIMED_FIELDS_LENGTH as FIELDS_LENGTH } from "./packet-fields.ts";
import type { TimeUnits } from "./time-units.ts";

/** The fields, the padding of the packet, and the options that are not text. */
const LENGTH_WITHOUT_TEXT = FIELDS_LENGTH + 3 + optionLimit(4) + optionLimit(8) + optionLimit(9);

const Option = { FLAGS: 2, PACKET_ID: 5, VERDICT: 7 } as const;

/**
 * The type of verdict that is written, Linux_eBPF_TC: the others are XDP's and a device's own bytes. Wireshark shows it as
 * frame.verdict.ebpf_tc, by number.
 */
const TC_VERDICT = 1;
/** linux/pkt_cls.h: TC_ACT_OK and TC_ACT_SHOT. */
const TC_ACTIONS = { pass: 0, drop: 2 } as const;

/** Bits 0 and 1 of the flags word (section 4.3.1). */
const INBOUND = 1;
const OUTBOUND = 2;
const DIRECTION_MASK = 3;

/** About a packet, beside its bytes. Fields may be undefined, so that one object can serve packet after packet. */
export interface PacketDetails {
  /** Bytes of the packet on the wire, where only its beginning is there. */
  originalLength?: number | undefined;
  /** As the interface sees it: "in" was received, "out" was sent. */
  direction?: "in" | "out" | undefined;
  /** The same at every interface that sees the packet, an integer below 2^53. */
  packetId?: number | undefined;
  /** What was decided about the packet, as a TC program would have it. */
  verdict?: "pass" | "drop" | undefined;
  /** Text for people; at most 65,535 bytes as UTF-8. */
  comment?: string | undefined;
}

/** Writes the block, with at most `snapLength` bytes of the packet. All but `details` are checked by the caller. */
export function writeEnhancedPacket(
  block: BlockBuilder,
  interfaceId: number,
  snapLength: number,
  time: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  details: PacketDetails,
): void {
  const { originalLength = length, direction, packetId, verdict, comment } = details;
  requireInteger("originalLength", originalLength, length, MAX_UINT32);
  requireOptionalInteger("packetId", packetId, 0, Number.MAX_SAFE_INTEGER);
  requireText("comment", comment);
  const captured = Math.min(length, snapLength);
  block.begin(BlockType.ENHANCED_PACKET, LENGTH_WITHOUT_TEXT + captured + textOptionLimit(comment));
  block.uint32(interfaceId);
  block.timestamp(time);
  block.uint32(captured);
  block.uint32(originalLength);
  block.paddedBytes(bytes, offset, captured);
  block.comment(comment);
  if (direction !== undefined) {
    block.beginOption(Option.FLAGS);
    block.uint32(directionBits(direction));
    block.endValue();
  }
  block.uint64Option(Option.PACKET_ID, packetId);
  if (verdict !== undefined) {
    block.beginOption(Option.VERDICT);
    block.uint8(TC_VERDICT);
    block.uint64(tcAction(verdict));
    block.endValue();
  }
  block.end();
}

/** @throws RangeError for another verdict */
function tcAction(verdict: "pass" | "drop"): number {
  if (verdict === "pass" || verdict === "drop") return TC_ACTIONS[verdict];
  throw new RangeError(`expected the verdict "pass" or "drop", found ${describeValue(verdict)}`);
}

/**
 * Writes the block as a record has it, in the builder's byte order; `interfaceId`: in the section. A packet without a
 * time gets the first that the interface's units tell, as the block has no other way to say so.
 */
export function writePacketRecord(
  block: BlockBuilder,
  interfaceId: number,
  units: TimeUnits,
  packet: PacketRecord,
): void {
  const { flags, direction, packetId, comments, options } = packet;
  units.count(packet.hasTime ? packet.seconds : units.offsetSeconds, packet.nanoseconds);
  const captured = capturedLength(packet);
  const limit = LENGTH_WITHOUT_TEXT + captured + textsLimit(comments) + optionsLimit(options);
  block.begin(BlockType.ENHANCED_PACKET, limit);
  block.uint32(interfaceId);
  block.uint32(units.high);
  block.uint32(units.low);
  block.uint32(captured);
  block.uint32(packet.originalLength);
  block.packet(packet);
  block.comments(comments);
  if (flags !== undefined || direction !== undefined) {
    block.beginOption(Option.FLAGS);
    block.uint32(direction === undefined ? flags! : ((flags ?? 0) & ~DIRECTION_MASK) | directionBits(direction));
    block.endValue();
  }
  block.uint64Option(Option.PACKET_ID, packetId);
  block.options(options);
  block.end();
}

/** Reads the block into `packet`. @throws CaptureError */
export function readEnhancedPacket(
  block: BlockReader,
  interfaces: InterfaceTable,
  packetLimit: number,
  packet: PacketFields,
): void {
  block.requireLength(FIELDS_LENGTH, "an enhanced packet");
  readTimedPacket(block, interfaces, block.uint32(block.start), packetLimit, packet);
  if (block.position < block.end) readPacketOptions(block, packet);
}

/** The options of this block and of the obsolete one; `block` stands before them. */
export function readPacketOptions(block: BlockReader, packet: PacketFields): void {
  while (block.nextOption()) {
    const { code, valueLength } = block;
    const packetId = code === Option.PACKET_ID ? block.uint64() : undefined;
    if (packetId !== undefined) packet.packetId = packetId;
    else if (code === Option.FLAGS && valueLength === 4) packet.setFlags(block.uint32(block.valueStart));
    else block.keep();
  }
  packet.comments = block.comments;
  packet.options = block.options;
}

/** Bits of the flags word. @throws RangeError for another direction */
export function directionBits(direction: "in" | "out"): number {
  if (direction === "in") return INBOUND;
  if (direction === "out") return OUTBOUND;
  throw new RangeError(`expected the direction "in" or "out", found ${describeValue(direction)}`);
}
