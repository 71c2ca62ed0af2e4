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
import { optionLimit, textOptionLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";
import { LinkType } from "./link-type.ts";
import { DEFAULT_SNAP_LENGTH } from "./snap-length.ts";

const BLOCK_TYPE = 1;

/** The fields, the options that are not text, and the byte before the text of a filter. */
const LENGTH_WITHOUT_TEXT = 8 + optionLimit(6) + optionLimit(8) + optionLimit(1) + 1;

const Option = {
  NAME: 2,
  DESCRIPTION: 3,
  MAC_ADDRESS: 6,
  SPEED: 8,
  TIMESTAMP_RESOLUTION: 9,
  FILTER: 11,
  HARDWARE: 15,
} as const;

/** The resolution of times: units of 10^-9 seconds. */
const NANOSECONDS = 9;

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

/** Writes the block. */
export function writeInterfaceDescription(block: BlockBuilder, description: InterfaceDescription): void {
  requireDescription(description);
  const { name, description: purpose, mac, speed, filter, hardware } = description;
  const texts = [name, purpose, filter, hardware];
  block.begin(
    BLOCK_TYPE,
    texts.reduce((sum, text) => sum + textOptionLimit(text), LENGTH_WITHOUT_TEXT),
  );
  block.uint16(description.linkType ?? LinkType.ETHERNET);
  block.uint16(0);
  block.uint32(description.snapLength ?? DEFAULT_SNAP_LENGTH);
  block.textOption(Option.NAME, name);
  block.textOption(Option.DESCRIPTION, purpose);
  writeMacAddress(block, mac);
  block.uint64Option(Option.SPEED, speed);
  writeTimestampResolution(block);
  writeFilter(block, filter);
  block.textOption(Option.HARDWARE, hardware);
  block.end();
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

function writeTimestampResolution(block: BlockBuilder): void {
  block.beginOption(Option.TIMESTAMP_RESOLUTION);
  block.uint8(NANOSECONDS);
  block.endValue();
}

function writeFilter(block: BlockBuilder, filter: string | undefined): void {
  if (filter === undefined) return;
  block.beginOption(Option.FILTER);
  block.uint8(LIBPCAP_FILTER);
  block.text(filter);
  block.endValue();
}
