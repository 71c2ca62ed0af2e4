import { describe, expect, it } from "vitest";
import { ClusterFileError } from "../../../src/kubernetes/cluster-file-error.ts";
import { parseDocuments } from "../../../src/kubernetes/cluster-file-text.ts";

describe("a text", () => {
  it.each<[kind: string, text: string, values: readonly unknown[]]>([
    ["JSON", `{"a":1}{"b":2}`, [{ a: 1 }, { b: 2 }]],
    ["JSON, where null is a document", `[1]\nnull`, [[1], null]],
    ["JSON, where of two keys the last counts", `{"a":1,"a":2}`, [{ a: 2 }]],
    ["JSON with a byte order mark", `\ufeff \n{"a":1}`, [{ a: 1 }]],
    ["YAML", "a: 1\n---\nb: 2\n", [{ a: 1 }, { b: 2 }]],
    ["YAML that begins with a bracket", "{a: 1}\n---\n[b]\n", [{ a: 1 }, ["b"]]],
    ["JSON between lines of YAML", `{"a":1}\n---\n{"b":[2]}\n`, [{ a: 1 }, { b: [2] }]],
    ["YAML with comments and a comma too many", `{ # c\n "a": 1, # d\n}`, [{ a: 1 }]],
    ["JSON after all", "[true]", [[true]]],
    ["a text alone", `"a"`, ["a"]],
  ])("is %s", (_kind, text, values) => {
    expect(parseDocuments(text)).toEqual(values);
  });

  it.each([
    ["", "expected JSON or YAML, found an empty text"],
    ["\ufeff \n", "expected JSON or YAML, found an empty text"],
    [`{"a":1\n "b":2}`, 'line 2, column 2: expected "," or "}", found "\\""'],
    [`{"a":1,}`, 'line 1, column 8: expected a key, found "}"'],
    [`{,}`, 'line 1, column 2: expected a key or "}", found ","'],
    [`{"a":1}\n---\n{"b" 2}`, 'line 3, column 6: expected "," or "}", found "2"'],
    [`[{"a":tru "b"}]`, 'line 1, column 7: expected a JSON value, found "t"'],
    [`{"a":1}\n{"b":`, "line 2, column 6: expected a JSON value, found the end of the text"],
    ["{a: 1\n b: 2}", 'line 2, column 3: expected "," or "}", found ":"'],
    ["[a, b", 'line 1, column 1: expected what closes this "[", found the end of the document'],
    ["a: 1\n b: 2", 'line 2, column 3: expected one value, or a key on a line of its own, found ":"'],
  ])("that is neither, %j, is told of as the one that it was meant to be", (text, message) => {
    expect(() => parseDocuments(text)).toThrow(new ClusterFileError(message));
  });
});
