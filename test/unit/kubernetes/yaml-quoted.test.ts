import { describe, expect, it } from "vitest";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

describe("in single quotes", () => {
  it.each([
    ["''", ""],
    ["'a: b # c'", "a: b # c"],
    ["'it''s'", "it's"],
    ["''''", "'"],
    [`'\\n"'`, `\\n"`],
    ["'a  \n   b\n\n \n  c'", "a b\n\nc"],
    ["'\n a\n '", " a "],
    ["'yes'", "yes"],
  ])("%j", (text, value) => {
    expect(parseYamlDocuments(text)).toEqual([value]);
  });
});

describe("in double quotes", () => {
  it.each([
    ['""', ""],
    ['"a: b # c"', "a: b # c"],
    [`"it's"`, "it's"],
    ['"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\ \\"\\/\\\\\\N\\_\\L\\P"', '\0\x07\b\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029'],
    ['"\\x41\\u00e9\\U0001F600\\ud83d\\ude00"', "Aé😀😀"],
    ['"\\\tb"', "\tb"],
    ['"a \t\n \tb\n\n  c"', "a b\nc"],
    ['"a \\\n   b"', "a b"],
    ['"a\\\n   \\ b"', "a b"],
    ['"a\\\n\n\n  b"', "a\n\nb"],
    ['"a\\t\n  b"', "a\t b"],
    ['"1"', "1"],
  ])("%j", (text, value) => {
    expect(parseYamlDocuments(text)).toEqual([value]);
  });

  it.each([
    ['"\\q"', 'line 1, column 2: expected an escape such as \\n or \\u0041, found "\\\\"'],
    ['a: "b\n  \\x4"', 'line 2, column 3: expected an escape such as \\n or \\u0041, found "\\\\"'],
    ['"\\U00110000"', 'line 1, column 2: expected an escape such as \\n or \\u0041, found "\\\\"'],
    ['a: "b\nc: d\n', 'line 1, column 4: expected what closes this ", found the end of the document'],
    ["a: 'b\n---\nc: '", "line 1, column 4: expected what closes this ', found the end of the document"],
    ['a: "b" c', 'line 1, column 8: expected the end of the line, found "c"'],
    ['a: "b"\n  c', 'line 2, column 3: expected a key at column 1, found "c"'],
    ['a: "b"#c', 'line 1, column 7: expected the end of the line, found "#"'],
  ])("that is none: %j", (text, message) => {
    expect(() => parseYamlDocuments(text)).toThrow(message);
  });
});
