import { describe, expect, it } from "vitest";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

describe("between brackets", () => {
  it.each<[text: string, value: unknown]>([
    ["[]", []],
    ["{}", {}],
    ["[a, 1, yes, ~, 'b', \"c\"]", ["a", 1, true, null, "b", "c"]],
    ["{a: 1, 'b': 2, \"c\":3, d : [4]}", { a: 1, b: 2, c: 3, d: [4] }],
    ["[a, ]", ["a"]],
    ["{a: 1,\n}", { a: 1 }],
    ["{a, b: , c:, 'd'}", { a: null, b: null, c: null, d: null }],
    ["[a: 1, b, {c: d}]", [{ a: 1 }, "b", { c: "d" }]],
    ['["a":1, b: ]', [{ a: 1 }, { b: null }]],
    ["[ # x\n  a # y\n\t, # z\n  b\n]", ["a", "b"]],
    ["{\n  a:\n    1,\n  b: [\n    2],\n}", { a: 1, b: [2] }],
    ["{podSelector:{}, ports:[]}", { podSelector: {}, ports: [] }],
    ["{a: ::1, b: http://c, d: e:f}", { a: "::1", b: "http://c", d: "e:f" }],
    ["[[[]], [{}]]", [[[]], [{}]]],
    ['{"a": {"b": [1, 2.5, true, null, "x\\n"]}} # c', { a: { b: [1, 2.5, true, null, "x\n"] } }],
  ])("%j", (text, value) => {
    expect(parseYamlDocuments(text)).toEqual([value]);
  });

  it.each([
    ["[a, , b]", 'line 1, column 5: expected a value, found ","'],
    ["[,]", 'line 1, column 2: expected a value, found ","'],
    ["{,}", 'line 1, column 2: expected a value, found ","'],
    ["[a b: c: d]", 'line 1, column 8: expected "," or "]", found ":"'],
    ["{a: b c: d}", 'line 1, column 8: expected "," or "}", found ":"'],
    ["[a}", 'line 1, column 3: expected "," or "]", found "}"'],
    ["[a]]", 'line 1, column 4: expected the end of the line, found "]"'],
    ["{a\n: b}", 'line 2, column 1: expected "," or "}", found ":"'],
    ["['a'\n: b]", 'line 2, column 1: expected "," or "]", found ":"'],
    ["[- a]", 'line 1, column 2: expected a value, found "-"'],
    ["{? a: b}", 'line 1, column 2: expected a key that is text, and no "?", found "?"'],
    ["a: [b,\n  [c,\n", 'line 2, column 3: expected what closes this "[", found the end of the document'],
    ["a: {b: c\n\nd:\n", 'line 3, column 2: expected "," or "}", found ":"'],
    ["a: {b: c", 'line 1, column 4: expected what closes this "{", found the end of the document'],
  ])("wrongly: %j", (text, message) => {
    expect(() => parseYamlDocuments(text)).toThrow(message);
  });
});
