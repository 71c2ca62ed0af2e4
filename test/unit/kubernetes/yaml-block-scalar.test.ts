import { describe, expect, it } from "vitest";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

describe("lines as they are", () => {
  it.each([
    ["a: |\n  b\n  c\n", "b\nc\n"],
    ["a: |\n  b\n   c\n\n  \td # e", "b\n c\n\n\td # e\n"],
    ["a: |-\n  b\n\n", "b"],
    ["a: |+\n  b\n\n\n", "b\n\n\n"],
    ["a: |\n\n\n  b\n", "\n\nb\n"],
    ["a: |\n", ""],
    ["a: |\n\n\n", ""],
    ["a: |+\n\n\n", "\n\n"],
    ["a: |2\n    b\n   c", "  b\n c\n"],
    ["a: |-1\n  b", " b"],
    ["a: |1-  # c\n  b", " b"],
    ["a: |\n  b\n    \n  c\n", "b\n  \nc\n"],
    ["a: |\n  b\n # c\n  # d\n", "b\n"],
    ["a:\n  |\n  b\n", "b\n"],
    ["a: |\n  - b: {\n  ---\n", "- b: {\n---\n"],
  ])("%j", (text, value) => {
    expect(parseYamlDocuments(text)).toEqual([{ a: value }]);
  });
});

describe("lines folded", () => {
  it.each([
    ["a: >\n  b\n  c\n\n  d\n", "b c\nd\n"],
    ["a: >\n  b\n\n\n  c\n", "b\n\nc\n"],
    ["a: >-\n  b\n   c\n  d\n", "b\n c\nd"],
    ["a: >\n  b\n\n   c\n\n  d\n", "b\n\n c\n\nd\n"],
    ["a: >\n  b\n  \tc\n  d", "b\n\tc\nd\n"],
    ["a: >+\n\n  b\n\n", "\nb\n\n"],
    ["a: >1\n  b\n c\n", " b\nc\n"],
  ])("%j", (text, value) => {
    expect(parseYamlDocuments(text)).toEqual([{ a: value }]);
  });
});

it("is in a list, and behind it the list goes on", () => {
  expect(parseYamlDocuments("- |\n a\n- >-\n  b\n  c\n- - |2\n     d\n  - e")).toEqual([["a\n", "b c", [" d\n", "e"]]]);
});

describe("an error", () => {
  const HEADER = 'expected an indentation from 1 to 9, "+", "-" or the end of the line';
  it.each([
    ["a: |x\n  b", `line 1, column 5: ${HEADER}, found "x"`],
    ["a: |0\n  b", `line 1, column 5: ${HEADER}, found "0"`],
    ["a: |12\n  b", `line 1, column 6: ${HEADER}, found "2"`],
    ["a: >+-\n  b", `line 1, column 6: ${HEADER}, found "-"`],
    ["a: | b", `line 1, column 6: ${HEADER}, found "b"`],
    ["a: |\n   \n  b", 'line 3, column 3: expected a line as deep as the blank ones above it, found "b"'],
    ["a: |\n   b\n  c", 'line 3, column 3: expected a key at column 1, found "c"'],
    ["a: |\n  b\n\tc", "line 3, column 1: expected spaces as indentation, found a tab"],
  ])("of %j", (text, message) => {
    expect(() => parseYamlDocuments(text)).toThrow(message);
  });
});
