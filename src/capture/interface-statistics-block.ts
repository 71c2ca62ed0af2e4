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
import { optionLimit, optionsLimit, textsLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";
import type { BlockReader } from "./block-reader.ts";
import { BlockType } from "./block-type.ts";
import type { CaptureTime, StatisticsRecord } from "./capture-record.ts";
import type { InterfaceTable } from "./interface-table.ts";
import { readTime } from "./packet-fields.ts";
import type { TimeUnits } from "./time-units.ts";

const FIELDS_LENGTH = 12;
/** Position of the time in the body. */
const TIMESTAMP = 4;

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
  readonly startTime?: number | undefined;
  /** When it ended. */
  readonly endTime?: number | undefined;
  /** Packets that the interface received. */
  readonly received?: number | undefined;
  /** Packets that the interface dropped for lack of resources. */
  readonly dropped?: number | undefined;
  /** Packets that passed the filter. */
  readonly acceptedByFilter?: number | undefined;
  /** Packets that the operating system dropped. */
  readonly osDropped?: number | undefined;
  /** Packets that reached the capture. */
  readonly delivered?: number | undefined;
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
  block.begin(BlockType.INTERFACE_STATISTICS, LENGTH_LIMIT);
  block.uint32(interfaceId);
  block.timestamp(time);
  writeTime(block, Option.START_TIME, "startTime", startTime);
  writeTime(block, Option.END_TIME, "endTime", endTime);
  writeCounts(block, statistics);
  block.end();
}

/** Writes the block as a record has it, in the builder's byte order; `interfaceId`: in the section. */
export function writeStatisticsRecord(
  block: BlockBuilder,
  interfaceId: number,
  units: TimeUnits,
  record: StatisticsRecord,
): void {
  block.begin(
    BlockType.INTERFACE_STATISTICS,
    LENGTH_LIMIT + textsLimit(record.comments) + optionsLimit(record.options),
  );
  block.uint32(interfaceId);
  writeCountedTime(block, units, record);
  block.comments(record.comments);
  writeTimeOption(block, units, Option.START_TIME, record.startTime);
  writeTimeOption(block, units, Option.END_TIME, record.endTime);
  writeCounts(block, record);
  block.options(record.options);
  block.end();
}

/** Reads the block. @throws CaptureError */
export function readInterfaceStatistics(block: BlockReader, interfaces: InterfaceTable): StatisticsRecord {
  block.requireLength(FIELDS_LENGTH, "interface statistics");
  const id = block.uint32(block.start);
  const units = interfaces.units(block, id);
  const time = timeAt(block, units, block.start + TIMESTAMP);
  const found: Found = { ...NOTHING };
  block.beginOptions(block.start + FIELDS_LENGTH);
  while (block.nextOption()) readOption(block, units, found);
  const kept = { comments: block.comments, options: block.options };
  return { kind: "statistics", interfaceId: interfaces.recordId(id), ...time, ...found, ...kept };
}

/** The fields that come from options, in one order for all records. */
type Found = { -readonly [Field in keyof typeof NOTHING]: StatisticsRecord[Field] };

const NOTHING = {
  startTime: undefined,
  endTime: undefined,
  received: undefined,
  dropped: undefined,
  acceptedByFilter: undefined,
  osDropped: undefined,
  delivered: undefined,
};

/** Names of the counts, by the code of their option. */
const COUNT_OF: Readonly<Record<number, keyof InterfaceStatistics>> = {
  [Option.RECEIVED]: "received",
  [Option.DROPPED]: "dropped",
  [Option.ACCEPTED_BY_FILTER]: "acceptedByFilter",
  [Option.OS_DROPPED]: "osDropped",
  [Option.DELIVERED]: "delivered",
};

function readOption(block: BlockReader, units: TimeUnits, found: Found): void {
  const { code, valueStart, valueLength } = block;
  const count = COUNT_OF[code];
  const value = block.uint64();
  if (count !== undefined && value !== undefined) Object.assign(found, { [count]: value });
  else if (code === Option.START_TIME && valueLength === 8) found.startTime = timeAt(block, units, valueStart);
  else if (code === Option.END_TIME && valueLength === 8) found.endTime = timeAt(block, units, valueStart);
  else block.keep();
}

function timeAt(block: BlockReader, units: TimeUnits, position: number): CaptureTime {
  const time = { seconds: 0, nanoseconds: 0 };
  readTime(block, units, position, time);
  return time;
}

function writeCounts(block: BlockBuilder, counts: Omit<InterfaceStatistics, "startTime" | "endTime">): void {
  block.uint64Option(Option.RECEIVED, counts.received);
  block.uint64Option(Option.DROPPED, counts.dropped);
  block.uint64Option(Option.ACCEPTED_BY_FILTER, counts.acceptedByFilter);
  block.uint64Option(Option.OS_DROPPED, counts.osDropped);
  block.uint64Option(Option.DELIVERED, counts.delivered);
}

function writeTimeOption(block: BlockBuilder, units: TimeUnits, code: number, time: CaptureTime | undefined): void {
  if (time === undefined) return;
  block.beginOption(code);
  writeCountedTime(block, units, time);
  block.endValue();
}

function writeCountedTime(block: BlockBuilder, units: TimeUnits, { seconds, nanoseconds }: CaptureTime): void {
  units.count(seconds, nanoseconds);
  block.uint32(units.high);
  block.uint32(units.low);
}

function writeTime(block: BlockBuilder, code: number, name: string, time: number | undefined): void {
  if (time === undefined) return;
  requireTime(name, time);
  block.beginOption(code);
  block.timestamp(time);
  block.endValue();
}
