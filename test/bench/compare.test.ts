import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { comparison, readRecord } from "../../bench/compare.ts";
import { type BenchResult, recordText } from "../../src/cli/bench-result.ts";
import { Failure } from "../../src/cli/errors.ts";
import { temporaryFolder } from "../unit/cli/command.ts";

const MACHINE = { cpu: "A CPU", cores: 2, node: "v20.1.2", date: "2026-01-02T03:04:05Z" };

function result(name: string, samples: readonly number[], changes: Partial<BenchResult> = {}): BenchResult {
  return {
    bench: "route",
    name,
    frameSize: "64",
    shortenedTo: null,
    frameLength: 60,
    samples,
    allocatedBytes: 0,
    error: null,
    ceiling: null,
    ...changes,
  };
}

const BEFORE = [
  result("steady", [99, 100, 101]),
  result("improved", [198, 200, 202]),
  result("worse", [98, 100, 102]),
  result("gone", [1, 2, 3]),
  result("failed", [], { error: "lost" }),
];

describe("comparing two runs", () => {
  const inside = temporaryFolder();

  it("gives the change, its uncertainty, and a word", () => {
    writeFileSync(inside("before.json"), recordText(MACHINE, BEFORE));
    const after = [
      result("steady", [99.5, 100.5, 101.5]),
      result("improved", [99, 100, 101]),
      result("worse", [147, 150, 153]),
      result("new", [1, 2, 3]),
      result("failed", [1, 2, 3]),
      result("steady", [1, 2, 3], { frameSize: "128" }),
    ];
    expect(comparison("before.json", readRecord(inside("before.json")), after).split("\n")).toEqual([
      "compared with before.json: A CPU, 2 cores, Node v20.1.2, 2026-01-02T03:04:05Z",
      "                   frame  ns before  ns now   change  uncertainty",
      "  route: steady       64        100     101   +0.5 %        ± 1.4  within noise",
      "  route: improved     64        200     100  -50.0 %        ± 0.7        faster",
      "  route: worse        64        100     150  +50.0 %        ± 4.2        slower",
      "",
    ]);
  });

  it("says when there is nothing in common", () => {
    const text = comparison("x.json", { machine: MACHINE, results: [] }, BEFORE);
    expect(text).toContain("\n  no case of this run is in that one\n");
  });

  it.each<[string, string | null, RegExp]>([
    ["a file that is missing", null, /found \S+x\.json: no such file$/],
    ["what is no JSON", "table", /found \S+x\.json: Unexpected token/],
    ["other JSON", "[1]", /found \S+x\.json: JSON without a machine and results$/],
    ["nothing", "null", /JSON without a machine and results$/],
    ["samples that are none", '{"machine":{"date":""},"results":[{"bench":"a","name":"b","samples":["c"]}]}', /JSON w/],
  ])("refuses %s", (_name, content, message) => {
    if (content !== null) writeFileSync(inside("x.json"), content);
    expect(() => readRecord(inside("x.json"))).toThrow(Failure);
    expect(() => readRecord(inside("x.json"))).toThrow(message);
  });
});
