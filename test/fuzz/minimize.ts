/** Makes an input that fails as small as it can be, and as full of zeroes, while it fails in the same way. */

import type { Input } from "./input.ts";

/** Whether an input still fails as the first one did. */
export type Fails = (input: Input) => boolean;

/** The smallest that is found within `limit` tries. */
export function minimize(input: Input, fails: Fails, limit: number): Input {
  let [best, tries] = [input, 0];
  const attempt = (candidate: Input): boolean => {
    if (tries >= limit) return false;
    tries++;
    if (!fails(candidate)) return false;
    best = candidate;
    return true;
  };
  if (best.missing > 0) attempt({ ...best, missing: 0 });
  for (let before = -1; before !== best.bytes.length && tries < limit;) {
    before = best.bytes.length;
    shorten(() => best, attempt);
  }
  for (let at = 0; at < best.bytes.length; at++) {
    if (best.bytes[at] !== 0) attempt({ ...best, bytes: best.bytes.with(at, 0) });
  }
  return best;
}

/** Longer stretches are tried one behind the other, these from every byte on. */
const EVERYWHERE = 8;

/** Leaves out stretches, from the end on, large ones first. */
function shorten(best: () => Input, attempt: (candidate: Input) => boolean): void {
  for (let length = Math.ceil(best().bytes.length / 2); length >= 1; length = Math.floor(length / 2)) {
    const step = length > EVERYWHERE ? length : 1;
    for (let end = best().bytes.length; end > 0; end = Math.min(end - step, best().bytes.length)) {
      const { bytes } = best();
      const start = Math.max(0, end - length);
      const shorter = new Uint8Array(bytes.length - (end - start));
      shorter.set(bytes.subarray(0, start));
      shorter.set(bytes.subarray(end), start);
      attempt({ ...best(), bytes: shorter });
    }
  }
}
