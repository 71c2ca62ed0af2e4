import { describe, expect, it } from "vitest";
import { type Plot, svg } from "../../bench/plot.ts";
import { runSweep, SWEEPS, sweepsOf, type TimeCase } from "../../bench/sweeps.ts";
import { BENCHES } from "../../bench/benches.ts";

const PLOT: Plot = {
  title: "Frames & more",
  subtitle: "<a CPU>",
  xLabel: "bytes",
  yLabel: "Gbit/s",
  series: [
    {
      name: "one",
      points: [
        [64, 1],
        [128, 2],
        [256, 4],
      ],
    },
    { name: "two", points: [[64, 3.9]] },
  ],
};

describe("a plot", () => {
  const text = svg(PLOT);

  it("is the same for the same data, and well-formed", () => {
    expect(svg(structuredClone(PLOT))).toBe(text);
    expect(text).toContain(">Frames &amp; more</text>");
    expect(text).toContain(">&lt;a CPU></text>");
    const open = [...text.matchAll(/<(\w+)(?:\s[^<>]*[^/<>]|)>/g)].map((match) => match[1]);
    const closed = [...text.matchAll(/<\/(\w+)>/g)].map((match) => match[1]);
    expect(open.sort()).toEqual(closed.sort());
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("has points where they belong: x by powers, y from zero", () => {
    const [, places] = /<polyline [^>]*points="([^"]*)"/.exec(text)!;
    const points = places!.split(" ").map((place) => place.split(",").map(Number));
    const [first, second, third] = points as [number[], number[], number[]];
    expect(second[0]! - first[0]!).toBeCloseTo(third[0]! - second[0]!);
    // The axis ends at 5: y 1, 2 and 4 are as far apart as they are from 0.
    expect(second[1]! - third[1]!).toBeCloseTo(2 * (first[1]! - second[1]!), 0);
  });

  it("labels axes and lines", () => {
    for (const label of ["bytes", "Gbit/s", "one", "two", "64", "128", "256", "0", "5"])
      expect(text).toContain(`>${label}</text>`);
  });
});

describe("labels of the x axis", () => {
  it("leave out what would overlap, and keep the last", () => {
    const points = [64, 128, 1024, 1280, 1518].map((x) => [x, 1] as const);
    const text = svg({ ...PLOT, series: [{ name: "one", points }] });
    for (const label of ["64", "128", "1,518"]) expect(text).toContain(`>${label}</text>`);
    expect(text).not.toContain(">1,280</text>");
  });
});

describe("sweeps", () => {
  const machine = { cpu: "A CPU", cores: 2, node: "v20.1.2", date: "" };
  /** Looks the case up, and times nothing. */
  const time: TimeCase = (bench, options, isCase) => {
    const found = BENCHES[bench]!.cases(options).filter(({ name }) => isCase(name));
    expect(found.map(({ name }) => name)).toHaveLength(1);
    const { name, frameSize } = found[0]!;
    const samples = [1000 / (1 + name.length)];
    const result = { bench, name, frameSize: frameSize!.name, shortenedTo: null, frameLength: 60 };
    return { ...result, samples, allocatedBytes: 0, error: null, ceiling: null };
  };

  it.each(SWEEPS)("$name has a point for each value on each line, one case of a bench", (sweep) => {
    const plot = runSweep(sweep, Object.keys(BENCHES), machine, time);
    expect(plot.series.map(({ name }) => name)).toEqual(sweep.lines.map(({ name }) => name));
    for (const { points } of plot.series) expect(points.map(([x]) => x)).toEqual(sweep.values);
    expect(svg(plot)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("leave out lines of benches that were not asked for", () => {
    const [frameSize] = SWEEPS;
    expect(runSweep(frameSize!, ["route"], machine, time).series.map(({ name }) => name)).toEqual(["route"]);
    expect(sweepsOf(["path", "wire"]).map(({ name }) => name)).toEqual(["devices"]);
    expect(sweepsOf(["wire"])).toEqual([]);
  });

  it("have titles that fit above their plots", () => {
    for (const { title } of SWEEPS) expect(title.length).toBeLessThanOrEqual(65);
  });
});
