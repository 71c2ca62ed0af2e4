/** The words of a filter expression, each with its place, and the error that points at one. */

export type TokenKind = "word" | "(" | ")" | "/" | "and" | "or" | "not" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As it was written; "" at the end. */
  readonly text: string;
  /** Index of its first character. */
  readonly position: number;
}

/**
 * A filter expression that cannot be compiled. The message has three lines: what was expected and what was found,
 * the expression, and a caret under the character.
 */
export class FilterError extends Error {
  override readonly name = "FilterError";
  /** Index of the character in the expression that was compiled; its length when something is missing at the end. */
  readonly position: number;

  constructor(expression: string, position: number, expected: string, found: string) {
    // One column a character: what a terminal gives more or less than one becomes one that it does not.
    const line = expression.replace(/[^\x20-\x7e]/g, (character) => (/\s/.test(character) ? " " : "?"));
    super(`expected ${expected}, found ${found}\n${line}\n${" ".repeat(position)}^`);
    this.position = position;
  }
}

/** What is no word. */
const KINDS: ReadonlyMap<string, TokenKind> = new Map([
  ["and", "and"],
  ["&&", "and"],
  ["or", "or"],
  ["||", "or"],
  ["not", "not"],
  ["!", "not"],
  ["(", "("],
  [")", ")"],
  ["/", "/"],
]);

/** Letters, digits and what addresses and ranges are written with. */
const PATTERN = /\s+|[A-Za-z0-9_.:-]+|&&|\|\||[()/!]/y;

/** The tokens of an expression, the last of kind "end". @throws FilterError for a character that none begins with */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let position = 0; position < expression.length;) {
    PATTERN.lastIndex = position;
    const text = PATTERN.exec(expression)?.[0];
    if (text === undefined) {
      const character = JSON.stringify(String.fromCodePoint(expression.codePointAt(position)!));
      throw new FilterError(expression, position, "a word, a parenthesis, !, && or ||", character);
    }
    if (text.trim() !== "") tokens.push({ kind: KINDS.get(text) ?? "word", text, position });
    position += text.length;
  }
  tokens.push({ kind: "end", text: "", position: expression.trimEnd().length });
  return tokens;
}

/** Reads tokens one after the other. */
export class TokenReader {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #index = 0;

  /** @throws FilterError as `tokenize`. */
  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokenize(expression);
  }

  get next(): Token {
    return this.#tokens[this.#index]!;
  }

  /** The token behind the next one: the end's once more where there is none. */
  get nextButOne(): Token {
    return this.#tokens[this.#index + 1] ?? this.next;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.#index++;
    return token;
  }

  /** Takes the next token if it is of this kind. */
  accept(kind: TokenKind): boolean {
    const isThere = this.next.kind === kind;
    if (isThere) this.take();
    return isThere;
  }

  /** Takes the next token if it is this word. */
  acceptWord(word: string): boolean {
    return this.next.text === word && this.accept("word");
  }

  /** @throws FilterError that points at the next token, or at `token`. */
  fail(expected: string, token: Token = this.next): never {
    const found = token.kind === "end" ? "the end" : JSON.stringify(token.text);
    throw new FilterError(this.#expression, token.position, expected, found);
  }
}
