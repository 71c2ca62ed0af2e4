import { describe, expect, it } from "vitest";
import { ClusterFileError } from "../../../src/kubernetes/cluster-file-error.ts";
import { parseJsonDocuments } from "../../../src/kubernetes/cluster-file-json.ts";

describe("documents", () => {
  it.each([
    [`{"a":1}`, [{ a: 1 }]],
    [`\ufeff{"a":1}\n`, [{ a: 1 }]],
    [`{"a":[1,{"b":"}\\"{"}]}{"c":null}\n[true]`, [{ a: [1, { b: '}"{' }] }, { c: null }, [true]]],
    [`{}\r\n\ufeff{}\n"x" -1.5e3`, [{}, {}, "x", -1500]],
  ])("%j", (text, values) => {
    expect(parseJsonDocuments(text)).toEqual(values);
  });

  it("of any depth are read", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(parseJsonDocuments(`${deep}{}`)).toHaveLength(2);
  });
});

describe("an error", () => {
  it.each([
    ["", "expected JSON, found an empty text"],
    [" \n\t", "expected JSON, found an empty text"],
    ["x", 'line 1, column 1: expected a JSON value, found "x"'],
    [`{"a":1}\n  ]`, 'line 2, column 3: expected a JSON value, found "]"'],
    [`{"a":1,\n "b":}`, 'line 2, column 6: expected a JSON value, found "}"'],
    [`{"a":1,}`, 'line 1, column 8: expected a key, found "}"'],
    [`{a:1}`, 'line 1, column 2: expected a key or "}", found "a"'],
    [`{"a" 1}`, 'line 1, column 6: expected ":", found "1"'],
    [`[1 2]`, 'line 1, column 4: expected "," or "]", found "2"'],
    [`{"a":1`, 'line 1, column 7: expected "," or "}", found the end of the text'],
    [`["a`, "line 1, column 4: expected the end of the string, or a character of it, found the end of the text"],
    [`["a\n"]`, 'line 1, column 4: expected the end of the string, or a character of it, found "\\n"'],
    [`["\\x"]`, 'line 1, column 3: expected an escape such as \\n or \\u0041, found "\\\\"'],
    [`[01]`, 'line 1, column 3: expected "," or "]", found "1"'],
    [`[nul]`, 'line 1, column 2: expected a JSON value, found "n"'],
    [`[😀]`, 'line 1, column 2: expected a JSON value, found "😀"'],
  ])("in %j tells where", (text, message) => {
    expect(() => parseJsonDocuments(text)).toThrow(new ClusterFileError(message));
  });
});
