/**
 * An entry of a MAC table: four words of one Int32Array, and the lookup on that bare array, for loops over packets.
 *
 *     word 0   low     the lower 32 bits of the address
 *     word 1   high    the upper 16 bits, bits 16 to 27 for the caller (a VLAN id); bit 31: in use
 *     word 2   value (24 bits) | flags (8 bits)
 *     word 3   updated, in milliseconds
 */
import * as hashing from "../bytes/hash.ts";

// Module constant: V8 folds it, but not what it reads from another module.
const { hashPair } = hashing;

/** What makes the position of an entry of its slot. */
export const ENTRY_SHIFT = 2;
export const LOW = 0;
export const HIGH = 1;
export const VALUE_AND_FLAGS = 2;
export const UPDATED = 3;

/** Value and flags share a word. */
export const FLAGS_BITS = 8;

/** Set in the high word of an entry in use, so that a slot of zeroes is free. */
export const IN_USE: number = 1 << 31;

/**
 * The slot of an address, or -1: `MacTable.find` for a loop that has the table's fields in locals. `mask` and `hashShift`
 * are the table's.
 */
export function findMac(entries: Int32Array, mask: number, hashShift: number, high: number, low: number): number {
  const highWord = high | IN_USE;
  const lowWord = low | 0;
  let slot = hashPair(highWord, lowWord) >>> hashShift;
  for (;;) {
    const at = slot << ENTRY_SHIFT;
    const found = entries[at + HIGH]!;
    if (found === highWord && entries[at + LOW] === lowWord) return slot;
    if (found === 0) return -1;
    slot = (slot + 1) & mask;
  }
}
