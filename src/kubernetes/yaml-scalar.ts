/** A text of YAML, unquoted or quoted, on one line or several, and what it is as a value or as a key. */
import { shownValue } from "./cluster-file-error.ts";
import { plainKey, type PlainValue, plainValue } from "./yaml-plain-value.ts";
import { foldedBreaks, readQuoted } from "./yaml-quoted.ts";
import { Char, isBlank, isBlankOrEnd, isFlowIndicator, type YamlContext, type YamlText } from "./yaml-text.ts";

/** A text before it is known whether it is a value or a key. */
export interface YamlScalar {
  readonly text: string;
  /** Not quoted, so that it may be a number and the like. */
  readonly isPlain: boolean;
  readonly position: number;
}

/** Characters that begin no unquoted text. */
const INDICATORS = `,[]{}#&*!|>'"%@\``;
/** Those that do when no blank is behind them. */
const HALF_INDICATORS = "-?:";

/** The text that begins here, as far as it goes on this line: a quoted one may end further down. */
export function readScalar(text: YamlText, context: YamlContext): YamlScalar {
  const { code, position } = text;
  if (code === Char.doubleQuote || code === Char.singleQuote)
    return { text: readQuoted(text), isPlain: false, position };
  checkStart(text, context);
  return { text: readPlainLine(text, context), isPlain: true, position };
}

/** @throws ClusterFileError for a character that begins no text */
function checkStart(text: YamlText, context: YamlContext): void {
  const character = text.text[text.position] ?? "";
  const next = text.nextCode;
  const isAlone = isBlankOrEnd(next) || (context === "flow" && isFlowIndicator(next));
  const isText = HALF_INDICATORS.includes(character) ? !isAlone : !INDICATORS.includes(character);
  if (character !== "" && isText) return;
  if (character === "!") text.fail("a value without a tag");
  if (character === "?") text.fail(`a key that is text, and no "?"`);
  if ("%@`".includes(character) && character !== "") text.fail("a value, or quotes around a text that begins so");
  text.fail("a value");
}

/** An unquoted text up to what ends it on its line: "" where nothing is before that. The position comes behind it. */
function readPlainLine(text: YamlText, context: YamlContext): string {
  const { text: all, position: start } = text;
  let end = start;
  for (let position = start; ; position++) {
    const code = all.charCodeAt(position);
    if (code === Char.newLine || Number.isNaN(code)) break;
    if (isBlank(code)) continue;
    if (code === Char.hash && position > text.lineStart && isBlank(all.charCodeAt(position - 1))) break;
    if (context === "flow" && isFlowIndicator(code)) break;
    if (code === Char.colon) {
      const next = all.charCodeAt(position + 1);
      if (isBlankOrEnd(next) || (context === "flow" && isFlowIndicator(next))) break;
    }
    end = position + 1;
  }
  text.position = end;
  return all.slice(start, end);
}

/** The same text with the lines below that belong to it: in block context those that are deeper than the parent. */
export function readLinesBelow(text: YamlText, first: YamlScalar, context: YamlContext, parent: number): YamlScalar {
  if (!first.isPlain) return first;
  const parts = [first.text];
  for (;;) {
    const { position, lineStart } = text;
    const breaks = text.skipBreaks();
    const isDeeper = context === "flow" || indentation(text) > parent;
    const line = breaks === 0 || !isDeeper || text.code === Char.hash ? "" : readPlainLine(text, context);
    if (line === "") {
      text.position = position;
      text.lineStart = lineStart;
      return { ...first, text: parts.join("") };
    }
    parts.push(foldedBreaks(breaks), line);
  }
}

/** Spaces at the beginning of the line. */
function indentation(text: YamlText): number {
  let position = text.lineStart;
  while (text.text.charCodeAt(position) === Char.space) position++;
  return position - text.lineStart;
}

/** @throws ClusterFileError for an infinity */
export function scalarValue(text: YamlText, scalar: YamlScalar): PlainValue {
  if (!scalar.isPlain) return scalar.text;
  const value = plainValue(scalar.text);
  if (value === undefined) text.fail("a number that JSON has", scalar.position, scalar.text);
  return value;
}

/** @throws ClusterFileError for null and infinities */
export function scalarKey(text: YamlText, scalar: YamlScalar): string {
  const key = scalar.isPlain ? plainKey(scalar.text) : scalar.text;
  if (key === undefined) text.fail("a key that is text", scalar.position, shownValue(scalar.text));
  return key;
}
