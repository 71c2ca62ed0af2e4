import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bench } from "../../../src/cli/bench.ts";
import { UsageError } from "../../../src/cli/errors.ts";
import { expectOneLineError, podwire, podwireHere, temporaryFolder } from "./command.ts";

interface Found {
  readonly machine: { readonly node: string };
  readonly results: readonly { bench: string; name: string; frameSize: string; error: null; samples: number[] }[];
}

describe("podwire bench", () => {
  const inside = temporaryFolder();

  it("prints a table of the pipeline it was asked for, and writes its figures", () => {
    const { status, stdout, stderr } = podwire(["bench", "route", "--flows", "64", "--json", "x.json"], {
      cwd: inside(),
    });
    expect([status, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/, \d+ cores?, Node v\d+\.\d+\.\d+, \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(lines[2]).toMatch(/^route: /);
    expect(lines.slice(4, 6)).toEqual([
      expect.stringMatching(/^ {2}no work +64 +\d[\d.]+ +\d[\d.]+ +\d[\d.]+ +\d[\d.]+ +\d+ % +-$/),
      expect.stringMatching(/^ {2}10,000 routes, 64 flows +64 +\d[\d.]+ +\d[\d.]+ +\d[\d.]+ +\d[\d.]+ +\d+ % +\S+$/),
    ]);
    expect(readdirSync(inside())).toEqual(["x.json"]);
    const { machine, results } = JSON.parse(readFileSync(inside("x.json"), "utf8")) as Found;
    expect(machine.node).toBe(process.version);
    expect(results.map(({ name }) => name)).toEqual(["no work", "10,000 routes, 64 flows"]);
    for (const { bench: name, frameSize, error, samples } of results) {
      expect([name, frameSize, error]).toEqual(["route", "64", null]);
      expect(samples.length).toBeGreaterThanOrEqual(20);
    }
  });

  it("writes JSON to standard output, and its text to standard error", () => {
    const { status, stdout, stderr } = podwire([
      ...["bench", "route", "--flows", "64", "--frame-sizes", "imix,IMIX", "--json", "-"],
    ]);
    expect(status).toBe(0);
    const { results } = JSON.parse(stdout) as Found;
    expect(results.map(({ frameSize }) => frameSize)).toEqual(["IMIX", "IMIX"]);
    expect(stderr).toMatch(/^route: /m);
  });

  it("tells the limits of its options, and which frame sizes are RFC 2544's", async () => {
    const { stdout } = await podwireHere(["bench", "--help"]);
    expect(stdout).toMatch(/ up to 60000 \(default 4096\)/);
    expect(stdout).toContain("64,128,256,512,1024,1280,1518; IMIX is the usual mix");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  it("says at once that it cannot write", async () => {
    mkdirSync(inside("folder"));
    expectOneLineError(
      await podwireHere(["bench", "--json", "no/such.json"], { cwd: inside() }),
      1,
      "expected a file that can be written, found no/such.json: no such file or folder",
    );
    expectOneLineError(await podwireHere(["bench", "--json", "folder"], { cwd: inside() }), 1, /it is a folder$/m);
    expect(readdirSync(inside())).toEqual(["folder"]);
  });
});

describe("podwire bench refuses", () => {
  const pipelines = "pod-to-pod or bridge or route or vxlan";

  it.each<[string, string[], string]>([
    ["a pipeline that is none", ["capture"], `expected PIPELINE to be ${pipelines}, found "capture"`],
    [
      "flows of a bridge",
      ["bridge", "--flows", "5"],
      "expected --flows with pod-to-pod or route or vxlan, found it with bridge",
    ],
    ["an unknown option", ["--macs", "5"], "bench: unknown option '--macs': see podwire bench --help"],
    ["a frame too short", ["--frame-sizes", "63"], 'expected --frame-sizes from 64 to 1518, or IMIX, found "63"'],
    ["a list with a hole", ["--frame-sizes", "64,,"], 'expected --frame-sizes from 64 to 1518, or IMIX, found ""'],
    ["no flows", ["--flows", "0"], 'expected --flows from 1 to 60000, found "0"'],
    ["too many flows", ["--flows", "64,60001"], 'expected --flows from 1 to 60000, found "60001"'],
    [
      "a missing file",
      ["route", "--json"],
      "bench: option '--json <value>' argument missing: see podwire bench --help",
    ],
  ])("%s", (_name, arguments_, message) => {
    expect(() => bench(arguments_)).toThrow(new UsageError(message));
  });

  it("with one line and exit code 2", async () => {
    expectOneLineError(await podwireHere(["bench", "fly"]), 2, `expected PIPELINE to be ${pipelines}, found "fly"`);
  });
});
