/** Keys and their values on the way to an object: twice the same key is refused, and `<<` takes another's keys over. */
import { isObject } from "./cluster-file-object.ts";
import { scalarKey, type YamlScalar } from "./yaml-scalar.ts";
import type { YamlText } from "./yaml-text.ts";

const MERGE = "<<";

export class YamlMapping {
  readonly #text: YamlText;
  readonly #fields = new Map<string, unknown>();
  /** Keys that came by `<<`: others replace them. */
  readonly #merged = new Set<string>();

  constructor(text: YamlText) {
    this.#text = text;
  }

  /** @throws ClusterFileError for a key that is there, one that is no text, and a merge of something else than objects */
  add(scalar: YamlScalar, value: unknown): void {
    if (scalar.isPlain && scalar.text === MERGE) {
      this.#merge(scalar, value);
      return;
    }
    const key = scalarKey(this.#text, scalar);
    if (this.#fields.has(key) && !this.#merged.delete(key))
      this.#text.fail("a key that is not there yet", scalar.position, JSON.stringify(key));
    this.#fields.set(key, value);
  }

  /** As kubectl does it: in place, so that a merge replaces keys above it; of several objects the first to have a key. */
  #merge(scalar: YamlScalar, value: unknown): void {
    const objects: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const object of objects.toReversed()) {
      if (!isObject(object))
        this.#text.fail("an object behind <<, or a list of them", scalar.position, "something else");
      for (const [key, field] of Object.entries(object)) {
        this.#fields.set(key, field);
        this.#merged.add(key);
      }
    }
  }

  /** As `JSON.parse` makes it: a key "__proto__" is a key like others. */
  object(): unknown {
    return Object.fromEntries(this.#fields);
  }
}
