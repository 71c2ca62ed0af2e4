/** Quoted texts: '' in single quotes, escapes in double ones, and lines that are folded into one in both. */
import { Char, isBlank, type YamlText } from "./yaml-text.ts";

/** YAML 1.2, 5.7. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["\t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["/", "/"],
  ["\\", "\\"],
  // kubectl's reader has this one too.
  ["'", "'"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);

/** Escapes with the code in hexadecimal. */
const HEXADECIMAL = /x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})/y;
const LAST_CODE_POINT = 0x10_ffff;

/** The text in the quotes that begin here; the position comes behind them. @throws ClusterFileError where they do not end */
export function readQuoted(text: YamlText): string {
  const { position: start, code: quote } = text;
  const parts: string[] = [];
  let from = ++text.position;
  const take = (end: number): void => void parts.push(text.text.slice(from, end));
  for (;;) {
    const { code, position } = text;
    if (code === Char.newLine) {
      take(withoutBlanks(text.text, from, position));
      parts.push(foldedBreaks(text.skipBreaks()));
    } else if (code === quote && quote === Char.singleQuote && text.nextCode === quote) {
      take(position + 1);
      text.position += 2;
    } else if (code === Char.backslash && quote === Char.doubleQuote) {
      take(position);
      parts.push(readEscape(text));
    } else if (code === quote) {
      take(position);
      text.position++;
      return parts.join("");
    } else {
      if (text.isAtEnd) text.fail(`what closes this ${String.fromCharCode(quote)}`, start, "the end of the document");
      text.position++;
      continue;
    }
    from = text.position;
  }
}

/** What ends of lines in a text come to: one is a space, of more each but the first is kept. */
export function foldedBreaks(breaks: number): string {
  return breaks === 1 ? " " : "\n".repeat(breaks - 1);
}

/** Where the text ends without the blanks that it ends with. */
function withoutBlanks(text: string, start: number, end: number): number {
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return end;
}

function readEscape(text: YamlText): string {
  const start = text.position++;
  if (text.code === Char.newLine) return "\n".repeat(text.skipBreaks() - 1);
  const known = ESCAPES.get(text.text[text.position] ?? "");
  if (known !== undefined) {
    text.position++;
    return known;
  }
  HEXADECIMAL.lastIndex = text.position;
  const match = HEXADECIMAL.exec(text.text);
  const code = Number.parseInt(match?.[1] ?? match?.[2] ?? match?.[3] ?? "", 16);
  if (match === null || code > LAST_CODE_POINT) text.fail("an escape such as \\n or \\u0041", start);
  text.position = HEXADECIMAL.lastIndex;
  return String.fromCodePoint(code);
}
