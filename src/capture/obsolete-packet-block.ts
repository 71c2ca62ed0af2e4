/**
 * The Packet Block (draft-ietf-opsawg-pcapng, appendix A), which the Enhanced Packet Block has replaced: it is read,
 * and written as its successor.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Interface ID          |          Drops Count          |
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

import type { BlockReader } from "./block-reader.ts";
import type { CaptureOption } from "./capture-record.ts";
import { readPacketOptions } from "./enhanced-packet-block.ts";
import type { InterfaceTable } from "./interface-table.ts";
import type { PacketFields } from "./packet-fields.ts";
import { readTimedPacket, TIMED_FIELDS_LENGTH as FIELDS_LENGTH } from "./packet-fields.ts";

/** Position of a field in the body. */
const DROPS_COUNT = 2;

/** The count is not known. */
const UNKNOWN = 0xffff;

/** Packets lost since the packet before: an option of the Enhanced Packet Block. */
const DROP_COUNT_OPTION = 4;

/** Reads the block into `packet`, a count of drops as the option that has replaced it. @throws CaptureError */
export function readObsoletePacket(
  block: BlockReader,
  interfaces: InterfaceTable,
  packetLimit: number,
  packet: PacketFields,
): void {
  block.requireLength(FIELDS_LENGTH, "an obsolete packet");
  readTimedPacket(block, interfaces, block.uint16(block.start), packetLimit, packet);
  readPacketOptions(block, packet);
  const drops = block.uint16(block.start + DROPS_COUNT);
  if (drops !== 0 && drops !== UNKNOWN) packet.options = [...packet.options, dropCount(drops, block.littleEndian)];
}

function dropCount(drops: number, littleEndian: boolean): CaptureOption {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, BigInt(drops), littleEndian);
  return { code: DROP_COUNT_OPTION, value };
}
