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
import { optionLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";

const BLOCK_TYPE = 4;
const END_RECORD_LENGTH = 4;

const RecordType = { END: 0, IPV4: 1 } as const;

/** Records of one block take so many bytes; there may be a million. Readers hold a whole block in memory. */
const RECORDS_LIMIT = 32_768;

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
  block.begin(BLOCK_TYPE, limit + END_RECORD_LENGTH);
  for (const { address, names } of entries) {
    block.beginRecord(RecordType.IPV4);
    block.ipv4Address(address);
    for (const name of names) {
      block.text(name);
      block.uint8(0);
    }
    block.endValue();
  }
  block.beginRecord(RecordType.END);
  block.endValue();
  block.end();
}
