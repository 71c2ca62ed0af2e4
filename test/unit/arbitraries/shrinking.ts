/** What fast-check reports of a property that fails. */
import fc from "fast-check";

/** The smallest value that fails a property, as fast-check reports it, but for the bytes below. */
export function smallest<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean, seed = 1): string {
  const details = fc.check(fc.property(arbitrary, holds), { seed, numRuns: 1000 });
  if (details.counterexample === null) throw new Error("expected a property that fails, found one that holds");
  return fc.stringify(details.counterexample[0]).replace(/\n0x0000: [^]*/, "");
}

/** The smallest values that fail, for several seeds: one, when shrinking always gets to the bottom. */
export function smallestOf<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): string[] {
  return [...new Set([1, 2, 3].map((seed) => smallest(arbitrary, holds, seed)))];
}
