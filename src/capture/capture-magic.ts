/** The first bytes of a file: which format it has, or which other it seems to have. */

import { formatHex } from "../bytes/hex.ts";
import { BlockType } from "./block-type.ts";
import { CaptureError } from "./capture-error.ts";
import type { CaptureLimits } from "./capture-limits.ts";
import type { CaptureParser } from "./capture-parser.ts";
import type { CaptureRecord } from "./capture-record.ts";
import { Magic } from "./pcap-format.ts";
import { PcapParser } from "./pcap-parser.ts";
import { PcapngParser } from "./pcapng-parser.ts";

/** Bytes that tell the format. */
export const MAGIC_LENGTH = 4;

const PCAP_MAGICS: readonly number[] = Object.values(Magic);

/** Formats that people take for a capture, by the first bytes in hexadecimal. */
const OTHER_FORMATS: readonly (readonly [magic: string, name: string])[] = [
  ["1f8b", "gzip"],
  ["28b52ffd", "Zstandard"],
  ["04224d18", "LZ4"],
  ["425a68", "bzip2"],
  ["fd377a58", "xz"],
  ["504b0304", "a ZIP archive"],
  ["1c0001ac", "pcap of IXIA's hardware"],
  ["ac01001c", "pcap of IXIA's hardware"],
  ["1c0001ab", "pcap of IXIA's software"],
  ["ab01001c", "pcap of IXIA's software"],
  ["736e6f6f", "Solaris snoop"],
  ["62747370", "Bluetooth snoop"],
  ["474d4255", "Microsoft Network Monitor 2"],
  ["52545353", "Microsoft Network Monitor 1"],
  ["69707472", "AIX iptrace"],
];

/** Code for the format whose first four bytes stand at `offset`. @throws CaptureError when they are none's */
export function parserFor(
  view: DataView,
  offset: number,
  visit: (record: CaptureRecord) => void,
  limits: Required<CaptureLimits>,
): CaptureParser {
  if (view.getUint32(offset) === BlockType.SECTION_HEADER) return new PcapngParser(visit, limits);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(offset, littleEndian);
    if (PCAP_MAGICS.includes(magic)) return new PcapParser(visit, limits, magic, littleEndian);
  }
  const first = formatHex(new Uint8Array(view.buffer, view.byteOffset + offset, MAGIC_LENGTH));
  const other = OTHER_FORMATS.find(([magic]) => first.startsWith(magic));
  throw new CaptureError("a pcap or pcapng capture", other?.[1] ?? `a file that begins with ${first}`, 0);
}
