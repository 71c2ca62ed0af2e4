/**
 * The Interface Statistics Block (draft-ietf-opsawg-pcapng, section 4.6): what an interface has counted.
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
 * /                       Options (variable)                      /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

import { requireOptionalInteger, requireTime } from "./arguments.ts";
import { optionLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";

const BLOCK_TYPE = 5;
const FIELDS_LENGTH = 12;

const Option = {
  START_TIME: 2,
  END_TIME: 3,
  RECEIVED: 4,
  DROPPED: 5,
  ACCEPTED_BY_FILTER: 6,
  OS_DROPPED: 7,
  DELIVERED: 8,
} as const;

const LENGTH_LIMIT = FIELDS_LENGTH + Object.keys(Option).length * optionLimit(8);

/** What an interface has counted since the capture started; counts are integers below 2^53. */
export interface InterfaceStatistics {
  /** When the capture started on this interface, in nanoseconds as all times. */
  readonly startTime?: number;
  /** When it ended. */
  readonly endTime?: number;
  /** Packets that the interface received. */
  readonly received?: number;
  /** Packets that the interface dropped for lack of resources. */
  readonly dropped?: number;
  /** Packets that passed the filter. */
  readonly acceptedByFilter?: number;
  /** Packets that the operating system dropped. */
  readonly osDropped?: number;
  /** Packets that reached the capture. */
  readonly delivered?: number;
}

/** Writes the block. The caller has checked the interface id and the time. */
export function writeInterfaceStatistics(
  block: BlockBuilder,
  interfaceId: number,
  time: number,
  statistics: InterfaceStatistics,
): void {
  const { startTime, endTime, received, dropped, acceptedByFilter, osDropped, delivered } = statistics;
  const counts = { received, dropped, acceptedByFilter, osDropped, delivered };
  for (const [name, count] of Object.entries(counts)) requireOptionalInteger(name, count, 0, Number.MAX_SAFE_INTEGER);
  block.begin(BLOCK_TYPE, LENGTH_LIMIT);
  block.uint32(interfaceId);
  block.timestamp(time);
  writeTime(block, Option.START_TIME, "startTime", startTime);
  writeTime(block, Option.END_TIME, "endTime", endTime);
  block.uint64Option(Option.RECEIVED, received);
  block.uint64Option(Option.DROPPED, dropped);
  block.uint64Option(Option.ACCEPTED_BY_FILTER, acceptedByFilter);
  block.uint64Option(Option.OS_DROPPED, osDropped);
  block.uint64Option(Option.DELIVERED, delivered);
  block.end();
}

function writeTime(block: BlockBuilder, code: number, name: string, time: number | undefined): void {
  if (time === undefined) return;
  requireTime(name, time);
  block.beginOption(code);
  block.timestamp(time);
  block.endValue();
}
