/** Reading fields of a Kubernetes object with checks: what is missing is told from what is of the wrong kind. */
import { ClusterFileError, shownValue } from "./cluster-file-error.ts";

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Names to values, as labels and annotations are. */
export type TextMap = Readonly<Record<string, string>>;

const NO_OBJECT: JsonObject = {};

/**
 * An object inside a file, with its place for messages. Null is missing, as it is to Kubernetes; fields that nobody
 * asks for may hold anything.
 */
export class JsonReading {
  readonly value: JsonObject;
  /** "document 1, items[3], Pod default/web-0". */
  readonly place: string;
  /** "status.podIPs[0]"; "" for the whole object. */
  readonly path: string;

  constructor(value: JsonObject, place: string, path: string = "") {
    this.value = value;
    this.place = place;
    this.path = path;
  }

  /** The path of a field: "status.podIP". */
  pathOf(key: string): string {
    return stepTo(this.path, key);
  }

  /** Says what was expected of a field, or of an element of its list. @throws ClusterFileError always */
  fail(key: string, expected: string, index?: number): never {
    const value = this.#field(key);
    if (index === undefined || !Array.isArray(value)) throw wrongValue(this.place, this.pathOf(key), expected, value);
    throw wrongValue(this.place, `${this.pathOf(key)}[${index}]`, expected, value[index]);
  }

  /** Whether the field is there: null is missing, an empty object is not. */
  has(key: string): boolean {
    return (this.#field(key) ?? null) !== null;
  }

  #field(key: string): unknown {
    return Object.hasOwn(this.value, key) ? this.value[key] : undefined;
  }

  /** An object; one without fields when it is missing. */
  object(key: string): JsonReading {
    const value = this.#field(key) ?? NO_OBJECT;
    if (!isObject(value)) this.fail(key, "an object");
    return new JsonReading(value, this.place, this.pathOf(key));
  }

  /** A list of objects; none when it is missing. */
  objects(key: string): JsonReading[] {
    return this.#list(key).map((value, index) => {
      if (!isObject(value)) this.fail(key, "an object", index);
      return new JsonReading(value, this.place, `${this.pathOf(key)}[${index}]`);
    });
  }

  /** A list of texts; none when it is missing. */
  texts(key: string): string[] {
    return this.#list(key).map((value, index) => {
      if (typeof value !== "string") this.fail(key, "text", index);
      return value;
    });
  }

  #list(key: string): readonly unknown[] {
    const value = this.#field(key) ?? [];
    if (!Array.isArray(value)) this.fail(key, "a list");
    return value as readonly unknown[];
  }

  /** A text; undefined when it is missing or empty. */
  text(key: string): string | undefined {
    const value = this.#field(key) ?? "";
    if (typeof value !== "string") this.fail(key, "text");
    return value === "" ? undefined : value;
  }

  /** One of several words; undefined when it is missing or empty. */
  oneOf<T extends string>(key: string, words: readonly T[]): T | undefined {
    const text = this.text(key);
    const found = words.find((word) => word === text);
    if (text !== undefined && found === undefined) this.fail(key, words.join(" or "));
    return found;
  }

  /** Whether a switch is on; off when it is missing. */
  flag(key: string): boolean {
    const value = this.#field(key) ?? false;
    if (typeof value !== "boolean") this.fail(key, "true or false");
    return value;
  }

  /** A whole number from minimum to maximum; undefined when it is missing. */
  integer(key: string, minimum: number, maximum: number): number | undefined {
    const value = this.#field(key) ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum)
      this.fail(key, `a whole number from ${minimum} to ${maximum}`);
    return value;
  }

  /** An object whose values are all text; one without fields when it is missing. */
  textMap(key: string): TextMap {
    const reading = this.object(key);
    for (const [name, value] of Object.entries(reading.value))
      if (typeof value !== "string") reading.fail(name, "text");
    return reading.value as TextMap;
  }
}

/** The path of a field of what is at a path: "spec.selector", `metadata.labels["a/b"]`. */
export function stepTo(path: string, key: string): string {
  const step = /^[A-Za-z_]\w*$/.test(key) ? key : `[${JSON.stringify(key)}]`;
  return path === "" || step.startsWith("[") ? `${path}${step}` : `${path}.${step}`;
}

/** Whether a value of JSON is an object, neither list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrongValue(place: string, path: string, expected: string, found: unknown): ClusterFileError {
  return new ClusterFileError(`${place}, ${path}: expected ${expected}, found ${shownValue(found)}`);
}
