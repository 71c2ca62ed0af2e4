/** Bytes in the middle of a larger buffer, as a packet stands in the pool: an overread meets poison. */

const MARGIN = 67; // odd, so that no field is aligned

/** Where bytes stand in a view. */
export interface Placed {
  readonly view: DataView;
  readonly offset: number;
  readonly end: number;
}

/** Copies the bytes into a buffer whose other bytes are all `poison`. */
export function placed(bytes: Uint8Array, poison = 0xa5): Placed {
  const buffer = new Uint8Array(bytes.length + 2 * MARGIN).fill(poison);
  buffer.set(bytes, MARGIN);
  return { view: new DataView(buffer.buffer), offset: MARGIN, end: MARGIN + bytes.length };
}

/** What `check` of a codec gives for the first `length` bytes, for every length from 0 to all of them. */
export function checkEveryLength(
  check: (view: DataView, offset: number, end: number) => number,
  bytes: Uint8Array,
): number[] {
  return Array.from({ length: bytes.length + 1 }, (_, length) => {
    const { view, offset, end } = placed(bytes.subarray(0, length));
    return check(view, offset, end);
  });
}

/** `count` times `value`, then what follows: the expected outcome of `checkEveryLength`. */
export function repeated(count: number, value: number, ...following: number[]): number[] {
  return [...new Array<number>(count).fill(value), ...following];
}
