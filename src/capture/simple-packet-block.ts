/**
 * The Simple Packet Block (draft-ietf-opsawg-pcapng, section 4.4): a packet of the section's first interface, without
 * a time.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Original Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /            Packet Data (variable, padded to 32 bits)          /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

import type { BlockBuilder } from "./block-builder.ts";
import type { BlockReader } from "./block-reader.ts";
import { BlockType } from "./block-type.ts";
import type { PacketRecord } from "./capture-record.ts";
import type { InterfaceTable } from "./interface-table.ts";
import type { PacketFields } from "./packet-fields.ts";
import { takePacketBytes } from "./packet-fields.ts";

const FIELDS_LENGTH = 4;

/** Whether the block can tell all that a record of the section's first interface has. */
export function isSimplePacket(packet: PacketRecord, snapLength: number): boolean {
  if (packet.hasTime || packet.flags !== undefined || packet.direction !== undefined) return false;
  if (packet.packetId !== undefined || packet.comments.length > 0 || packet.options.length > 0) return false;
  return packet.bytes.length === capturedLength(packet.originalLength, snapLength);
}

/** Writes the block in the builder's byte order. */
export function writeSimplePacket(block: BlockBuilder, packet: PacketRecord): void {
  block.begin(BlockType.SIMPLE_PACKET, FIELDS_LENGTH + packet.bytes.length + 3);
  block.uint32(packet.originalLength);
  block.packet(packet);
  block.end();
}

/** Reads the block into `packet`. @throws CaptureError */
export function readSimplePacket(
  block: BlockReader,
  interfaces: InterfaceTable,
  packetLimit: number,
  packet: PacketFields,
): void {
  block.requireLength(FIELDS_LENGTH, "a simple packet");
  const { start } = block;
  interfaces.units(block, 0);
  packet.interfaceId = interfaces.recordId(0);
  packet.hasTime = false;
  packet.seconds = 0;
  packet.nanoseconds = 0;
  packet.originalLength = block.uint32(start);
  packet.clearOptions();
  const length = capturedLength(packet.originalLength, interfaces.snapLength(0));
  takePacketBytes(block, length, start, start + FIELDS_LENGTH, packetLimit, packet);
}

/** The block does not tell: it is what the interface keeps. */
function capturedLength(originalLength: number, snapLength: number): number {
  return snapLength === 0 ? originalLength : Math.min(originalLength, snapLength);
}
