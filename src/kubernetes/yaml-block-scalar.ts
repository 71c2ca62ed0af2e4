/** Texts of whole lines: `|` keeps the ends of the lines, `>` folds them. */
import { Char, isBlank, type YamlText } from "./yaml-text.ts";

/** What is behind `|` or `>`. */
interface Header {
  /** What the ends of lines behind the text come to: "-" to nothing, "+" all are kept, "" one. */
  readonly chomping: string;
  /** By how much its lines are deeper than the parent; 0: as its first line is. */
  readonly indentation: number;
}

/** The lines of a text without their indentation. */
interface Lines {
  readonly lines: readonly string[];
  /** Empty lines behind the last. */
  readonly trailing: number;
}

/** @param parent the column of the mapping or list that it is in, -1 for a whole document. The position comes to a line below. */
export function readBlockScalar(text: YamlText, parent: number): string {
  const isFolded = text.code === Char.greaterThan;
  const { chomping, indentation } = readHeader(text);
  const { lines, trailing } = readLines(text, parent, indentation);
  const body = isFolded ? folded(lines) : lines.join("\n");
  if (chomping === "-") return body;
  if (chomping === "") return lines.length === 0 ? "" : `${body}\n`;
  return body + "\n".repeat(lines.length === 0 ? trailing : trailing + 1);
}

function readHeader(text: YamlText): Header {
  text.position++;
  let chomping = "";
  let indentation = 0;
  for (; !text.isAtEnd; text.position++) {
    const character = text.text[text.position]!;
    if (chomping === "" && "+-".includes(character)) chomping = character;
    else if (indentation === 0 && /[1-9]/.test(character)) indentation = Number(character);
    else break;
  }
  const isHeader = isBlank(text.code);
  text.skipBlanks();
  if (text.code !== Char.newLine && !(isHeader && text.code === Char.hash))
    text.fail(`an indentation from 1 to 9, "+", "-" or the end of the line`);
  text.skipLine();
  text.nextLine();
  return { chomping, indentation };
}

function readLines(text: YamlText, parent: number, indicated: number): Lines {
  const lines: string[] = [];
  let indentation = indicated === 0 ? undefined : Math.max(parent, 0) + indicated;
  let deepestBlank = 0;
  let blankCount = 0;
  for (; !text.isAtEnd; text.nextLine()) {
    while (text.code === Char.space && !(text.column === indentation)) text.position++;
    if (text.code === Char.newLine) {
      deepestBlank = Math.max(deepestBlank, text.column);
      blankCount++;
      continue;
    }
    if (indentation === undefined && text.column > parent) {
      indentation = text.column;
      if (deepestBlank > indentation) text.fail("a line as deep as the blank ones above it");
    }
    if (indentation === undefined || text.column < indentation) {
      if (text.code === Char.tab) text.fail("spaces as indentation");
      break;
    }
    for (; blankCount > 0; blankCount--) lines.push("");
    const start = text.position;
    text.skipLine();
    lines.push(text.text.slice(start, text.position));
  }
  text.position = text.lineStart;
  return { lines, trailing: blankCount };
}

/** Ends of lines between two lines that do not begin with a blank are folded; those beside deeper lines are kept. */
function folded(lines: readonly string[]): string {
  const parts: string[] = [];
  let breaks = 0;
  let before: string | undefined;
  for (const line of lines) {
    if (line === "") {
      breaks++;
      continue;
    }
    const isKept = before === undefined || isBlank(before.charCodeAt(0)) || isBlank(line.charCodeAt(0));
    if (isKept) parts.push("\n".repeat(before === undefined ? breaks : breaks + 1));
    else parts.push(breaks === 0 ? " " : "\n".repeat(breaks));
    parts.push(line);
    before = line;
    breaks = 0;
  }
  return parts.join("");
}
