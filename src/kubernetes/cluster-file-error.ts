/** What is wrong with a cluster's file, as one line: where, what was expected, what was found. */

/** The file cannot be a cluster: neither JSON nor YAML, a field of the wrong kind, no plugin that is known. */
export class ClusterFileError extends Error {
  override readonly name = "ClusterFileError";
}

/** Characters of a value that a message shows. */
const SHOWN_LENGTH = 60;

/** A value from a file on one line, cut where it is long. */
export function shownValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return `an object of ${Object.keys(value).length}`;
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}…`;
}
