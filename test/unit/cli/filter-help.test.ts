import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { convert } from "../../../src/cli/convert.ts";
import { decode } from "../../../src/cli/decode.ts";
import { FILTER_FORMS, filterHelp, MISSING_FORMS } from "../../../src/cli/filter-help.ts";
import { compileFilter, FilterError } from "../../../src/wire/index.ts";
import { within } from "./command.ts";

const page = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

describe("the help on filters", () => {
  it.each(FILTER_FORMS.flatMap(({ examples }) => examples))("has with %j a filter that is one", (example) => {
    expect(() => compileFilter(example)).not.toThrow();
  });

  it.each(MISSING_FORMS)("says rightly that %s are not taken: %j", (_what, example) => {
    expect(() => compileFilter(example)).toThrow(FilterError);
  });

  it("has lines that a terminal has room for", () => {
    for (const line of filterHelp().split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each([
    ["decode", decode],
    ["convert", convert],
  ])("is what %s tells with --help-filter, and --help names it", (_name, run) => {
    expect(within(".", run, ["--help-filter"])).toEqual({ status: 0, stdout: filterHelp(), stderr: "" });
    expect(within(".", run, ["--help"]).stdout).toMatch(/^ {2}--help-filter +\S/m);
  });

  it("is on the page as well, each form and what is missing", () => {
    for (const { form, examples } of FILTER_FORMS) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${form}\` `));
      expect(row, form).toBeDefined();
      for (const example of examples) expect(row).toContain(`\`${example}\``);
    }
    for (const [what, example] of MISSING_FORMS)
      expect(page.replace(/\s+/g, " ")).toContain(`${what} (\`${example}\`)`);
  });
});
