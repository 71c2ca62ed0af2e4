/** Header fields (RFC 9110 section 5): names without case, in their order, as often as they occur. */

/** RFC 9110 section 5.6.2: what a name, or a method, is made of. */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Section 5.5: visible characters, and between them spaces and tabs. Above 0x7f bytes stand for themselves. */
const FIELD_VALUE = /^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;

export type HttpHeaderInput = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>;

export class HttpHeaders {
  readonly #fields: [name: string, value: string][] = [];

  /** @throws RangeError as `add`. */
  constructor(fields: HttpHeaderInput = []) {
    const list = Symbol.iterator in fields ? fields : Object.entries(fields);
    for (const [name, value] of list) this.add(name, value);
  }

  /** @throws RangeError for a name or value that would not be one field on the wire. */
  add(name: string, value: string): void {
    if (!TOKEN.test(name)) throw new RangeError(`expected the name of a header field, found ${JSON.stringify(name)}`);
    if (value !== "" && !FIELD_VALUE.test(value))
      throw new RangeError(`expected the value of header field ${name}, found ${JSON.stringify(value)}`);
    this.#fields.push([name, value]);
  }

  /** All values of a name, in order. */
  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#fields.filter(([known]) => known.toLowerCase() === wanted).map(([, value]) => value);
  }

  /** A name's values joined by commas (section 5.3), undefined when it does not occur. */
  get(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 0 ? undefined : values.join(", ");
  }

  has(name: string): boolean {
    return this.all(name).length > 0;
  }

  /** Whether a comma-separated list has this member, without case: `Connection: keep-alive, close`. */
  lists(name: string, member: string): boolean {
    const members = (this.get(name) ?? "").split(",").map((text) => text.trim().toLowerCase());
    return members.includes(member);
  }

  [Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    return this.#fields[Symbol.iterator]();
  }

  /** As on the wire: `Name: value`, each ended by CRLF. */
  toString(): string {
    return this.#fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }
}
