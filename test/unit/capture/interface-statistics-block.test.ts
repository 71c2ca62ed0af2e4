import { describe, expect, it } from "vitest";
import { writeInterfaceStatistics } from "../../../src/capture/interface-statistics-block.ts";
import type { InterfaceStatistics } from "../../../src/capture/interface-statistics-block.ts";
import { blockWords, expected } from "./block-words.ts";
import { block, recordsOf } from "./reading.ts";

const statisticsWords = (statistics: InterfaceStatistics, epochSeconds = 0): string[] =>
  blockWords((block) => writeInterfaceStatistics(block, 1, 2 ** 32 + 9, statistics), epochSeconds);

describe("Interface Statistics Block", () => {
  it("has interface and time", () => {
    expect(statisticsWords({})).toEqual(expected("05000000 18000000", "01000000 01000000 09000000", "18000000"));
  });

  it("has all options under their codes, times with the upper half first and counts with the lower", () => {
    const statistics: InterfaceStatistics = {
      startTime: 1,
      endTime: 2 ** 32 + 2,
      received: 2 ** 32 + 3,
      dropped: 0,
      acceptedByFilter: 4,
      osDropped: 5,
      delivered: 6,
    };
    expect(statisticsWords(statistics)).toEqual(
      expected(
        "05000000 70000000",
        "01000000 01000000 09000000",
        "02000800 00000000 01000000", // isb_starttime
        "03000800 01000000 02000000", // isb_endtime
        "04000800 03000000 01000000", // isb_ifrecv
        "05000800 00000000 00000000", // isb_ifdrop
        "06000800 04000000 00000000", // isb_filteraccept
        "07000800 05000000 00000000", // isb_osdrop
        "08000800 06000000 00000000", // isb_usrdeliv
        "00000000 70000000",
      ),
    );
  });

  it("counts all times from the epoch", () => {
    const words = statisticsWords({ startTime: 0, endTime: 2 }, 1);
    expect(words.slice(3, 5)).toEqual(expected("01000000 09ca9a3b"));
    expect(words.slice(6, 8)).toEqual(expected("00000000 00ca9a3b"));
    expect(words.slice(9, 11)).toEqual(expected("00000000 02ca9a3b"));
  });

  it.each([
    [{ startTime: -1 }, RangeError, /^expected startTime to be nanoseconds/],
    [{ endTime: "1" }, TypeError, /^expected endTime to be nanoseconds/],
    [{ received: -1 }, RangeError, /^expected received/],
    [{ dropped: 0.5 }, RangeError, /^expected dropped/],
    [{ acceptedByFilter: 1n }, TypeError, /^expected acceptedByFilter/],
    [{ osDropped: NaN }, RangeError, /^expected osDropped/],
    [{ delivered: 2 ** 53 }, RangeError, /^expected delivered/],
  ])("refuses %o", (statistics, kind, message) => {
    expect(() => statisticsWords(statistics as unknown as InterfaceStatistics)).toThrow(kind);
    expect(() => statisticsWords(statistics as unknown as InterfaceStatistics)).toThrow(message);
  });
});

describe("an Interface Statistics Block that is read", () => {
  it("has all that it tells", () => {
    const body =
      "00000000 00000000 40420f00" +
      "01000100 63000000 02000800 00000000 01000000 03000800 00000000 02000000" +
      "04000800 01000000 00000000 05000800 02000000 00000000 06000800 03000000 00000000" +
      "07000800 04000000 00000000 08000800 05000000 00000000 63000000 00000000";
    expect(recordsOf(block("05000000", body))).toEqual([
      {
        ...{ kind: "statistics", interfaceId: 0, seconds: 1, nanoseconds: 0, comments: ["c"] },
        startTime: { seconds: 0, nanoseconds: 1_000 },
        endTime: { seconds: 0, nanoseconds: 2_000 },
        ...{ received: 1, dropped: 2, acceptedByFilter: 3, osDropped: 4, delivered: 5 },
        options: [{ code: 99, value: new Uint8Array(0) }],
      },
    ]);
  });

  it("keeps counts beyond 2^53 - 1 as they are", () => {
    expect(recordsOf(block("05000000", "00000000 00000000 00000000 04000800 ffffffff ffffffff"))).toMatchObject([
      { received: undefined, options: [{ code: 4, value: new Uint8Array(8).fill(0xff) }] },
    ]);
  });
});
