import { describe, expect, it } from "vitest";
import { parseYamlDocuments } from "../../../src/kubernetes/yaml.ts";

/** The value of `a`, which the text writes. */
const valueOf = (text: string): unknown => (parseYamlDocuments(text)[0] as { readonly a: unknown }).a;

describe("an unquoted text", () => {
  it.each([
    ["a: b", "b"],
    ["a: b c  ", "b c"],
    ["a:\t b\t", "b"],
    ["a: b # c", "b"],
    ["a: b#c", "b#c"],
    ["a: http://b/?c=d&e#f", "http://b/?c=d&e#f"],
    ["a: b:c", "b:c"],
    ["a: -b", "-b"],
    ["a: ?b", "?b"],
    ["a: :b", ":b"],
    ["a: b, [c] {d}", "b, [c] {d}"],
    ["a: b \"c\" 'd'", "b \"c\" 'd'"],
    ["a: b\\n", "b\\n"],
    ["a: b & * ! | > % @ `", "b & * ! | > % @ `"],
    ["a:\n  b", "b"],
    ["a: b\n  c\n   d", "b c d"],
    ["a: b\n\n\n  c\n \t d", "b\n\nc d"],
    ["a: b\n  - c\n  # d\n", "b - c"],
    ["a: 1\n  2", "1 2"],
    ["a: [b c, d#e, f\n\n g]", ["b c", "d#e", "f\ng"]],
    ["a: [http://b, c:d]", ["http://b", "c:d"]],
  ])("%j", (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it.each([
    ["a: b: c", 'line 1, column 5: expected one value, or a key on a line of its own, found ":"'],
    ["a: b\n  c: d", 'line 2, column 4: expected one value, or a key on a line of its own, found ":"'],
    ["a: b # c\n  d", 'line 2, column 3: expected a key at column 1, found "d"'],
    ["a: , b", 'line 1, column 4: expected a value, found ","'],
    ["a: @b", 'line 1, column 4: expected a value, or quotes around a text that begins so, found "@"'],
    ["a: %b", 'line 1, column 4: expected a value, or quotes around a text that begins so, found "%"'],
  ])("that is none: %j", (text, message) => {
    expect(() => valueOf(text)).toThrow(message);
  });
});

describe("a key", () => {
  it.each([
    ["a b : 1", "a b"],
    ["'a' : 1", "a"],
    ['"a\\nb": 1', "a\nb"],
    ["a:b: 1", "a:b"],
    ["a#b: 1", "a#b"],
    ["app.kubernetes.io/name: 1", "app.kubernetes.io/name"],
    ["'': 1", ""],
    ["__proto__: 1", "__proto__"],
    ["constructor: 1", "constructor"],
    ["{'a':1}", "a"],
    ["{a: 1}", "a"],
  ])("%j", (text, key) => {
    expect(Object.entries(parseYamlDocuments(text)[0] as object)).toEqual([[key, 1]]);
  });

  it.each([
    ["a: 1\nb", 'line 2, column 2: expected ": " behind a key, found the end of the line'],
    ["a: 1\nb:c", 'line 2, column 4: expected ": " behind a key, found the end of the line'],
    ["a: 1\n'b\n  c': 2", 'line 3, column 5: expected ": " behind a key, found ":"'],
    ["a: 1\n: 2", 'line 2, column 1: expected a value, found ":"'],
  ])("that is none: %j", (text, message) => {
    expect(() => parseYamlDocuments(text)).toThrow(message);
  });
});
