/** Arithmetic of sequence numbers, modulo 2^32 (RFC 9293 section 3.4). All take and give unsigned 32-bit numbers. */

/** The sequence number `count` behind `sequence`; `count` may be negative. */
export function advance(sequence: number, count: number): number {
  return (sequence + count) >>> 0;
}

/** How far `to` is behind `from`: negative when it is before it. Right for distances below 2^31. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Whether `a` comes before `b`. */
export function isBefore(a: number, b: number): boolean {
  return distance(a, b) > 0;
}

/** The later of two. */
export function latest(a: number, b: number): number {
  return isBefore(a, b) ? b : a;
}
