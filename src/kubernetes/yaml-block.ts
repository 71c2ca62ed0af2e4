/** Values by indentation: keys and dashes that stand below each other, and what is on their lines. */
import type { YamlAnchors } from "./yaml-anchors.ts";
import { readBlockScalar } from "./yaml-block-scalar.ts";
import { checkDepth } from "./yaml-depth.ts";
import { YamlFlow } from "./yaml-flow.ts";
import { YamlMapping } from "./yaml-mapping.ts";
import { readLinesBelow, readScalar, scalarValue, type YamlScalar } from "./yaml-scalar.ts";
import { Char, type YamlText } from "./yaml-text.ts";

/**
 * Where a value begins: on a line of its own, or behind a dash, where more keys may stand below it, or behind a key,
 * where none may.
 */
type Place = "line" | "dash" | "key";

/** The value of a document; null for one that has nothing but comments. @throws ClusterFileError with line and column */
export function readYamlDocument(text: YamlText, anchors: YamlAnchors): unknown {
  text.skipSpace("block");
  if (text.isAtEnd) return null;
  const value = new YamlBlock(text, anchors).read();
  if (!text.isAtEnd) text.fail("the end of the document");
  return value;
}

/** Each of its methods leaves the position at the first character of a line that it has no use for. */
class YamlBlock {
  readonly #text: YamlText;
  readonly #anchors: YamlAnchors;
  readonly #flow: YamlFlow;

  constructor(text: YamlText, anchors: YamlAnchors) {
    this.#text = text;
    this.#anchors = anchors;
    this.#flow = new YamlFlow(text, anchors);
  }

  read(): unknown {
    return this.#readValue(-1, "line", 0);
  }

  /**
   * @param parent the column of the mapping or list that the value is in
   * @param depth levels above it
   */
  #readValue(parent: number, place: Place, depth: number): unknown {
    const text = this.#text;
    this.#anchors.count();
    switch (text.code) {
      case Char.ampersand:
        return this.#anchors.define(text, () => this.#readAnchored(parent, place, depth));
      case Char.asterisk:
        return this.#endValue(text.position, this.#anchors.recall(text));
      case Char.openBracket:
      case Char.openBrace:
        return this.#endValue(text.position, this.#flow.readCollection(depth));
      case Char.bar:
      case Char.greaterThan: {
        const value = readBlockScalar(text, parent);
        text.skipSpace("block");
        return value;
      }
    }
    if (!text.isIndicator(Char.dash)) return this.#readText(parent, place, depth);
    if (place === "key") text.fail("a value, or a list that begins on the next line");
    return this.#readList(depth);
  }

  /** Behind an alias or a closing bracket. */
  #endValue(start: number, value: unknown): unknown {
    const text = this.#text;
    text.skipBlanks();
    if (text.isIndicator(Char.colon)) text.fail("a key that is text", start);
    text.endLine();
    return value;
  }

  #readAnchored(parent: number, place: Place, depth: number): unknown {
    const text = this.#text;
    if (text.skipSpace("block")) return this.#readBelow(parent, place, depth);
    if (text.code === Char.ampersand || text.code === Char.asterisk) text.fail("one value for one anchor");
    // Of keys on this line the anchor would be the first one's: nobody means that.
    return text.isAtEnd ? null : this.#readValue(parent, "key", depth);
  }

  /** A text, or the first key of a mapping. */
  #readText(parent: number, place: Place, depth: number): unknown {
    const text = this.#text;
    const { column } = text;
    const scalar = readScalar(text, "block");
    if (this.#isKey(scalar)) {
      if (place === "key") text.fail("one value, or a key on a line of its own");
      return this.#readMapping(column, scalar, depth);
    }
    const whole = readLinesBelow(text, scalar, "block", parent);
    text.skipBlanks();
    if (text.isIndicator(Char.colon)) text.fail("one value, or a key on a line of its own");
    text.endLine();
    return scalarValue(text, whole);
  }

  /** Whether the text just read has its colon behind it, on its line. */
  #isKey({ position }: YamlScalar): boolean {
    this.#text.skipBlanks();
    return this.#text.isIndicator(Char.colon) && position >= this.#text.lineStart;
  }

  /** From the colon of its first key. */
  #readMapping(column: number, first: YamlScalar, depth: number): unknown {
    const text = this.#text;
    checkDepth(text, depth);
    const mapping = new YamlMapping(text);
    for (let key = first; ; key = this.#readKey()) {
      text.position++;
      mapping.add(key, this.#readBehind(column, "key", depth + 1));
      if (text.isAtEnd || text.column < column) return mapping.object();
      if (text.column > column) text.fail(`a key at column ${column + 1}${orLess(column)}`);
    }
  }

  #readKey(): YamlScalar {
    const text = this.#text;
    if (text.isIndicator(Char.dash)) text.fail("a key");
    if ("[{*&".includes(text.text[text.position]!)) text.fail("a key that is text");
    const key = readScalar(text, "block");
    if (!this.#isKey(key)) text.fail(`": " behind a key`);
    return key;
  }

  #readList(depth: number): unknown[] {
    const text = this.#text;
    checkDepth(text, depth);
    const { column } = text;
    const items: unknown[] = [];
    while (!text.isAtEnd && text.column === column && text.isIndicator(Char.dash)) {
      text.position++;
      if (text.code === Char.tab) text.fail("a space");
      items.push(this.#readBehind(column, "dash", depth + 1));
      if (!text.isAtEnd && text.column > column) text.fail(`"-" at column ${column + 1}${orLess(column)}`);
    }
    return items;
  }

  /** Behind a colon or a dash: the rest of the line, or the lines below. */
  #readBehind(column: number, place: Place, depth: number): unknown {
    if (this.#text.skipSpace("block")) return this.#readBelow(column, place, depth);
    return this.#text.isAtEnd ? null : this.#readValue(column, place, depth);
  }

  /** On lines that are deeper, or as deep where they are a key's list; null where there are none. */
  #readBelow(parent: number, place: Place, depth: number): unknown {
    const text = this.#text;
    const isList = place === "key" && text.column === parent && text.isIndicator(Char.dash);
    if (text.isAtEnd || (text.column <= parent && !isList)) return null;
    return this.#readValue(parent, "line", depth);
  }
}

function orLess(column: number): string {
  return column === 0 ? "" : " or a line less deep";
}
