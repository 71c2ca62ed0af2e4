import { describe, expect, it } from "vitest";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

describe("anchors", () => {
  it.each<[text: string, value: unknown]>([
    ["a: &x 1\nb: *x", { a: 1, b: 1 }],
    ["a: &x\n  b: 1\nc: *x # d", { a: { b: 1 }, c: { b: 1 } }],
    ["a: &x\n- 1\nb: [*x, {c: *x}]", { a: [1], b: [[1], { c: [1] }] }],
    ["- &x # c\n  a: 1\n- *x", [{ a: 1 }, { a: 1 }]],
    ["- &x [a, &y b]\n- *y\n- *x", [["a", "b"], "b", ["a", "b"]]],
    ["a: &x |\n  t\nb: *x", { a: "t\n", b: "t\n" }],
    ["a: &x\nb: *x\nc: [&y , *y]", { a: null, b: null, c: [null, null] }],
    ["a: &x 1\nb: &x 2\nc: *x", { a: 1, b: 2, c: 2 }],
  ])("%j", (text, value) => {
    expect(parseYamlDocuments(text)).toEqual([value]);
  });

  it.each([
    ["a: *x", 'line 1, column 4: expected an alias of an anchor above it, found "*x"'],
    ["a: &x [*x]", 'line 1, column 8: expected an alias of an anchor above it, found "*x"'],
    ["a: &x 1\n---\nb: *x", 'line 3, column 4: expected an alias of an anchor above it, found "*x"'],
    [
      "a: *",
      "line 1, column 5: expected an anchor's name, or quotes around a text that begins so, found the end of the line",
    ],
    ["a: & b", `line 1, column 5: expected an anchor's name, or quotes around a text that begins so, found " "`],
    ["a: &x 1\nb: &y *x", 'line 2, column 7: expected one value for one anchor, found "*"'],
    ["a: [&x &y 1]", 'line 1, column 8: expected one value for one anchor, found "&"'],
    ["- &x a: 1", 'line 1, column 7: expected one value, or a key on a line of its own, found ":"'],
    ["a: &x 1\nb: *x c", 'line 2, column 7: expected the end of the line, found "c"'],
  ])("wrongly: %j", (text, message) => {
    expect(() => parseYamlDocuments(text)).toThrow(message);
  });

  it("stand for a bounded number of values", () => {
    const lines = Array.from({ length: 9 }, (_, index) => `- &a${index + 1} [${`*a${index}, `.repeat(9)}]`);
    expect(() => parseYamlDocuments(["- &a0 [x]", ...lines].join("\n"))).toThrow(
      /^line 6, column \d+: expected aliases for at most 100000 values, found more of them$/,
    );
    expect(() => parseYamlDocuments(`- &a [${"x,".repeat(1_000)}]\n${"- *a\n".repeat(99)}`)).not.toThrow();
    // Documents do not begin to count anew.
    const document = `- &a [${"x,".repeat(1_000)}]\n${"- *a\n".repeat(60)}`;
    expect(() => parseYamlDocuments(`${document}---\n${document}`)).toThrow("at most 100000 values");
  });
});
