/** Options of IPv4 and TCP as bytes. */

/** Options behind a header fill at most this many bytes. */
const OPTIONS_LIMIT = 40;

/**
 * The options one behind the other, as many as find room, and padding to a multiple of four bytes.
 *
 * @param padding the byte that pads: END, which both protocols write as 0, or a no-operation
 */
export function paddedOptions(list: readonly (readonly number[])[], padding: number): Uint8Array {
  const bytes: number[] = [];
  for (const option of list) if (bytes.length + option.length <= OPTIONS_LIMIT) bytes.push(...option);
  while (bytes.length % 4 !== 0) bytes.push(padding);
  return Uint8Array.from(bytes);
}
