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
import { textOptionLimit } from "./block-builder.ts";
import type { BlockBuilder } from "./block-builder.ts";

const BLOCK_TYPE = 0x0a0d0d0a;
const FIELDS_LENGTH = 16;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const MAJOR_VERSION = 1;
const MINOR_VERSION = 0;

const Option = { HARDWARE: 2, OPERATING_SYSTEM: 3, APPLICATION: 4 } as const;

/** About a capture as a whole. */
export interface SectionDescription {
  /** The machine. */
  readonly hardware?: string;
  readonly operatingSystem?: string;
  /** The program that makes the capture, with its version. */
  readonly application?: string;
  readonly comment?: string;
}

/** Writes the block. The length of the section is -1, not known: the capture goes out as it is made. */
export function writeSectionHeader(block: BlockBuilder, section: SectionDescription): void {
  const { hardware, operatingSystem, application, comment } = section;
  requireText("hardware", hardware);
  requireText("operatingSystem", operatingSystem);
  requireText("application", application);
  requireText("comment", comment);
  const texts = [hardware, operatingSystem, application, comment];
  block.begin(
    BLOCK_TYPE,
    texts.reduce((sum, text) => sum + textOptionLimit(text), FIELDS_LENGTH),
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
  block.end();
}
