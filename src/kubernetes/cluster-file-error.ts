/** What is wrong with a cluster's file, as one line: where, what was expected, what was found. */

/** The file cannot be a cluster: neither JSON nor YAML, a field of the wrong kind, no plugin that is known. */
export class ClusterFileError extends Error {
  override readonly name = "ClusterFileError";
}

/** Characters of a value that a message shows. */
const SHOWN_LENGTH = 60;

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A value from a file on one line, cut where it is long. */
export function shownValue(value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? "an empty list" : `a list with ${countText(value.length, "element")}`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? "an empty object" : `an object with ${countText(keys.length, "field")}`;
  }
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}…`;
}
