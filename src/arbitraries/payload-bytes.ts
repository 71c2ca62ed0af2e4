/** Bytes that mean nothing. */
import fc from "fast-check";

/** Bytes of a payload when nothing else is asked for: few, so that one can read them. */
const PAYLOAD_LIMIT = 64;

/**
 * Payloads of up to 64 bytes, or `maxLength`, and of `minLength` at least. What fails shrinks to fewer bytes, then to
 * zeroes. (Drawn by words: `fc.uint8Array` draws and shrinks byte by byte, and took half of a frame's time.)
 */
export function payloadBytes(maxLength: number = PAYLOAD_LIMIT, minLength = 0): fc.Arbitrary<Uint8Array> {
  return new PayloadBytes(minLength, maxLength);
}

class PayloadBytes extends fc.Arbitrary<Uint8Array> {
  readonly #lengths: fc.Arbitrary<number>;

  constructor(minLength: number, maxLength: number) {
    super();
    this.#lengths = fc.integer({ min: minLength, max: maxLength });
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<Uint8Array> {
    const { value: length, context } = this.#lengths.generate(random, biasFactor);
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 4) {
      const word = random.nextInt(-0x8000_0000, 0x7fff_ffff);
      for (let index = offset; index < Math.min(offset + 4, length); index++) bytes[index] = word >>> (8 * (index % 4));
    }
    return new fc.Value(bytes, context);
  }

  override canShrinkWithoutContext(value: unknown): value is Uint8Array {
    return value instanceof Uint8Array && this.#lengths.canShrinkWithoutContext(value.length);
  }

  override shrink(value: Uint8Array, context: unknown): fc.Stream<fc.Value<Uint8Array>> {
    const shorter = this.#lengths
      .shrink(value.length, context)
      .map((length): fc.Value<Uint8Array> => new fc.Value(value.slice(0, length.value), length.context));
    return shorter.join(fc.stream(plainer(value)).map((bytes) => new fc.Value(bytes, context)));
  }
}

/** All zeroes, then the same bytes with one of them zero. */
function* plainer(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  if (bytes.every((byte) => byte === 0)) return;
  yield new Uint8Array(bytes.length);
  for (const [index, byte] of bytes.entries()) if (byte !== 0) yield bytes.with(index, 0);
}
