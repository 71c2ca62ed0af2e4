import { describe, expect, it } from "vitest";
import { addTimes, compareTimes, secondsOption, timeOption } from "../../../src/cli/capture-time.ts";
import { UsageError } from "../../../src/cli/errors.ts";

describe("seconds", () => {
  it.each([
    ["0", 0, 0],
    ["5", 5, 0],
    ["+5.25", 5, 250_000_000],
    ["1700000000.123456789", 1_700_000_000, 123_456_789],
    ["0.000000001", 0, 1],
    ["-1", -1, 0],
    ["-1.5", -2, 500_000_000],
    ["-0.000000001", -1, 999_999_999],
    ["-0", 0, 0],
  ])("%s", (text, seconds, nanoseconds) => {
    expect(secondsOption("--shift", text)).toEqual({ seconds, nanoseconds });
  });

  it.each(["", "1.", ".5", "1e9", "1,5", "1.0000000001", "--1", "1s", "9999999999999999"])("but not %s", (text) => {
    expect(() => secondsOption("--shift", text)).toThrow(
      new UsageError(`expected --shift in seconds such as 1.5 or -0.000001, found ${JSON.stringify(text)}`),
    );
  });
});

describe("times", () => {
  it.each([
    ["1700000000", 1_700_000_000, 0, false],
    ["0.5", 0, 500_000_000, false],
    ["+2.5", 2, 500_000_000, true],
    ["2023-11-14T22:13:20Z", 1_700_000_000, 0, false],
    ["2023-11-14 22:13:20.000000001", 1_700_000_000, 1, false],
    ["2023-11-14T23:13:20.5+01:00", 1_700_000_000, 500_000_000, false],
    ["2023-11-14T22:13", 1_699_999_980, 0, false],
    ["2023-11-14", 1_699_920_000, 0, false],
    ["1969-12-31T23:59:59.25Z", -1, 250_000_000, false],
  ])("%s", (text, seconds, nanoseconds, isRelative) => {
    expect(timeOption("--from", text)).toEqual({ seconds, nanoseconds, isRelative });
  });

  it.each(["", "-5", "yesterday", "2023-13-01", "2023-11-14T25:00", "14.11.2023", "2023-11-14T22:13:20.0000000001"])(
    "but not %s",
    (text) => {
      expect(() => timeOption("--to", text)).toThrow(UsageError);
      expect(() => timeOption("--to", text)).toThrow(/^expected --to as 2026-01-01T12:00:00Z, seconds since 1970, or/);
    },
  );

  it("add up with a carry", () => {
    const half = { seconds: 1, nanoseconds: 500_000_000 };
    expect(addTimes(half, half)).toEqual({ seconds: 3, nanoseconds: 0 });
    expect(addTimes(half, { seconds: -2, nanoseconds: 499_999_999 })).toEqual({
      seconds: -1,
      nanoseconds: 999_999_999,
    });
  });

  it("are in order", () => {
    const times = [
      { seconds: 2, nanoseconds: 0 },
      { seconds: 1, nanoseconds: 9 },
      { seconds: -1, nanoseconds: 5 },
      { seconds: 1, nanoseconds: 8 },
    ];
    expect(times.sort(compareTimes).map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual([
      [-1, 5],
      [1, 8],
      [1, 9],
      [2, 0],
    ]);
  });
});
