import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Ceiling } from "../../bench/ceiling.ts";
import { temporaryFolder } from "../unit/cli/command.ts";

const RATES = { bridge: 1, route: 2, encapDecap: 3, podToPod: 4 };

describe("the ceiling", () => {
  const inside = temporaryFolder();

  /** Of a script that prints this. */
  function ceilingThatPrints(text: string): Ceiling {
    writeFileSync(inside("ceiling.mjs"), `console.log(${JSON.stringify(text)});`);
    return new Ceiling(inside("ceiling.mjs"));
  }

  it("is read before and after, once between two", () => {
    writeFileSync(
      inside("ceiling.mjs"),
      `import { appendFileSync } from "node:fs";
       appendFileSync(${JSON.stringify(inside("runs"))}, "x");
       console.log(${JSON.stringify(JSON.stringify({ mpps: RATES }))});`,
    );
    const ceiling = new Ceiling(inside("ceiling.mjs"));
    expect(ceiling.beside(() => 5)).toEqual({ result: 5, readings: [RATES, RATES] });
    ceiling.beside(() => 6);
    expect(readFileSync(inside("runs"), "utf8")).toBe("xxx");
    expect(ceiling.problem).toBeNull();
  });

  it("may be missing", () => {
    const ceiling = new Ceiling(inside("none.mjs"));
    expect(ceiling.beside(() => 5)).toEqual({ result: 5, readings: [] });
    expect(ceiling.problem).toBe(`${inside("none.mjs")} is missing`);
  });

  it.each<[string, string]>([
    ["no JSON", "fast"],
    ["nothing", ""],
    ["null", "null"],
    ["JSON without rates", "{}"],
    ["no object of rates", '{"mpps":null}'],
    ["a rate too few", JSON.stringify({ mpps: { ...RATES, encapDecap: undefined } })],
    ["a rate that is no number", JSON.stringify({ mpps: { ...RATES, route: "2" } })],
    ["a rate of nothing", JSON.stringify({ mpps: { ...RATES, route: 0 } })],
  ])("counts as none when it prints %s", (_name, text) => {
    const ceiling = ceilingThatPrints(text);
    expect(ceiling.beside(() => 5)).toEqual({ result: 5, readings: [] });
    expect(ceiling.problem).toBe(`${inside("ceiling.mjs")} could not be read`);
  });

  it("counts as none when it fails", () => {
    writeFileSync(
      inside("ceiling.mjs"),
      `console.log(${JSON.stringify(JSON.stringify({ mpps: RATES }))}); process.exit(3);`,
    );
    const ceiling = new Ceiling(inside("ceiling.mjs"));
    expect(ceiling.beside(() => 5).readings).toEqual([]);
    expect(ceiling.problem).toMatch(/could not be read$/);
  });
});
