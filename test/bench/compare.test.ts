import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { comparison, readRecord } from "../../bench/compare.ts";
import { type BenchRecord, type BenchResult, recordText } from "../../src/cli/bench-result.ts";
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

/** A record as JSON, to be spoiled. */
interface Written {
  readonly machine: Record<string, unknown>;
  readonly results: Record<string, unknown>[];
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
    const before = readRecord(inside("before.json"));
    expect(comparison("before.json", before, { machine: MACHINE, results: after }).split("\n")).toEqual([
      "compared with before.json: A CPU, 2 cores, Node v20.1.2, 2026-01-02T03:04:05Z",
      "                   frame  ns before  ns now   change  uncertainty",
      "  route: steady       64        100     101   +0.5 %        ± 1.4  within noise",
      "  route: improved     64        200     100  -50.0 %        ± 0.7        faster",
      "  route: worse        64        100     150  +50.0 %        ± 4.2        slower",
      "  in one run only: 1 case of the earlier, 3 of this one",
      "",
    ]);
  });

  it("says when there is nothing in common", () => {
    const run = { machine: MACHINE, results: BEFORE };
    const text = comparison("x.json", { machine: MACHINE, results: [] }, run);
    expect(text).toContain("\n  no case of this run is in that one\n");
    expect(text).toContain("\n  in one run only: 0 cases of the earlier, 4 of this one\n");
    expect(comparison("x.json", run, run)).not.toMatch(/one run only|warning/);
  });

  it("does not judge what is too noisy", () => {
    const words = (samples: readonly number[]): string => {
      const before = { machine: MACHINE, results: [result("x", [100, 100, 100])] };
      return comparison("x.json", before, { machine: MACHINE, results: [result("x", samples)] });
    };
    expect(words([60, 100, 170])).toMatch(/± 55.0 +too noisy to tell$/m);
    expect(words([300, 400, 500])).toMatch(/\+300.0 % +± 100.0 +too noisy to tell$/m);
    expect(words([75, 100, 165])).toMatch(/± 45.0 +within noise$/m);
  });

  it("warns when the machine is another", () => {
    const warning = (changes: Partial<typeof MACHINE>): string[] => {
      const run = { machine: MACHINE, results: BEFORE };
      const text = comparison("x.json", run, { ...run, machine: { ...MACHINE, ...changes } });
      return text.split("\n").filter((line) => line.includes("warning"));
    };
    expect(warning({ cores: 4, date: "2027-01-02T03:04:05Z" })).toEqual([]);
    expect(warning({ cpu: "B" })).toEqual(["  warning: not the same CPU (A CPU, now B): changes may come from that"]);
    expect(warning({ cpu: "B", node: "v22" })).toEqual([
      "  warning: not the same CPU (A CPU, now B) and Node (v20.1.2, now v22): changes may come from that",
    ]);
  });

  it("reads records from before they had a version and facts", () => {
    const { podwire: _podwire, facts: _facts, ...old } = JSON.parse(recordText(MACHINE, BEFORE)) as BenchRecord;
    writeFileSync(inside("x.json"), JSON.stringify(old));
    expect(readRecord(inside("x.json")).results).toHaveLength(BEFORE.length);
  });

  it.each<[string, (record: Written) => void]>([
    ["machine.cpu", ({ machine }) => delete machine["cpu"]],
    ["machine.node", ({ machine }) => delete machine["node"]],
    ["machine.date", ({ machine }) => (machine["date"] = 5)],
    ["machine.cores", ({ machine }) => (machine["cores"] = "two")],
    ["results[1].bench", ({ results }) => delete results[1]!["bench"]],
    ["results[0].name", ({ results }) => delete results[0]!["name"]],
    ["results[2].frameSize", ({ results }) => delete results[2]!["frameSize"]],
    ["results[3].samples", ({ results }) => delete results[3]!["samples"]],
    ["results[3].samples", ({ results }) => (results[3]!["samples"] = [1, 0])],
    ["results[4].bench", ({ results }) => results.splice(4, 1, null as never)],
  ])("refuses a record without %s in one line", (field, spoil) => {
    const record = JSON.parse(recordText(MACHINE, BEFORE)) as Written;
    spoil(record);
    writeFileSync(inside("x.json"), JSON.stringify(record));
    expect(() => readRecord(inside("x.json"))).toThrow(
      new Failure(
        `expected --compare to name a file that --json wrote, found ${inside("x.json")}: JSON without a usable ${field}`,
      ),
    );
  });

  it.each<[string, string | null, RegExp]>([
    ["a file that is missing", null, /found \S+x\.json: no such file$/],
    ["what is no JSON", "table", /found \S+x\.json: Unexpected token/],
    ["other JSON", "[1]", /found \S+x\.json: JSON without a machine and results$/],
    ["nothing", "null", /JSON without a machine and results$/],
    [
      "a machine that is none",
      '{"machine":{"date":""},"results":[{"bench":"a","name":"b","samples":["c"]}]}',
      /JSON without a usable machine\.cpu$/,
    ],
  ])("refuses %s", (_name, content, message) => {
    if (content !== null) writeFileSync(inside("x.json"), content);
    expect(() => readRecord(inside("x.json"))).toThrow(Failure);
    expect(() => readRecord(inside("x.json"))).toThrow(message);
  });
});
