/**
 * The Section Header Block (draft-ietf-opsawg-pcapng, section 4.1): the first of a capture.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Byte-Order Magic                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Major Version        |         Minor Version         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                                                               |
 * |                          Section Length                       |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * /                       Options (variable)                      /
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */

import { requireText } from "./arguments.ts";
import { optionsLimit, textOptionLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";
import type { BlockReader } from "./block-reader.ts";
import { BlockType } from "./block-type.ts";
import type { CaptureOption, SectionRecord } from "./capture-record.ts";
import { NONE } from "./capture-record.ts";

const FIELDS_LENGTH = 16;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const MAJOR_VERSION = 1;
const MINOR_VERSION = 0;
/** Files with the minor version 2 are the same (section 4.1). */
const SAME_MINOR_VERSION = 2;

const Option = { COMMENT: 1, HARDWARE: 2, OPERATING_SYSTEM: 3, APPLICATION: 4 } as const;

/** About a capture as a whole. */
export interface SectionDescription {
  /** The machine. */
  readonly hardware?: string | undefined;
  readonly operatingSystem?: string | undefined;
  /** The program that makes the capture, with its version. */
  readonly application?: string | undefined;
  readonly comment?: string | undefined;
}

/**
 * Writes the block in the builder's byte order. The length of the section is -1, not known: the capture goes out as it
 * is made.
 */
export function writeSectionHeader(
  block: BlockBuilder,
  section: SectionDescription,
  options: readonly CaptureOption[] = NONE,
): void {
  const { hardware, operatingSystem, application, comment } = section;
  requireText("hardware", hardware);
  requireText("operatingSystem", operatingSystem);
  requireText("application", application);
  requireText("comment", comment);
  const texts = [hardware, operatingSystem, application, comment];
  block.begin(
    BlockType.SECTION_HEADER,
    texts.reduce((sum, text) => sum + textOptionLimit(text), FIELDS_LENGTH + optionsLimit(options)),
  );
  block.uint32(BYTE_ORDER_MAGIC);
  block.uint16(MAJOR_VERSION);
  block.uint16(MINOR_VERSION);
  block.uint32(-1);
  block.uint32(-1);
  block.comment(comment);
  block.textOption(Option.HARDWARE, hardware);
  block.textOption(Option.OPERATING_SYSTEM, operatingSystem);
  block.textOption(Option.APPLICATION, application);
  block.options(options);
  block.end();
}

/** The byte order that the magic number at `position` tells, or undefined when it is none. */
export function littleEndianSection(view: DataView, position: number): boolean | undefined {
  if (view.getUint32(position, true) === BYTE_ORDER_MAGIC) return true;
  return view.getUint32(position) === BYTE_ORDER_MAGIC ? false : undefined;
}

/** Reads the block. @throws CaptureError for a version that is not known, or options that are broken */
export function readSectionHeader(block: BlockReader): SectionRecord {
  block.requireLength(FIELDS_LENGTH, "a section header");
  const [major, minor] = [block.uint16(block.start + 4), block.uint16(block.start + 6)];
  if (major !== MAJOR_VERSION || (minor !== MINOR_VERSION && minor !== SAME_MINOR_VERSION)) {
    throw block.error("pcapng version 1.0", `${major}.${minor}`, block.start + 4);
  }
  let hardware: string | undefined;
  let operatingSystem: string | undefined;
  let application: string | undefined;
  let comment: string | undefined;
  block.beginOptions(block.start + FIELDS_LENGTH);
  while (block.nextOption()) {
    if (block.code === Option.HARDWARE) hardware = block.text();
    else if (block.code === Option.OPERATING_SYSTEM) operatingSystem = block.text();
    else if (block.code === Option.APPLICATION) application = block.text();
    else if (block.code === Option.COMMENT && comment === undefined) comment = block.text();
    else block.keepAsBytes();
  }
  const byteOrder = block.littleEndian ? "little" : "big";
  const texts = { hardware, operatingSystem, application, comment };
  return { kind: "section", format: "pcapng", byteOrder, ...texts, options: block.options };
}
