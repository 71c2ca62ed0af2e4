import { describe, expect, it } from "vitest";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

describe("keys and dashes below each other", () => {
  it.each<[text: string, value: unknown]>([
    ["a: 1\nb: 2", { a: 1, b: 2 }],
    ["a:\n  b:\n    c: 1\n  d: 2\ne: 3", { a: { b: { c: 1 }, d: 2 }, e: 3 }],
    ["a:\n- b\n- c\nd: e", { a: ["b", "c"], d: "e" }],
    ["a:\n  - b\n  - c\nd: e", { a: ["b", "c"], d: "e" }],
    ["- a: 1\n  b: 2\n- c: 3", [{ a: 1, b: 2 }, { c: 3 }]],
    [
      "-   a: 1\n    b: 2\n-\n c: 3\n d: 4",
      [
        { a: 1, b: 2 },
        { c: 3, d: 4 },
      ],
    ],
    ["- - a\n  - - b\n- c", [["a", ["b"]], "c"]],
    ["- a:\n  - b\n  c: d\n- e", [{ a: ["b"], c: "d" }, "e"]],
    ["a:\nb:\n  -\n  -\nc: # d\n", { a: null, b: [null, null], c: null }],
    ["a:\n  # c\n# d\n      # e\n  b: 1 # f\n\n  # g\n  c: 2\n", { a: { b: 1, c: 2 } }],
    ["a: {}\nb: []\nc: { }\nd: [ ]\ne: ''", { a: {}, b: [], c: {}, d: [], e: "" }],
    ["a:\n  {b: c,\n d: e}\nf:\n  'g'", { a: { b: "c", d: "e" }, f: "g" }],
    [
      "podSelector:\n  matchLabels: {app: web}\ningress:\n- {}\n",
      { podSelector: { matchLabels: { app: "web" } }, ingress: [{}] },
    ],
  ])("%j", (text, value) => {
    expect(parseYamlDocuments(text)).toEqual([value]);
  });

  it.each([
    ["a:\n  b: 1\n c: 2", 'line 3, column 2: expected a key at column 1, found "c"'],
    ["a:\n  b:\n      c: 1\n    d: 2", 'line 4, column 5: expected a key at column 3 or a line less deep, found "d"'],
    ["a: 1\n  b: 2", 'line 2, column 4: expected one value, or a key on a line of its own, found ":"'],
    ["- a\n   - b: 1", 'line 2, column 7: expected one value, or a key on a line of its own, found ":"'],
    ["a:\n  - b\n c: 1", 'line 3, column 2: expected a key at column 1, found "c"'],
    ["-\n  - 'a'\n - b", 'line 3, column 2: expected "-" at column 1, found "-"'],
    ["a: - b", 'line 1, column 4: expected a value, or a list that begins on the next line, found "-"'],
    ["a: 1\n- b", 'line 2, column 1: expected a key, found "-"'],
    ["a: [b] c", 'line 1, column 8: expected the end of the line, found "c"'],
  ])("wrongly: %j", (text, message) => {
    expect(() => parseYamlDocuments(text)).toThrow(message);
  });
});
