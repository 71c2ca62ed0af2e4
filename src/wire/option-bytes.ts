/** How IPv4 and TCP options are laid out as bytes: both have one byte of type and one of length before the content. */

/** Most bytes of options that a header holds: 15 words less the five that are fixed. */
const MAXIMUM_LENGTH = 40;

/** An option with its length byte in place. */
export function optionWith(type: number, content: readonly number[]): number[] {
  return [type, content.length + 2, ...content];
}

/** The four bytes of a 32-bit number. */
export function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** A copy of the content behind an option's type and length byte, which stays when the packet is gone. */
export function contentOf(view: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset + 2, length - 2).slice();
}

/** Options padded with END to a multiple of four bytes. @throws RangeError when they take more than 40 */
export function paddedOptions(protocol: string, bytes: readonly number[]): Uint8Array {
  if (bytes.length > MAXIMUM_LENGTH) {
    throw new RangeError(
      `expected ${protocol} options of at most ${MAXIMUM_LENGTH} bytes, found ${bytes.length} bytes`,
    );
  }
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}
