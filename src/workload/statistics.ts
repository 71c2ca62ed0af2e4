/** What samples of one quantity say: the middle of them, how far they spread, whether two sets differ. */

/** The value below which a share of the samples lies, between neighbours by proportion. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError("expected at least one sample, found none");
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)]!;
  return below + (sorted[Math.ceil(position)]! - below) * (position % 1);
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Distance of the quartiles, in percent of the median. */
export function spreadPercent(samples: readonly number[]): number {
  return (100 * (quantile(samples, 0.75) - quantile(samples, 0.25))) / median(samples);
}

/** How one set of samples differs from another. */
export interface Change {
  /** Of the median, in percent of the earlier one. */
  readonly percent: number;
  /** In percentage points, either way. */
  readonly uncertainty: number;
  readonly isWithinNoise: boolean;
}

/**
 * The change of the median. Its uncertainty is the quartile distance of either set, added as squares. It is not
 * divided by the root of their number: what disturbs a machine lasts for many samples, so they do not count one by
 * one. Where normal noise differs between processes and not within them, and each set has two of them, 94 % of the
 * changes of nothing stay within it.
 */
export function change(before: readonly number[], after: readonly number[]): Change {
  const ratio = median(after) / median(before);
  const uncertainty = ratio * Math.hypot(spreadPercent(before), spreadPercent(after));
  const percent = 100 * (ratio - 1);
  return { percent, uncertainty, isWithinNoise: Math.abs(percent) <= uncertainty };
}
