/**
 * The Name Resolution Block (draft-ietf-opsawg-pcapng, section 4.5): names of addresses. A list of
 * records, one for each IPv4 address, and a record that ends it:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    Record Type = 1 (IPv4)     |      Record Value Length      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          IPv4 Address                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /       Names, each with a zero byte, padded to 32 bits         /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Record Type = 0 (end)     |   Record Value Length = 0     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

import { describeValue, MAX_UINT32, requireInteger, requireName } from "./arguments.ts";
import { optionLimit, optionsLimit, textsLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";
import type { BlockReader } from "./block-reader.ts";
import { BlockType } from "./block-type.ts";
import type { CaptureOption, NamesRecord } from "./capture-record.ts";

const ADDRESS_LENGTH = 4;
const END_RECORD_LENGTH = 4;

const RecordType = { END: 0, IPV4: 1 } as const;

/** Records of one block take so many bytes; there may be a million. Readers hold a whole block in memory. */
const RECORDS_LIMIT = 32_768;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The names of an IPv4 address. */
export interface AddressNames {
  /** An unsigned 32-bit number. */
  readonly address: number;
  /** One or more, none empty; Wireshark shows the last. As UTF-8, each with a zero byte, at most 65,531 bytes. */
  readonly names: readonly string[];
}

/** Writes as many blocks as the entries need: none for no entries. */
export function writeNameResolution(block: BlockBuilder, entries: readonly AddressNames[]): void {
  entries.forEach(requireEntry);
  let first = 0;
  let limit = 0;
  entries.forEach((entry, index) => {
    const recordLimit = entryLimit(entry);
    if (limit > 0 && limit + recordLimit > RECORDS_LIMIT) {
      writeBlock(block, entries.slice(first, index), limit);
      first = index;
      limit = 0;
    }
    limit += recordLimit;
  });
  if (limit > 0) writeBlock(block, entries.slice(first), limit);
}

function requireEntry({ address, names }: AddressNames): void {
  requireInteger("an IPv4 address", address, 0, MAX_UINT32);
  if (!Array.isArray(names)) {
    throw new TypeError(`expected the names of an address in an array, found ${describeValue(names)}`);
  }
  if (names.length === 0) throw new RangeError("expected a name at least for an address, found none");
  for (const name of names) requireName("the name of an address", name);
}

/** Bytes that the record takes at most. */
function entryLimit({ names }: AddressNames): number {
  return optionLimit(names.reduce((length, name) => length + 3 * name.length + 1, 4));
}

function writeBlock(block: BlockBuilder, entries: readonly AddressNames[], limit: number): void {
  block.begin(BlockType.NAME_RESOLUTION, limit + END_RECORD_LENGTH);
  for (const entry of entries) writeEntry(block, entry);
  writeEnd(block);
  block.end();
}

function writeEntry(block: BlockBuilder, { address, names }: AddressNames): void {
  block.beginRecord(RecordType.IPV4);
  block.ipv4Address(address);
  for (const name of names) {
    block.text(name);
    block.uint8(0);
  }
  block.endValue();
}

function writeEnd(block: BlockBuilder): void {
  block.beginRecord(RecordType.END);
  block.endValue();
}

/** Writes one block as a record has it, in the builder's byte order. */
export function writeNamesRecord(block: BlockBuilder, { entries, others, comments, options }: NamesRecord): void {
  const limit = entries.reduce((sum, entry) => sum + entryLimit(entry), END_RECORD_LENGTH);
  const kept = optionsLimit(others) + textsLimit(comments) + optionsLimit(options);
  block.begin(BlockType.NAME_RESOLUTION, limit + kept);
  for (const entry of entries) writeEntry(block, entry);
  for (const { code, value } of others) {
    block.beginRecord(code);
    block.rawValue(value);
  }
  writeEnd(block);
  block.comments(comments);
  block.options(options);
  block.end();
}

/** Reads the block. @throws CaptureError for records that are broken */
export function readNameResolution(block: BlockReader): NamesRecord {
  const entries: AddressNames[] = [];
  const others: CaptureOption[] = [];
  block.beginOptions(block.start);
  while (block.nextOption()) {
    if (block.code === RecordType.IPV4 && block.valueLength >= ADDRESS_LENGTH) entries.push(readEntry(block));
    else others.push({ code: block.code, value: block.value() });
  }
  while (block.nextOption()) block.keep();
  return { kind: "names", entries, others, comments: block.comments, options: block.options };
}

/** The names behind the address: each ends with a zero byte, the last perhaps with the record. */
function readEntry(block: BlockReader): AddressNames {
  const text = decoder.decode(block.value().subarray(ADDRESS_LENGTH));
  const names = text.split("\0").filter((name) => name !== "");
  return { address: block.view.getUint32(block.valueStart), names };
}
