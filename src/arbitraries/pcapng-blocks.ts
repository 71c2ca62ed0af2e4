/** The blocks of pcapng files (draft-ietf-opsawg-pcapng section 4) as bytes, in both byte orders. */
import { ByteBuilder, type ByteOrder } from "./byte-builder.ts";

/** Types of blocks. */
export const BlockType = {
  INTERFACE: 1,
  OBSOLETE_PACKET: 2,
  SIMPLE_PACKET: 3,
  NAMES: 4,
  STATISTICS: 5,
  ENHANCED_PACKET: 6,
  CUSTOM: 0x0bad,
  SECTION: 0x0a0d0d0a,
} as const;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const COMMENT = 1;

/** An option: its code, and what writes its value. */
export type BlockOption = readonly [code: number, value: (out: ByteBuilder) => void];

/** A block of one byte order: type, length, body, options, and the length again. */
export function block(
  order: ByteOrder,
  type: number,
  body: (out: ByteBuilder) => void,
  options: readonly BlockOption[] = [],
): Uint8Array {
  const out = new ByteBuilder(order);
  out.uint32(type);
  out.uint32(0);
  body(out);
  out.pad();
  for (const [code, value] of options) writeOption(out, code, value);
  if (options.length > 0) out.uint32(0); // the end of options
  const length = out.length + 4;
  out.uint32(length);
  out.setUint32(4, length);
  return out.result();
}

function writeOption(out: ByteBuilder, code: number, value: (out: ByteBuilder) => void): void {
  const content = new ByteBuilder(out.order);
  value(content);
  out.uint16(code);
  out.uint16(content.length);
  out.bytes(content.result());
  out.pad();
}

/** An option of text. */
export function text(code: number, value: string): BlockOption {
  return [code, (out) => out.bytes(new TextEncoder().encode(value))];
}

/** A comment, as any block may have several. */
export function comment(value: string): BlockOption {
  return text(COMMENT, value);
}

/** A section header; `length`: bytes of what follows in the section, or -1 where that is not said. */
export function sectionHeader(order: ByteOrder, length: number, options: readonly BlockOption[]): Uint8Array {
  const body = (out: ByteBuilder): void => {
    out.uint32(BYTE_ORDER_MAGIC);
    out.uint16(1);
    out.uint16(0);
    out.uint64(BigInt(length));
  };
  return block(order, BlockType.SECTION, body, options);
}
