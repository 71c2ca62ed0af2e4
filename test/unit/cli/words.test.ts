import { describe, expect, it } from "vitest";
import { splitWords } from "../../../src/cli/words.ts";

describe("a line's words", () => {
  it.each([
    ["", []],
    ["  a  b\tc ", ["a", "b", "c"]],
    [`a "b c" 'd "e"'`, ["a", "b c", 'd "e"']],
    [`a\\ b "c\\"d" x'y'z`, ["a b", 'c"d', "xyz"]],
    [`"" ''`, ["", ""]],
  ])("%j", (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it.each(["a 'b", 'a "b', "a \\"])("refuses %j", (line) => {
    expect(() => splitWords(line)).toThrow("expected a closing quote, found the end of: ");
  });
});
