/**
 * What of a capture outlives a change of its packets, and what does not: check sequences and hashes of what the bytes
 * were, and custom blocks and options that say of themselves that they must not be copied then
 * (draft-ietf-opsawg-pcapng, sections 3.5.1 and 4.7).
 */
import type { CaptureOption, CaptureRecord, PacketRecord } from "../capture/index.ts";

/** Custom blocks and options, in text and in bytes, that are not to be copied. */
const UNCOPIED_BLOCK = 0x4000_0bad;
const UNCOPIED_OPTIONS: readonly number[] = [19_372, 19_373];

/** epb_hash, of the bytes as they were. */
const HASH = 3;

/** Where the flags word has the length of the check sequence (section 4.3.1). */
const FCS_SHIFT = 5;
const FCS_BITS = 0xf << FCS_SHIFT;

/** The record without what must not be copied into a changed capture; undefined for what is nothing but that. */
export function copyable<R extends CaptureRecord>(record: R): R | undefined {
  if (record.kind === "other") return record.blockType === UNCOPIED_BLOCK ? undefined : record;
  const isUncopied = ({ code }: CaptureOption): boolean => UNCOPIED_OPTIONS.includes(code);
  if (!record.options.some(isUncopied)) return record;
  return { ...record, options: record.options.filter((option) => !isUncopied(option)) };
}

/** The options of a packet whose bytes have changed. */
export function withoutHash(options: readonly CaptureOption[]): readonly CaptureOption[] {
  return options.some(({ code }) => code === HASH) ? options.filter(({ code }) => code !== HASH) : options;
}

/** Bytes of frame check sequence at a packet's end, by its own flags or its interface. */
export function fcsLength({ flags = 0 }: PacketRecord, ofInterface: number | undefined): number {
  return (flags & FCS_BITS) >> FCS_SHIFT || (ofInterface ?? 0);
}

/** The flags of a packet without its check sequence. */
export function withoutFcs(flags: number | undefined): number | undefined {
  return flags === undefined ? undefined : (flags & ~FCS_BITS) >>> 0;
}
