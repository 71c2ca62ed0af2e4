/** Bytes in either byte order, for files that come in both. */

export type ByteOrder = "little" | "big";

/** Grows as numbers and bytes are put behind each other. */
export class ByteBuilder {
  readonly order: ByteOrder;
  readonly #isLittle: boolean;
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(order: ByteOrder) {
    this.order = order;
    this.#isLittle = order === "little";
  }

  get length(): number {
    return this.#length;
  }

  uint8(value: number): void {
    const offset = this.#take(1);
    this.#view.setUint8(offset, value);
  }

  uint16(value: number): void {
    const offset = this.#take(2);
    this.#view.setUint16(offset, value, this.#isLittle);
  }

  uint32(value: number): void {
    const offset = this.#take(4);
    this.#view.setUint32(offset, value, this.#isLittle);
  }

  /** Signed or unsigned: the lower 64 bits. */
  uint64(value: bigint): void {
    const offset = this.#take(8);
    this.#view.setBigUint64(offset, BigInt.asUintN(64, value), this.#isLittle);
  }

  /** A time or count of 64 bits whose upper half comes first in either order. */
  upperFirst(value: bigint): void {
    this.uint32(Number(BigInt.asUintN(32, value >> 32n)));
    this.uint32(Number(BigInt.asUintN(32, value)));
  }

  bytes(value: Uint8Array): void {
    const offset = this.#take(value.length);
    this.#bytes.set(value, offset);
  }

  /** Zeroes up to a multiple of four bytes. */
  pad(): void {
    this.#take((4 - (this.#length % 4)) % 4);
  }

  /** Replaces four bytes that were put before. */
  setUint32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, this.#isLittle);
  }

  /** A copy of all bytes so far. */
  result(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Makes room. It may move the bytes, so that it comes before the field that holds them is read. */
  #take(count: number): number {
    const offset = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return offset;
  }
}
