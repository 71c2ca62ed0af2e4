import { describe, expect, it } from "vitest";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

const read = (text: string): unknown => (parseYamlDocuments(text)[0] as { readonly z: unknown }).z;
const BASE = "a: &a { k: 1, l: 2 }\nb: &b { l: 3, m: 4 }\n";

describe("keys taken over by <<", () => {
  it.each<[text: string, value: unknown]>([
    ["z:\n  <<: *a\n  o: 5", { k: 1, l: 2, o: 5 }],
    ["z:\n  <<: *a\n  k: 5", { k: 5, l: 2 }],
    // So does kubectl, and no other reader.
    ["z:\n  k: 5\n  <<: *a", { k: 1, l: 2 }],
    ["z: { <<: [*a, *b] }", { k: 1, l: 2, m: 4 }],
    ["z: { <<: *b, <<: { l: 6 } }", { l: 6, m: 4 }],
    ["z: { '<<': *b }", { "<<": { l: 3, m: 4 } }],
    ["z: [<<]", ["<<"]],
  ])("%j", (text, value) => {
    expect(read(BASE + text)).toEqual(value);
  });

  it.each([
    ["z: { <<: 5 }", "line 3, column 6: expected an object behind <<, or a list of them, found something else"],
    ["z:\n  <<:", "line 4, column 3: expected an object behind <<, or a list of them, found something else"],
    [
      "z: { <<: [*a, [*b]] }",
      "line 3, column 6: expected an object behind <<, or a list of them, found something else",
    ],
    ["z: { <<: *a, k: 1, k: 2 }", 'line 3, column 20: expected a key that is not there yet, found "k"'],
  ])("wrongly: %j", (text, message) => {
    expect(() => read(BASE + text)).toThrow(message);
  });
});
