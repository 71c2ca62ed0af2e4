/** CRC32c, Castagnoli's polynomial with its bits reversed, as SCTP has it (RFC 9260 appendix A; check value 0xe3069283). */

const POLYNOMIAL = 0x82f63b78;

const TABLE: Uint32Array = new Uint32Array(256).map((_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
  return value;
});

/** The register before any byte. */
export const CRC32C_START = 0xffffffff;

/** The register behind the bytes of `offset..end`, to go on with or to hand to `crc32cValue`. */
export function crc32cAdd(register: number, view: DataView, offset: number, end: number): number {
  let value = register;
  for (let at = offset; at < end; at++) value = TABLE[(value ^ view.getUint8(at)) & 0xff]! ^ (value >>> 8);
  return value;
}

/** The CRC that a register comes to, unsigned. */
export function crc32cValue(register: number): number {
  return ~register >>> 0;
}
