/**
 * The Interface Description Block (draft-ietf-opsawg-pcapng, section 4.2): one for each interface, before
 * what refers to it.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           LinkType            |           Reserved            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            SnapLen                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /                       Options (variable)                      /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

import { MAX_UINT32, requireName, requireOptionalInteger, requireText } from "./arguments.ts";
import { optionLimit, optionsLimit, textOptionLimit, textsLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";
import type { BlockReader } from "./block-reader.ts";
import { BlockType } from "./block-type.ts";
import type { InterfaceRecord } from "./capture-record.ts";
import { NONE } from "./capture-record.ts";
import { LinkType } from "./link-type.ts";
import { DEFAULT_SNAP_LENGTH } from "./snap-length.ts";
import { DEFAULT_UNITS_PER_SECOND, resolutionOfUnits, unitsOfResolution } from "./time-units.ts";

const FIELDS_LENGTH = 8;
const MAC_LENGTH = 6;

/** The fields, the options that are not text, and the byte before the text of a filter. */
const LENGTH_WITHOUT_TEXT = FIELDS_LENGTH + optionLimit(MAC_LENGTH) + 2 * optionLimit(8) + 2 * optionLimit(1) + 1;

const Option = {
  NAME: 2,
  DESCRIPTION: 3,
  MAC_ADDRESS: 6,
  SPEED: 8,
  TIMESTAMP_RESOLUTION: 9,
  FILTER: 11,
  OPERATING_SYSTEM: 12,
  FCS_LENGTH: 13,
  TIMESTAMP_OFFSET: 14,
  HARDWARE: 15,
} as const;

/** What this code counts times in where it makes them: units of 10^-9 seconds. */
const NANOSECONDS_PER_SECOND = 1e9;

/** The kind of a filter: text in libpcap's language. */
const LIBPCAP_FILTER = 0;

/** About an interface. */
export interface InterfaceDescription {
  /** The name, as `ip link` shows it; not empty. */
  readonly name: string;
  readonly description?: string;
  /** MAC address, a number below 2^48. */
  readonly mac?: number;
  /** Bits a second, the same in both directions. */
  readonly speed?: number;
  /** Bytes kept of a packet; longer ones are cut. 262,144 by default. libpcap wants it equal at all interfaces. */
  readonly snapLength?: number;
  /** The filter that packets had to pass, as tcpdump takes it. */
  readonly filter?: string;
  /** What the interface is made of: the model of a network card, the kind of a virtual device. */
  readonly hardware?: string;
  /** Link type of the packets; `LinkType.ETHERNET` by default. libpcap wants it equal at all interfaces. */
  readonly linkType?: number;
}

/** Writes the block, for times in nanoseconds. */
export function writeInterfaceDescription(block: BlockBuilder, description: InterfaceDescription): void {
  requireDescription(description);
  writeInterface(block, {
    linkType: LinkType.ETHERNET,
    snapLength: DEFAULT_SNAP_LENGTH,
    unitsPerSecond: NANOSECONDS_PER_SECOND,
    offsetSeconds: 0,
    comments: NONE,
    options: NONE,
    ...description,
  });
}

/** Writes the block as a record has it, in the builder's byte order. */
export function writeInterface(block: BlockBuilder, record: Omit<InterfaceRecord, "kind" | "id">): void {
  const { name, description, mac, speed, filter, operatingSystem, hardware, fcsLength, comments, options } = record;
  const texts = [name, description, filter, operatingSystem, hardware];
  block.begin(
    BlockType.INTERFACE_DESCRIPTION,
    texts.reduce((sum, text) => sum + textOptionLimit(text), LENGTH_WITHOUT_TEXT) +
      textsLimit(comments) +
      optionsLimit(options),
  );
  block.uint16(record.linkType);
  block.uint16(0);
  block.uint32(record.snapLength);
  block.comments(comments);
  block.textOption(Option.NAME, name);
  block.textOption(Option.DESCRIPTION, description);
  writeMacAddress(block, mac);
  block.uint64Option(Option.SPEED, speed);
  writeTimestampResolution(block, record.unitsPerSecond);
  writeFilter(block, filter);
  block.textOption(Option.OPERATING_SYSTEM, operatingSystem);
  if (fcsLength !== undefined) block.uint8Option(Option.FCS_LENGTH, fcsLength);
  if (record.offsetSeconds !== 0) block.uint64Option(Option.TIMESTAMP_OFFSET, record.offsetSeconds);
  block.textOption(Option.HARDWARE, hardware);
  block.options(options);
  block.end();
}

/** Reads the block. @throws CaptureError for options that are broken, or a time offset beyond 2^53 seconds */
export function readInterfaceDescription(block: BlockReader, id: number): InterfaceRecord {
  block.requireLength(FIELDS_LENGTH, "an interface description");
  const [linkType, snapLength] = [block.uint16(block.start), block.uint32(block.start + 4)];
  const found: Found = { ...NO_DETAILS };
  block.beginOptions(block.start + FIELDS_LENGTH);
  while (block.nextOption()) readOption(block, found);
  return { kind: "interface", id, linkType, snapLength, ...found, comments: block.comments, options: block.options };
}

/** The fields that come from options. */
type Details = Omit<InterfaceRecord, "kind" | "id" | "linkType" | "snapLength" | "comments" | "options">;
type Found = { -readonly [Field in keyof Details]: Details[Field] };

/** Those of an interface without options, in one order for all records. */
export const NO_DETAILS: Details = {
  name: undefined,
  description: undefined,
  mac: undefined,
  speed: undefined,
  filter: undefined,
  operatingSystem: undefined,
  hardware: undefined,
  fcsLength: undefined,
  unitsPerSecond: DEFAULT_UNITS_PER_SECOND,
  offsetSeconds: 0,
};

function readOption(block: BlockReader, found: Found): void {
  const { code, view, valueStart, valueLength } = block;
  if (code === Option.NAME) found.name = block.text();
  else if (code === Option.DESCRIPTION) found.description = block.text();
  else if (code === Option.OPERATING_SYSTEM) found.operatingSystem = block.text();
  else if (code === Option.HARDWARE) found.hardware = block.text();
  else if (code === Option.FILTER && valueLength > 0 && view.getUint8(valueStart) === LIBPCAP_FILTER) {
    found.filter = block.text(1);
  } else if (code === Option.MAC_ADDRESS && valueLength === MAC_LENGTH) {
    found.mac = view.getUint16(valueStart) * 2 ** 32 + view.getUint32(valueStart + 2);
  } else if (code === Option.SPEED && block.uint64() !== undefined) found.speed = block.uint64();
  else if (code === Option.TIMESTAMP_RESOLUTION && valueLength === 1) {
    found.unitsPerSecond = unitsOfResolution(view.getUint8(valueStart));
  } else if (code === Option.FCS_LENGTH && valueLength === 1) found.fcsLength = view.getUint8(valueStart);
  else if (code === Option.TIMESTAMP_OFFSET && valueLength === 8) found.offsetSeconds = readOffset(block);
  else block.keep();
}

/** A signed number of seconds. */
function readOffset(block: BlockReader): number {
  const offset = block.view.getBigInt64(block.valueStart, block.littleEndian);
  if (Number.isSafeInteger(Number(offset))) return Number(offset);
  throw block.error("a time offset of less than 2^53 seconds", `${offset}`, block.valueStart);
}

function requireDescription(description: InterfaceDescription): void {
  requireName("the name of an interface", description.name);
  requireText("description", description.description);
  requireOptionalInteger("mac", description.mac, 0, 2 ** 48 - 1);
  requireOptionalInteger("speed", description.speed, 0, Number.MAX_SAFE_INTEGER);
  requireOptionalInteger("snapLength", description.snapLength, 1, MAX_UINT32);
  requireText("filter", description.filter);
  requireText("hardware", description.hardware);
  requireOptionalInteger("linkType", description.linkType, 0, 0xffff);
}

function writeMacAddress(block: BlockBuilder, mac: number | undefined): void {
  if (mac === undefined) return;
  block.beginOption(Option.MAC_ADDRESS);
  block.macAddress(mac);
  block.endValue();
}

function writeTimestampResolution(block: BlockBuilder, unitsPerSecond: number): void {
  if (unitsPerSecond === DEFAULT_UNITS_PER_SECOND) return;
  block.uint8Option(Option.TIMESTAMP_RESOLUTION, resolutionOfUnits(unitsPerSecond));
}

function writeFilter(block: BlockBuilder, filter: string | undefined): void {
  if (filter === undefined) return;
  block.beginOption(Option.FILTER);
  block.uint8(LIBPCAP_FILTER);
  block.text(filter);
  block.endValue();
}
