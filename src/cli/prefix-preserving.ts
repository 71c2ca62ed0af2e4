/**
 * Numbers in the place of addresses, two of which share as many leading bits afterwards as before: Crypto-PAn (Xu, Fan,
 * Ammar, Moon: "Prefix-Preserving IP Address Anonymization", 2002). Who does not know the key cannot tell which number
 * stands for which address, but for what the structure of the networks gives away.
 */
import { type Cipher, createCipheriv } from "node:crypto";

const BLOCK_LENGTH = 16;
const KEY_LENGTH = 16;

/** Addresses that are remembered: the same ones come again and again. */
const CACHE_LIMIT = 65_536;

/** A prefix of an address: its leading bits as a number, and how many they are. */
export interface BitPrefix {
  readonly bits: number;
  readonly length: number;
}

/** One mapping of numbers of a certain width. */
export class PrefixPreserving {
  readonly #width: number;
  readonly #cipher: Cipher;
  readonly #pad: bigint;
  readonly #kept: readonly BitPrefix[];
  readonly #cache = new Map<number, number>();

  /**
   * @param width bits of an address, at most 48
   * @param key 32 bytes: of the cipher, and of what fills its blocks up
   * @param kept prefixes whose addresses stay as they are; so do the bits that lead to them in other addresses
   */
  constructor(width: number, key: Uint8Array, kept: readonly BitPrefix[] = []) {
    this.#width = width;
    this.#cipher = createCipheriv("aes-128-ecb", key.subarray(0, KEY_LENGTH), null).setAutoPadding(false);
    this.#pad = toBigInt(this.#cipher.update(key.subarray(KEY_LENGTH, KEY_LENGTH + BLOCK_LENGTH)));
    this.#kept = kept;
  }

  /** The number in the place of an address, the same for the same key. */
  map(address: number): number {
    const known = this.#cache.get(address);
    if (known !== undefined) return known;
    const mapped = this.#compute(address);
    if (this.#cache.size === CACHE_LIMIT) this.#cache.clear();
    this.#cache.set(address, mapped);
    return mapped;
  }

  /** Each bit is flipped or not by what the cipher makes of those before it. */
  #compute(address: number): number {
    const width = BigInt(this.#width);
    const blocks = new Uint8Array(this.#width * BLOCK_LENGTH);
    const shift = 128n - width;
    for (let length = 0; length < this.#width; length++) {
      const low = width - BigInt(length);
      const prefix = (BigInt(address) >> low) << low;
      const rest = (this.#pad >> shift) & ((1n << low) - 1n);
      const block = ((prefix | rest) << shift) | (this.#pad & ((1n << shift) - 1n));
      writeBigInt(blocks, length * BLOCK_LENGTH, block);
    }
    const encrypted = this.#cipher.update(blocks);
    let mapped = address;
    for (let length = 0; length < this.#width; length++) {
      if (encrypted[length * BLOCK_LENGTH]! < 0x80 || this.#keeps(address, length)) continue;
      const bit = 2 ** (this.#width - 1 - length);
      mapped += Math.floor(mapped / bit) % 2 === 0 ? bit : -bit;
    }
    return mapped;
  }

  /** Whether the bit behind the first `length` of an address leads to, or lies within, a prefix that is kept. */
  #keeps(address: number, length: number): boolean {
    return this.#kept.some((prefix) => {
      const shared = Math.min(length, prefix.length);
      const bits = Math.floor(address / 2 ** (this.#width - shared));
      return bits === Math.floor(prefix.bits / 2 ** (prefix.length - shared));
    });
  }
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function writeBigInt(bytes: Uint8Array, offset: number, value: bigint): void {
  const view = new DataView(bytes.buffer);
  view.setBigUint64(offset, value >> 64n);
  view.setBigUint64(offset + 8, BigInt.asUintN(64, value));
}
