import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../../src/cli/command-line.ts";
import { UsageError } from "../../../src/cli/errors.ts";

const OPTIONS = {
  count: { type: "string", short: "c" },
  shift: { type: "string" },
  kind: { type: "string", multiple: true },
  json: { type: "boolean", short: "j" },
} as const;

function read(...arguments_: readonly string[]) {
  const { values, positionals } = readCommandLine("decode", arguments_, OPTIONS);
  return { values: { ...values }, positionals };
}

describe("readCommandLine", () => {
  it.each<[string[], object]>([
    [["--shift", "-1.5"], { shift: "-1.5" }],
    [["--shift", "-.5"], { shift: "-.5" }],
    [["--shift=-1.5"], { shift: "-1.5" }],
    [["-c", "-1"], { count: "-1" }],
    [["--count", "-1", "--json"], { count: "-1", json: true }],
    [["--kind", "-1", "--kind", "-2"], { kind: ["-1", "-2"] }],
    [["--shift", "1.5"], { shift: "1.5" }],
  ])("takes %j, a negative number behind an option being its value", (arguments_, values) => {
    expect(read(...arguments_)).toEqual({ values, positionals: [] });
  });

  it("takes no number for the value of what wants none, and nothing behind two dashes", () => {
    expect(() => read("--json", "-1")).toThrow(
      new UsageError("decode: unknown option '-1': see podwire decode --help"),
    );
    expect(read("--", "--shift", "-1")).toEqual({ values: {}, positionals: ["--shift", "-1"] });
  });

  it.each([
    [["-c", "-x"], "--count"],
    [["--shift", "--json"], "--shift"],
    [["--kind", "-j"], "--kind"],
  ])("tells of %j how a value with a dash is written", (arguments_, option) => {
    const hint = `what begins with a dash is written ${option}=-...`;
    const message = `decode: expected a value for ${option}, found another option: ${hint}: see podwire decode --help`;
    expect(() => read(...arguments_)).toThrow(new UsageError(message));
  });

  it("tells of other mistakes what node:util says", () => {
    expect(() => read("--bogus")).toThrow(
      new UsageError("decode: unknown option '--bogus': see podwire decode --help"),
    );
    expect(() => read("--shift")).toThrow(
      new UsageError("decode: option '--shift <value>' argument missing: see podwire decode --help"),
    );
  });
});
