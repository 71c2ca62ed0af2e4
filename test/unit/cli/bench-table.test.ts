import { describe, expect, it } from "vitest";
import { runCase } from "../../../src/cli/bench-case.ts";
import { type BenchResult, figures, recordText, throwWhenFailed } from "../../../src/cli/bench-result.ts";
import { benchTable, legend, machineText, threeDigits } from "../../../src/cli/bench-table.ts";
import { Failure } from "../../../src/cli/errors.ts";
import { version } from "../../../src/cli/version.ts";

const RESULT: BenchResult = {
  bench: "route",
  name: "100 routes",
  frameSize: "64",
  shortenedTo: null,
  frameLength: 60,
  samples: [190, 195, 200, 205, 210],
  allocatedBytes: 0,
  error: null,
  ceiling: null,
};

const MACHINE = { cpu: "A CPU", cores: 2, node: "v20.1.2", date: "2026-01-02T03:04:05Z" };

/** A case of one round a sample whose workload fails in `verify`. */
const losing = {
  name: "losing",
  frameSize: null,
  create: () => ({
    name: "losing",
    operationsPerRound: 1,
    frameLength: 0,
    round: () => undefined,
    verify: () => {
      throw new Error("expected every packet to arrive, found 1 lost\nand a second line");
    },
  }),
};

describe("figures", () => {
  it("follow from the samples", () => {
    expect(figures({ ...RESULT, ceiling: 20 })).toEqual({
      mops: 5,
      // The fastest tenth takes 192 ns or less.
      bestMops: 1000 / 192,
      nanoseconds: 200,
      gigabitsPerSecond: 3.36,
      spreadPercent: 5,
      ofCeiling: 1000 / 192 / 20,
    });
    expect(figures({ ...RESULT, frameLength: 0 })).toMatchObject({ gigabitsPerSecond: null, ofCeiling: null });
  });

  it("are none of a case that failed", () => {
    expect(figures({ ...RESULT, samples: [], error: "wrong" })).toBeNull();
  });
});

describe("a case whose output is wrong", () => {
  const outcome = runCase(losing, () => [1, 2, 3]);

  it("has no figures, and says why in one line", () => {
    expect(outcome).toEqual({
      frameLength: 0,
      samples: [],
      allocatedBytes: 0,
      error: "expected every packet to arrive, found 1 lost",
    });
  });

  it("fails the run", () => {
    const failed = { ...RESULT, ...outcome, bench: "route", name: "losing" };
    expect(() => throwWhenFailed([RESULT])).not.toThrow();
    expect(() => throwWhenFailed([RESULT, failed])).toThrow(
      new Failure("route, losing: expected every packet to arrive, found 1 lost"),
    );
    expect(() => throwWhenFailed([failed, failed, failed])).toThrow(/ 1 lost, and 2 more$/);
  });

  it("is shown in the table", () => {
    const text = benchTable("route: why?", "packet", [RESULT, { ...RESULT, ...outcome, name: "losing" }]);
    expect(text.split("\n")).toEqual([
      "route: why?",
      "              frame    Mpps  best  ns/packet  Gbit/s  spread  bytes/packet",
      "  100 routes     64    5.00  5.21        200    3.36     5 %             -",
      "  losing         64  failed",
      "  losing: expected every packet to arrive, found 1 lost",
      "",
    ]);
  });
});

describe("a table", () => {
  it("has no frames where none are timed, and a ceiling where there is one", () => {
    const lookup = { ...RESULT, frameSize: null, frameLength: 0, allocatedBytes: 16.04 };
    expect(benchTable("tables", "lookup", [lookup]).split("\n").slice(1, 3)).toEqual([
      "               M/s  best  ns/lookup  spread  bytes/lookup",
      "  100 routes  5.00  5.21        200     5 %         16.04",
    ]);
    expect(
      benchTable("route", "packet", [RESULT, { ...RESULT, ceiling: 10 }])
        .split("\n")
        .slice(1, 4),
    ).toEqual([
      "              frame  Mpps  best  ns/packet  Gbit/s  spread  bytes/packet  of ceiling",
      "  100 routes     64  5.00  5.21        200    3.36     5 %             -",
      "  100 routes     64  5.00  5.21        200    3.36     5 %             -        52 %",
    ]);
  });

  it("says when frames were shortened", () => {
    const shortened = { ...RESULT, frameSize: "1518", shortenedTo: 1468 };
    expect(benchTable("pods", "packet", [shortened])).toContain("  1518 (1468)  ");
  });

  it.each([
    [1730.4, "1730"],
    [461.23, "461"],
    [15.72, "15.7"],
    [9.996, "10.0"],
    [2.166, "2.17"],
    [0.5781, "0.578"],
    [0.01234, "0.012"],
    [0, "0.000"],
  ])("shows %d as %s", (value, text) => expect(threeDigits(value)).toBe(text));

  it("tells the machine", () => {
    expect(machineText(MACHINE)).toBe("A CPU, 2 cores, Node v20.1.2, 2026-01-02T03:04:05Z");
    expect(machineText({ ...MACHINE, cores: 1 })).toContain("A CPU, 1 core, ");
  });
});

describe("the legend", () => {
  const lookup = { ...RESULT, frameSize: null, frameLength: 0 };
  const starts = (results: readonly BenchResult[]): string[] =>
    legend(results)
      .split("\n")
      .map((line) => line.split(/[: ]/)[0]!);

  it("has lines for the columns that are there", () => {
    expect(starts([lookup])).toEqual(["Medians", "Spread", "Bytes", ""]);
    expect(starts([lookup, RESULT])).toEqual(["Medians", "Gbit/s", "Spread", "Bytes", ""]);
    expect(legend([{ ...RESULT, samples: [], error: "lost" }])).toBe("");
  });

  it("says what became of frames that were shortened", () => {
    expect(legend([RESULT, { ...RESULT, frameSize: "1518", shortenedTo: 1468 }])).toContain(
      "\nFrame 1518 (1468): shortened to 1468, what the pods' MTU takes.\n",
    );
  });
});

describe("a run as JSON", () => {
  it("has the machine, and samples and figures of each case", () => {
    const record = JSON.parse(recordText(MACHINE, [RESULT])) as object;
    const results = [{ ...RESULT, figures: figures(RESULT) }];
    expect(record).toEqual({ podwire: version(), machine: MACHINE, results, facts: [] });
  });

  it("has the facts of its benches", () => {
    const facts = [{ bench: "route-table", name: "build", value: 12.5, unit: "ms" }];
    expect(JSON.parse(recordText(MACHINE, [], facts))).toMatchObject({ results: [], facts });
  });
});
