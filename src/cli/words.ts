/** A line of a shell as words: quotes keep spaces, a backslash keeps the next character. */
import { UsageError } from "./errors.ts";

const WORD_PART = /\s+|"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^\s"'\\]+)/gsy;

/** @throws UsageError for a quote that is not closed. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  WORD_PART.lastIndex = 0;
  while (WORD_PART.lastIndex < line.length) {
    const at = WORD_PART.lastIndex;
    const match = WORD_PART.exec(line);
    if (match === null) throw new UsageError(`expected a closing quote, found the end of: ${line.slice(at)}`);
    const [all, double, single, escaped, bare] = match;
    const part = double?.replace(/\\(.)/gs, "$1") ?? single ?? escaped ?? bare;
    if (part !== undefined) word = (word ?? "") + part;
    else if (word !== undefined && all.trim() === "") {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
