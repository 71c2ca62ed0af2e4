/**
 * JSON text as documents (RFC 8259): one, or several behind each other as several `kubectl get -o json` write them.
 * Engines put errors in words of their own, some without a place, so that a scanner of ours finds the place.
 */
import { ClusterFileError, shownValue } from "./cluster-file-error.ts";

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORD = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The byte order mark that some editors and shells write in front of a text. */
const BYTE_ORDER_MARK = 0xfeff;

/**
 * The values of all documents in the text. A byte order mark may stand before each.
 * @throws ClusterFileError with line and column, counted from 1, where it is no JSON.
 */
export function parseJsonDocuments(text: string): unknown[] {
  if (skipSpace(text, 0) === text.length) throw new ClusterFileError("expected JSON, found an empty text");
  try {
    return [JSON.parse(text)];
  } catch {
    return parseEach(text);
  }
}

function parseEach(text: string): unknown[] {
  const documents: unknown[] = [];
  for (let position = skipSpace(text, 0); position < text.length;) {
    const end = new JsonScanner(text, position).endOfValue();
    documents.push(JSON.parse(text.slice(position, end)));
    position = skipSpace(text, end);
  }
  return documents;
}

function skipSpace(text: string, position: number): number {
  for (; position < text.length; position++) {
    const code = text.charCodeAt(position);
    const isSpace = code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09 || code === BYTE_ORDER_MARK;
    if (!isSpace) break;
  }
  return position;
}

/** Walks over one value without recursion: a file of a million brackets is an error like any other. */
class JsonScanner {
  readonly #text: string;
  #position: number;

  constructor(text: string, position: number) {
    this.#text = text;
    this.#position = position;
  }

  /** Where the value ends. @throws ClusterFileError */
  endOfValue(): number {
    const closers: string[] = [];
    for (;;) {
      if (this.#opens(closers)) continue;
      if (this.#endsBehindValue(closers)) return this.#position;
    }
  }

  /** Walks over a scalar or an empty object or list, or into one that has something in it: then true. */
  #opens(closers: string[]): boolean {
    this.#skipSpace();
    const opener = this.#text[this.#position];
    if (opener !== "{" && opener !== "[") {
      this.#scalar();
      return false;
    }
    const closer = opener === "{" ? "}" : "]";
    this.#position++;
    this.#skipSpace();
    if (this.#takes(closer)) return false;
    closers.push(closer);
    if (closer === "}") this.#key(`a key or "}"`);
    return true;
  }

  /** Behind a value: a comma and then another, or what closes. True when all is closed. */
  #endsBehindValue(closers: string[]): boolean {
    for (;;) {
      const closer = closers.at(-1);
      if (closer === undefined) return true;
      this.#skipSpace();
      if (this.#takes(",")) {
        if (closer === "}") this.#key("a key");
        return false;
      }
      if (!this.#takes(closer)) this.#fail(`"," or "${closer}"`);
      closers.pop();
    }
  }

  #key(expected: string): void {
    this.#skipSpace();
    if (this.#text[this.#position] !== '"') this.#fail(expected);
    this.#string();
    this.#skipSpace();
    if (!this.#takes(":")) this.#fail(`":"`);
  }

  #scalar(): void {
    if (this.#text[this.#position] === '"') this.#string();
    else if (!this.#matches(NUMBER) && !this.#matches(WORD)) this.#fail("a JSON value");
  }

  #string(): void {
    this.#position++;
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code === 0x22) break;
      if (code === 0x5c) {
        if (!this.#matches(ESCAPE)) this.#fail("an escape such as \\n or \\u0041");
      } else if (!(code >= 0x20)) this.#fail("the end of the string, or a character of it");
      else this.#position++;
    }
    this.#position++;
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#position;
    if (!pattern.test(this.#text)) return false;
    this.#position = pattern.lastIndex;
    return true;
  }

  #takes(character: string): boolean {
    if (this.#text[this.#position] !== character) return false;
    this.#position++;
    return true;
  }

  #skipSpace(): void {
    for (; this.#position < this.#text.length; this.#position++)
      if (!" \n\r\t".includes(this.#text[this.#position]!)) return;
  }

  #fail(expected: string): never {
    const before = this.#text.slice(0, this.#position);
    const line = before.split("\n").length;
    const column = this.#position - before.lastIndexOf("\n");
    const point = this.#text.codePointAt(this.#position);
    const found = point === undefined ? "the end of the text" : shownValue(String.fromCodePoint(point));
    throw new ClusterFileError(`line ${line}, column ${column}: expected ${expected}, found ${found}`);
  }
}
