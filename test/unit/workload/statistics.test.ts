import { describe, expect, it } from "vitest";
import { change, median, quantile, spreadPercent } from "../../../src/workload/statistics.ts";

describe("quantiles", () => {
  it("are samples, or lie between two by proportion", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
    expect(quantile([10, 20], 0.75)).toBe(17.5);
    expect(median([7])).toBe(7);
  });

  it("leave the samples in their order", () => {
    const samples = [3, 1, 2];
    median(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it("want a sample", () => {
    expect(() => median([])).toThrow(new RangeError("expected at least one sample, found none"));
  });

  it("give the spread in percent of the median", () => {
    expect(spreadPercent([80, 90, 100, 110, 120])).toBe(20);
    expect(spreadPercent([5, 5, 5])).toBe(0);
  });
});

describe("a change", () => {
  const steady = [98, 99, 100, 101, 102];

  it("is within noise when it is no larger than the samples' spread", () => {
    const shifted = steady.map((sample) => sample * 1.01);
    const found = change(steady, shifted);
    expect(found.percent).toBeCloseTo(1);
    expect(found.uncertainty).toBeCloseTo(1.01 * Math.SQRT2 * 2);
    expect(found.isWithinNoise).toBe(true);
  });

  it("is none of noise when it is larger, upwards and downwards", () => {
    const doubled = change(
      steady,
      steady.map((sample) => sample * 2),
    );
    expect([Math.round(doubled.percent), doubled.isWithinNoise]).toEqual([100, false]);
    const halved = change(
      steady,
      steady.map((sample) => sample / 2),
    );
    expect([Math.round(halved.percent), halved.isWithinNoise]).toEqual([-50, false]);
  });

  it("of noisy samples must be large to count", () => {
    const noisy = [50, 75, 100, 125, 150];
    expect(
      change(
        noisy,
        noisy.map((sample) => sample * 1.3),
      ).isWithinNoise,
    ).toBe(true);
  });

  it("of nothing is nothing", () => {
    expect(change([5, 5, 5], [5, 5, 5])).toEqual({ percent: 0, uncertainty: 0, isWithinNoise: true });
  });
});
