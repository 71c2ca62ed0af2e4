import { describe, expect, it } from "vitest";
import { ClusterFileError } from "../../../src/kubernetes/cluster-file-error.ts";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

const message = (text: string): string => {
  try {
    return `read as ${JSON.stringify(parseYamlDocuments(text))}`;
  } catch (error) {
    expect(error).toBeInstanceOf(ClusterFileError);
    return (error as Error).message;
  }
};

describe("documents", () => {
  it.each<[text: string, values: readonly unknown[]]>([
    ["a: 1", [{ a: 1 }]],
    ["a: 1\n---\nb: 2\n", [{ a: 1 }, { b: 2 }]],
    ["---\na: 1\n--- # the next\nb: 2\n...\n", [{ a: 1 }, { b: 2 }]],
    ["a: 1\n...\nb: 2\n... # over\n---\nc: 3", [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ["---\n---\n# Source: chart/templates/none.yaml\n---\na: 1\n---\nnull\n---\n", [{ a: 1 }]],
    ["- a\n- b", [["a", "b"]]],
    ["text", ["text"]],
    ["false\n---\n0\n---\n''", [false, 0, ""]],
    ["%YAML 1.2\n---\na: 1\n", [{ a: 1 }]],
    ["# c\n%YAML 1.1 # c\n# d\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n", [{ a: 1 }, { b: 2 }]],
    ["a: |\n  b\n---\nc: |+\n  d\n\n---\ne: >\n  f", [{ a: "b\n" }, { c: "d\n\n" }, { e: "f\n" }]],
    ["a: ---\nb: x---\nc: .... d\n", [{ a: "---", b: "x---", c: ".... d" }]],
    [" \n# c\n\n  a: 1\n  b: 2\n", [{ a: 1, b: 2 }]],
  ])("%j", (text, values) => {
    expect(parseYamlDocuments(text)).toEqual(values);
  });

  it("are the same with a byte order mark and any ends of lines", () => {
    const text = "a:\n  - b\n\n  - |\n    c\n\n    d\n---\ne: 'f\n\n  g'\n";
    const values = [{ a: ["b", "c\n\nd\n"] }, { e: "f\ng" }];
    for (const end of ["\n", "\r\n", "\r"])
      expect(parseYamlDocuments(`\ufeff${text.replace("---\n", "\ufeff---\n\ufeff").replaceAll("\n", end)}`)).toEqual(
        values,
      );
  });

  it.each([
    ["", "expected a document, found none but empty ones"],
    ["# nothing\n---\n~\n", "expected a document, found none but empty ones"],
    ["a: 1\n--- b: 2\n", 'line 2, column 5: expected the end of the line, found "b"'],
    ["a: 1\n---b\n", 'line 2, column 4: expected the end of the line, found "b"'],
    ["a: 1\n... b\n", 'line 2, column 5: expected the end of the line, found "b"'],
    ["%TAG ! tag:x,2000:\n---\na: 1\n", 'line 1, column 1: expected no directive but %YAML 1.2, found "%"'],
    ["%YAML 2.0\n---\na: 1\n", 'line 1, column 1: expected no directive but %YAML 1.2, found "%"'],
    ["%YAML 1.2\na: 1\n", 'line 2, column 1: expected "---" behind a directive, found "a"'],
    ["%YAML 1.2\n", 'line 2, column 1: expected "---" behind a directive, found the end of the document'],
    ["a: 1\r\nb: \0\r\n", 'line 2, column 4: expected text, found "\\u0000"'],
    [
      "a: 1\n---\n# c\n- b\n- @\n",
      'line 5, column 3: expected a value, or quotes around a text that begins so, found "@"',
    ],
    ["[a]\nb", 'line 2, column 1: expected the end of the document, found "b"'],
    ["- a\nb: c", 'line 2, column 1: expected the end of the document, found "b"'],
  ])("of %j: an error that tells where", (text, expected) => {
    expect(message(text)).toBe(expected);
  });
});

describe("what is refused by name", () => {
  it.each([
    ["a:\n\tb: 1", "line 2, column 1: expected spaces as indentation, found a tab"],
    ["a:\n  - b\n \t- c", "line 3, column 2: expected spaces as indentation, found a tab"],
    ["a: |\n\tb", "line 2, column 1: expected spaces as indentation, found a tab"],
    ["-\ta", "line 1, column 2: expected a space, found a tab"],
    ["a: !!str 5", 'line 1, column 4: expected a value without a tag, found "!"'],
    ["a: [!x 5]", 'line 1, column 5: expected a value without a tag, found "!"'],
    ["a: 1\nb: 2\na: 3", 'line 3, column 1: expected a key that is not there yet, found "a"'],
    ["yes: 1\n'true': 2", 'line 2, column 1: expected a key that is not there yet, found "true"'],
    ["{a: 1, a: 2}", 'line 1, column 8: expected a key that is not there yet, found "a"'],
    ["? a\n: b", 'line 1, column 1: expected a key that is text, and no "?", found "?"'],
    ["a: 1\n? b", 'line 2, column 1: expected a key that is text, and no "?", found "?"'],
    ["[a]: b", 'line 1, column 1: expected a key that is text, found "["'],
    ["a: 1\n{b: c}: d", 'line 2, column 1: expected a key that is text, found "{"'],
    ["[[a]: b]", 'line 1, column 2: expected a key that is text, found "["'],
    ["a: &x b\n*x : c", 'line 2, column 1: expected a key that is text, found "*"'],
    ["- &x a\n- *x : c", 'line 2, column 3: expected a key that is text, found "*"'],
    ["~: a", 'line 1, column 1: expected a key that is text, found "~"'],
    ["a: {{ .Values.name }}", 'line 1, column 5: expected a key that is text, and no template, found "{"'],
    ["a: .inf", "line 1, column 4: expected a number that JSON has, found .inf"],
  ])("%j", (text, expected) => {
    expect(message(text)).toBe(expected);
  });

  it("is too much depth, in every way", () => {
    const tooDeep = /^line \d+, column \d+: expected at most 256 levels, found one more$/;
    expect(message("[".repeat(300))).toMatch(tooDeep);
    expect(message("{a: ".repeat(300))).toMatch(tooDeep);
    expect(message("[a: ".repeat(300))).toMatch(tooDeep);
    expect(message("- ".repeat(300))).toMatch(tooDeep);
    expect(message(Array.from({ length: 300 }, (_, index) => `${" ".repeat(index)}a:\n`).join(""))).toMatch(tooDeep);
    expect(message(`${"- ".repeat(200)}${"[".repeat(100)}`)).toMatch(tooDeep);
    expect(message(`${"[".repeat(256)}${"]".repeat(256)}`)).toMatch(/^read as \[/);
  });
});

describe("time", () => {
  const times = (part: string, size: number): string => part.repeat(Math.ceil(size / part.length));
  it.each<[name: string, text: (size: number) => string]>([
    ["blank lines behind a text", (size) => `- a${times("\n", size)}- b`],
    ["blank lines between items", (size) => times("- a\n\n\n", size)],
    ["lines of a text", (size) => `a: ${times("b\n  ", size)}`],
    ["blanks in quotes", (size) => `a: "${times(" \n   b", size)}"`],
    ["quotes that do not end", (size) => `a: "${times("b\n\n", size)}`],
    ["spaces", (size) => `${times(`${" ".repeat(500)}\n`, size)}a: b${times(" ", size)}`],
    ["keys", (size) => Array.from({ length: size / 8 }, (_, index) => `k${index}: v\n`).join("")],
    ["documents", (size) => times("a: 1\n---\n", size)],
    ["lines kept", (size) => `a: |\n${times("  x\n\n", size)}`],
    ["lines folded", (size) => `a: >\n${times("  x\n\n", size)}`],
    ["aliases", (size) => `a: &a 1\nb:\n${times("- *a\n", size)}`],
    ["brackets", (size) => `[${times("a,\n", size)}]`],
    ["digits", (size) => `a: 0${times("0", size)}9`],
  ])("grows no faster than the text: %s", (_name, text) => {
    message(text(10_000));
    const start = process.cpuUsage();
    message(text(100_000));
    // In quadratic time it would be many seconds, in linear time it is a few hundredths of one.
    expect(process.cpuUsage(start).user).toBeLessThan(1e6);
  });
});
