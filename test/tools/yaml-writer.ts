/** Writes values as YAML in one of many ways: each choice between two ways is taken from a list of numbers. */

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Unquoted texts that are no text; a writer that knows the reader's own list would prove nothing. */
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const PLAIN = /^[A-Za-z/](?:[\w./()+=$-]| (?=[\w./]))*$/;
const COMMENT = "# a comment: [with {what 'means something \"elsewhere";

export class YamlWriter {
  readonly #choices: readonly number[];
  #next = 0;
  /** Anchors by the value's JSON. */
  readonly #anchors = new Map<string, string>();

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** A text with all documents; those that are null vanish. */
  text(documents: readonly Json[]): string {
    const parts = documents.map((document) => this.#document(document));
    const [first = "", ...others] = parts;
    const head = this.#pick("", "---\n", "# c\n--- # d\n", "%YAML 1.2\n---\n", "---\n---\n");
    const joined = others.map((part) => this.#pick("---\n", "...\n---\n", "--- # c\n", "---\n\n# c\n---\n") + part);
    const text = head + first + joined.join("") + this.#pick("", "...\n", "---\n", "# c\n");
    return this.#pick("", "\ufeff") + text.replaceAll("\n", this.#pick("\n", "\n", "\r\n"));
  }

  #document(value: Json): string {
    this.#anchors.clear();
    return `${this.#below(value, 0, -1)}\n`;
  }

  /** One of several, as the next choice says. */
  #pick<T>(...ways: readonly T[]): T {
    const choice = this.#choices[this.#next++ % this.#choices.length] ?? 0;
    return ways[choice % ways.length]!;
  }

  /** The value on lines of its own, the first of which is indented already by who calls. */
  #below(value: Json, indent: number, parent: number): string {
    const isBlock = this.#pick(true, true, true, false);
    if (isBlock && Array.isArray(value) && value.length > 0) return this.#list(value as readonly Json[], indent);
    if (isBlock && isObject(value) && Object.keys(value).length > 0) return this.#mapping(value, indent);
    return this.#onLine(value, parent, this.#pick("", "", COMMENT)) || "null";
  }

  #list(items: readonly Json[], indent: number): string {
    return items
      .map((item) => {
        const isCompact = isCollection(item) && this.#pick(true, false);
        if (!isCompact) return `-${this.#behind(item, indent, 1)}`;
        const spaces = this.#pick(1, 1, 3);
        return `-${" ".repeat(spaces)}${this.#below(item, indent + 1 + spaces, indent)}`;
      })
      .join(this.#break(indent));
  }

  #mapping(value: { readonly [key: string]: Json }, indent: number): string {
    return Object.entries(value)
      .map(([key, field]) => `${this.#key(key)}${this.#pick("", "", " ")}:${this.#behind(field, indent, 0)}`)
      .join(this.#break(indent));
  }

  /** Between two entries. */
  #break(indent: number): string {
    const spaces = " ".repeat(indent);
    return this.#pick(`\n${spaces}`, `\n${spaces}`, `\n${spaces}${COMMENT}\n${spaces}`);
  }

  /** Behind a colon or a dash. @param least by how much a collection is deeper at least */
  #behind(value: Json, indent: number, least: number): string {
    const json = JSON.stringify(value);
    const known = this.#anchors.get(json);
    if (known !== undefined && this.#pick(true, false)) return ` *${known}`;
    const anchor = this.#pick("", "", "", `a${this.#next}`);
    const inner = this.#valueBehind(value, indent, least);
    if (anchor === "") return inner;
    this.#anchors.set(json, anchor);
    return ` &${anchor}${inner}`;
  }

  #valueBehind(value: Json, indent: number, least: number): string {
    const comment = this.#pick("", "", COMMENT);
    if (isCollection(value) && this.#pick(true, false)) {
      const deeper = Array.isArray(value) ? this.#pick(least, 1, 2, 4) : this.#pick(1, 2, 4);
      const blank = this.#pick("", "", "\n", `\n  ${COMMENT}`);
      const below = this.#collection(value, indent + deeper);
      return `${comment && ` ${comment}`}${blank}\n${" ".repeat(indent + deeper)}${below}`;
    }
    const text = this.#onLine(value, indent, comment);
    return text === "" ? text : `${this.#pick(" ", " ", "  ", " \t")}${text}`;
  }

  #collection(value: Json, indent: number): string {
    return Array.isArray(value)
      ? this.#list(value as readonly Json[], indent)
      : this.#mapping(value as { readonly [key: string]: Json }, indent);
  }

  /** A value that begins on this line; it may go on below, deeper than the parent. */
  #onLine(value: Json, parent: number, comment: string): string {
    if (typeof value === "string") {
      const block = this.#pick(true, false) ? this.#blockText(value, Math.max(parent, 0), comment) : undefined;
      if (block !== undefined) return block;
    }
    const text =
      typeof value === "object" && value !== null
        ? this.#flow(value, parent)
        : this.#scalar(value, `\n${" ".repeat(Math.max(parent, 0) + 1 + this.#pick(0, 1, 3))}`);
    return text === "" ? text : `${text}${comment && ` ${comment}`}`;
  }

  #scalar(value: null | boolean | number | string, lineBreak: string): string {
    if (value === null) return this.#pick("null", "~", "NULL", "");
    if (typeof value === "boolean") return value ? this.#pick("true", "yes", "On") : this.#pick("false", "no", "OFF");
    if (typeof value === "number") return this.#number(value);
    return this.#string(value, lineBreak);
  }

  #number(value: number): string {
    if (!Number.isSafeInteger(value)) return String(value);
    const sign = value < 0 ? "-" : this.#pick("", "", "+");
    const size = Math.abs(value);
    const digits = this.#pick(
      String(size),
      `0x${size.toString(16)}`,
      `0o${size.toString(8)}`,
      `0${size.toString(8)}`,
      `0b${size.toString(2)}`,
      `${size}.0`,
      String(size).replace(/(?<=\d)(?=(?:\d{3})+$)/g, "_"),
    );
    return sign + digits;
  }

  /** @param lineBreak what a line ends with that goes on below; "" where none may */
  #string(value: string, lineBreak: string): string {
    const isPlain = PLAIN.test(value) && !NO_TEXT.test(value);
    const style = this.#pick("plain", "single", "double");
    if (style === "plain" && isPlain) return this.#folded(value, lineBreak);
    const isSingle = /^[^\0-\x1f\x7f\ufeff]*$/.test(value);
    if (style === "single" && isSingle) return `'${this.#folded(value.replaceAll("'", "''"), lineBreak)}'`;
    return `"${this.#escaped(value, lineBreak)}"`;
  }

  /** With some spaces that stand alone as ends of lines. */
  #folded(value: string, lineBreak: string): string {
    if (lineBreak === "") return value;
    return value.replace(/(?<=[^\s]) (?=[^\s#'"])/g, () => this.#pick(" ", " ", lineBreak));
  }

  #escaped(value: string, lineBreak: string): string {
    const characters = Array.from(value, (character) => {
      const code = character.codePointAt(0)!;
      const isBare = code >= 0x20 && code !== 0x7f && code !== 0xfeff && !'"\\'.includes(character);
      const hexadecimal = `\\U${code.toString(16).padStart(8, "0")}`;
      const written = isBare
        ? this.#pick(character, character, character, hexadecimal)
        : this.#pick(hexadecimal, JSON.stringify(character).slice(1, -1));
      const escaped = /^[\x7f\ufeff]$/.test(written) ? hexadecimal : written;
      if (lineBreak === "" || this.#pick(true, true, true, true, false)) return escaped;
      return `\\${lineBreak}${escaped === " " ? "\\ " : escaped}`;
    });
    return characters.join("");
  }

  /** With `|` or `>`; undefined for a text that it cannot say. */
  #blockText(value: string, parent: number, comment: string): string | undefined {
    if (!/^[^\0-\x08\x0b-\x1f\x7f\ufeff]*$/.test(value)) return undefined;
    const body = value.replace(/\n+$/, "");
    const ends = value.length - body.length;
    if (body === "") return undefined;
    const isFolded = !/^[ \t\n]|\n[ \t]/.test(body) && this.#pick(true, false);
    const deeper = this.#pick(1, 2, 4);
    const isIndicated = /^[ \n]/.test(body) || this.#pick(true, false);
    const chomping = ends === 0 ? "-" : ends === 1 ? this.#pick("", "+") : "+";
    const indicators = isIndicated ? this.#pick(`${deeper}${chomping}`, `${chomping}${deeper}`) : chomping;
    const source = isFolded ? this.#foldedBody(body) : body;
    const spaces = " ".repeat(parent + deeper);
    const lines = source.split("\n").map((line) => (line === "" ? this.#pick("", spaces) : spaces + line));
    const header = `${isFolded ? ">" : "|"}${indicators}${comment && ` ${comment}`}`;
    return `${header}\n${lines.join("\n")}${"\n".repeat(Math.max(ends - 1, 0))}`;
  }

  /** With one end of a line more where there are some, and some spaces as ends of lines. */
  #foldedBody(body: string): string {
    return body.replace(/\n+/g, "$&\n").replace(/(?<=\S) (?=\S)/g, () => this.#pick(" ", "\n"));
  }

  /** In brackets. */
  #flow(value: Json, parent: number): string {
    if (!isCollection(value) && !isEmpty(value)) {
      const space = `\n${" ".repeat(Math.max(parent, 0) + 1 + this.#pick(0, 2))}`;
      return this.#scalar(value as null | boolean | number | string, space);
    }
    const gap = (): string => this.#gap(parent);
    const isList = Array.isArray(value);
    const entries = isList
      ? (value as readonly Json[]).map((item) => this.#flowItem(item, parent))
      : Object.entries(value as object).map(([key, field]) => this.#pair(key, field as Json, parent));
    const [open, close] = isList ? ["[", "]"] : ["{", "}"];
    const end = entries.length > 0 ? this.#pick("", "", ",") : "";
    return `${open}${entries.map((entry) => gap() + entry + gap()).join(",")}${end}${gap()}${close}`;
  }

  #flowItem(item: Json, parent: number): string {
    const [only, ...others] = isCollection(item) && !Array.isArray(item) ? Object.entries(item as object) : [];
    if (only !== undefined && others.length === 0 && this.#pick(true, false))
      return this.#pair(only[0], only[1] as Json, parent);
    return this.#flow(item, parent) || "null";
  }

  #pair(key: string, field: Json, parent: number): string {
    const written = this.#key(key);
    const value = this.#flow(field, parent);
    if (value === "") return `${written}:`;
    return `${written}:${/["']$/.test(written) ? this.#pick("", " ") : " "}${value}`;
  }

  #gap(parent: number): string {
    const spaces = " ".repeat(parent + 1);
    return this.#pick("", " ", "", ` ${COMMENT}\n${spaces}`, `\n${spaces}`, `\n${spaces}\t`);
  }

  #key(key: string): string {
    return this.#string(key, "");
  }
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list or an object with something in it. */
function isCollection(value: Json): boolean {
  return typeof value === "object" && value !== null && !isEmpty(value);
}

function isEmpty(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
