/** A YAML document's characters, and where one stands among them: lines, columns, blanks, comments, and what is wrong. */
import { ClusterFileError, shownValue } from "./cluster-file-error.ts";

/** Characters that mean something. */
export const Char = {
  tab: 0x09,
  newLine: 0x0a,
  space: 0x20,
  doubleQuote: 0x22,
  hash: 0x23,
  ampersand: 0x26,
  singleQuote: 0x27,
  asterisk: 0x2a,
  comma: 0x2c,
  dash: 0x2d,
  colon: 0x3a,
  greaterThan: 0x3e,
  questionMark: 0x3f,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  bar: 0x7c,
} as const;

/** Which white space indents: in block context the spaces of a line do, between brackets nothing does. */
export type YamlContext = "block" | "flow";

/** A space or a tab. */
export function isBlank(code: number): boolean {
  return code === Char.space || code === Char.tab;
}

/** A blank, the end of a line or of the text: what has to follow "-" and ":" that are no text. */
export function isBlankOrEnd(code: number): boolean {
  return isBlank(code) || code === Char.newLine || Number.isNaN(code);
}

/** One of `,[]{}`, which end a text between brackets. */
export function isFlowIndicator(code: number): boolean {
  return (
    code === Char.comma ||
    code === Char.openBracket ||
    code === Char.closeBracket ||
    code === Char.openBrace ||
    code === Char.closeBrace
  );
}

/** A document with a position in it that only moves on, but for plain text that looks ahead over blank lines. */
export class YamlText {
  /** Each of its lines ends with "\n". */
  readonly text: string;
  position = 0;
  /** Where the line of the position begins. */
  lineStart = 0;
  readonly #firstLine: number;

  /** @param firstLine the number of its first line in the file, from 1 */
  constructor(text: string, firstLine: number) {
    this.text = text;
    this.#firstLine = firstLine;
  }

  /** The character at the position; NaN behind the last. */
  get code(): number {
    return this.text.charCodeAt(this.position);
  }

  /** The character behind it; NaN where there is none. */
  get nextCode(): number {
    return this.text.charCodeAt(this.position + 1);
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** Characters between the beginning of the line and the position. */
  get column(): number {
    return this.position - this.lineStart;
  }

  /** Whether this character stands here as an indicator: "- ", "? ", ": ". */
  isIndicator(code: number): boolean {
    return this.code === code && isBlankOrEnd(this.nextCode);
  }

  skipBlanks(): void {
    while (isBlank(this.code)) this.position++;
  }

  /** From the end of a line to the beginning of the next. */
  nextLine(): void {
    this.position++;
    this.lineStart = this.position;
  }

  /** Over the end of this line and blank lines below, to the first character of a line. Gives how many lines ended. */
  skipBreaks(): number {
    let breaks = 0;
    for (this.skipBlanks(); this.code === Char.newLine; this.skipBlanks()) {
      this.nextLine();
      breaks++;
    }
    return breaks;
  }

  /** To the end of the line. */
  skipLine(): void {
    this.position = this.text.indexOf("\n", this.position);
  }

  /**
   * To what comes next: over blanks, comments and ends of lines. True when it stands on a line further down.
   * @throws ClusterFileError for a tab that indents in block context
   */
  skipSpace(context: YamlContext): boolean {
    const { lineStart } = this;
    const isLineStart = this.position === lineStart;
    for (;;) {
      this.skipBlanks();
      if (this.#isComment()) this.skipLine();
      if (this.code !== Char.newLine) break;
      this.nextLine();
    }
    const isBelow = this.lineStart !== lineStart;
    if (context === "block" && (isBelow || isLineStart) && !this.isAtEnd) this.refuseTab(this.position);
    return isBelow;
  }

  /** Behind a value that is the last of its line: to what comes next. @throws ClusterFileError for more on the line */
  endLine(): void {
    this.skipBlanks();
    if (this.code !== Char.newLine && !this.#isComment()) this.fail("the end of the line");
    this.skipSpace("block");
  }

  /** Comments begin a line or follow a blank. */
  #isComment(): boolean {
    if (this.code !== Char.hash) return false;
    return this.position === this.lineStart || isBlank(this.text.charCodeAt(this.position - 1));
  }

  /** @throws ClusterFileError for a tab on this line before a position: editors differ in how wide it is */
  refuseTab(end: number): void {
    for (let position = this.lineStart; position < end; position++)
      if (this.text.charCodeAt(position) === Char.tab) this.fail("spaces as indentation", position);
  }

  /** Says what was expected at a position. @throws ClusterFileError always */
  fail(expected: string, position: number = this.position, found: string = this.#found(position)): never {
    const before = this.text.slice(0, position);
    const line = this.#firstLine + before.split("\n").length - 1;
    const column = position - before.lastIndexOf("\n");
    throw new ClusterFileError(`line ${line}, column ${column}: expected ${expected}, found ${found}`);
  }

  #found(position: number): string {
    const point = this.text.codePointAt(position);
    if (point === undefined) return "the end of the document";
    if (point === Char.newLine) return "the end of the line";
    return point === Char.tab ? "a tab" : shownValue(String.fromCodePoint(point));
  }
}
