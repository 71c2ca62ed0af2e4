/** Values with a name, and where they are meant again: `&name` and `*name`. */
import { shownValue } from "./cluster-file-error.ts";
import type { YamlText } from "./yaml-text.ts";

/** Values that aliases of a file may stand for, each counted as often as it is meant: nine lines can mean a billion. */
const REPEATED_LIMIT = 100_000;

const NAME = /[^\s,[\]{}]+/y;

interface Anchored {
  readonly value: unknown;
  /** Values in it, itself among them. */
  readonly size: number;
}

/** The anchors of a file's documents, one after the other. */
export class YamlAnchors {
  readonly #anchored = new Map<string, Anchored>();
  #valueCount = 0;
  #repeatedCount = 0;

  /** Forgets the names: a document does not see those of another. */
  clear(): void {
    this.#anchored.clear();
  }

  /** Counts a value. */
  count(): void {
    this.#valueCount++;
  }

  /** `&name`, here, of the value that is then read. */
  define(text: YamlText, read: () => unknown): unknown {
    const name = this.#readName(text);
    const before = this.#valueCount;
    const value = read();
    this.#anchored.set(name, { value, size: this.#valueCount - before + 1 });
    return value;
  }

  /** The value that `*name`, here, means: the same one, no copy. */
  recall(text: YamlText): unknown {
    const start = text.position;
    const name = this.#readName(text);
    const anchored = this.#anchored.get(name);
    if (anchored === undefined) text.fail("an alias of an anchor above it", start, shownValue(`*${name}`));
    this.#valueCount += anchored.size;
    this.#repeatedCount += anchored.size;
    if (this.#repeatedCount > REPEATED_LIMIT)
      text.fail(`aliases for at most ${REPEATED_LIMIT} values`, start, "more of them");
    return anchored.value;
  }

  #readName(text: YamlText): string {
    NAME.lastIndex = ++text.position;
    const name = NAME.exec(text.text)?.[0];
    if (name === undefined) text.fail("an anchor's name, or quotes around a text that begins so");
    text.position += name.length;
    return name;
  }
}
