/** Values between brackets: `[a, b]` and `{ a: 1, "b": [] }`, over as many lines as they take. */
import type { YamlAnchors } from "./yaml-anchors.ts";
import { checkDepth } from "./yaml-depth.ts";
import { YamlMapping } from "./yaml-mapping.ts";
import { readLinesBelow, readScalar, scalarValue, type YamlScalar } from "./yaml-scalar.ts";
import { Char, isFlowIndicator, type YamlText } from "./yaml-text.ts";

export class YamlFlow {
  readonly #text: YamlText;
  readonly #anchors: YamlAnchors;

  constructor(text: YamlText, anchors: YamlAnchors) {
    this.#text = text;
    this.#anchors = anchors;
  }

  /** The list or object whose bracket is here; the position comes behind its end. @param depth levels above it */
  readCollection(depth: number): unknown {
    checkDepth(this.#text, depth);
    return this.#text.code === Char.openBracket ? this.#readList(depth) : this.#readObject(depth);
  }

  #readList(depth: number): unknown[] {
    const items: unknown[] = [];
    const start = this.#open();
    while (!this.#takes(Char.closeBracket)) {
      this.#refuseEnd(start);
      items.push(this.#readItem(depth + 1));
      this.#endEntry(Char.closeBracket, start);
    }
    return items;
  }

  #readObject(depth: number): unknown {
    const mapping = new YamlMapping(this.#text);
    const start = this.#open();
    while (!this.#takes(Char.closeBrace)) {
      this.#refuseEnd(start);
      // Many a YAML file is a template of Helm's: {{ .Values.name }}.
      if (this.#text.code === Char.openBrace) this.#text.fail("a key that is text, and no template");
      const key = readScalar(this.#text, "flow");
      mapping.add(key, this.#isKey(key) ? this.#readBehindColon(depth + 1) : null);
      this.#endEntry(Char.closeBrace, start);
    }
    return mapping.object();
  }

  /** A value, or a key and its value: an object of one field needs no braces in a list. */
  #readItem(depth: number): unknown {
    if (this.#isText()) {
      const scalar = this.#readText();
      if (!this.#isKey(scalar)) return scalarValue(this.#text, scalar);
      const mapping = new YamlMapping(this.#text);
      mapping.add(scalar, this.#readBehindColon(depth + 1));
      return mapping.object();
    }
    const start = this.#text.position;
    const value = this.#readValue(depth);
    this.#text.skipBlanks();
    if (this.#text.code === Char.colon) this.#text.fail("a key that is text", start);
    return value;
  }

  #readValue(depth: number): unknown {
    const { code } = this.#text;
    if (code === Char.openBracket || code === Char.openBrace) {
      this.#anchors.count();
      return this.readCollection(depth);
    }
    if (code === Char.asterisk) return this.#anchors.recall(this.#text);
    if (code === Char.ampersand) return this.#anchors.define(this.#text, () => this.#readAnchored(depth));
    return scalarValue(this.#text, this.#readText());
  }

  #readAnchored(depth: number): unknown {
    this.#text.skipSpace("flow");
    const { code } = this.#text;
    if (code === Char.ampersand || code === Char.asterisk) this.#text.fail("one value for one anchor");
    return this.#isEndOfEntry() ? null : this.#readValue(depth);
  }

  #readBehindColon(depth: number): unknown {
    this.#text.position++;
    this.#text.skipSpace("flow");
    return this.#isEndOfEntry() ? null : this.#readValue(depth);
  }

  #isText(): boolean {
    const { code } = this.#text;
    return !isFlowIndicator(code) && code !== Char.asterisk && code !== Char.ampersand;
  }

  #readText(): YamlScalar {
    this.#anchors.count();
    return readLinesBelow(this.#text, readScalar(this.#text, "flow"), "flow", -1);
  }

  /** Whether the text just read has its colon behind it, on its line. */
  #isKey({ position }: YamlScalar): boolean {
    this.#text.skipBlanks();
    return this.#text.code === Char.colon && position >= this.#text.lineStart;
  }

  #isEndOfEntry(): boolean {
    const { code } = this.#text;
    return code === Char.comma || code === Char.closeBracket || code === Char.closeBrace;
  }

  /** Over the bracket that opens; gives where it is. */
  #open(): number {
    const start = this.#text.position++;
    this.#text.skipSpace("flow");
    return start;
  }

  #refuseEnd(start: number): void {
    if (!this.#text.isAtEnd) return;
    this.#text.fail(`what closes this "${this.#text.text[start]!}"`, start, "the end of the document");
  }

  /** Behind an entry: a comma, or what closes, which is left where it is. */
  #endEntry(closer: number, start: number): void {
    this.#text.skipSpace("flow");
    this.#refuseEnd(start);
    if (this.#takes(Char.comma)) this.#text.skipSpace("flow");
    else if (this.#text.code !== closer) this.#text.fail(`"," or "${String.fromCharCode(closer)}"`);
  }

  #takes(code: number): boolean {
    if (this.#text.code !== code) return false;
    this.#text.position++;
    return true;
  }
}
