/** Fields that a policy may have: one that it may not is refused, as the API server's strict decoding refuses it. */
import { ClusterFileError, shownValue } from "./cluster-file-error.ts";
import type { JsonReading } from "./cluster-file-object.ts";

/** Typing errors that a suggestion makes up for. */
const DISTANCE_LIMIT = 3;

/** @throws ClusterFileError for a field that is none of these, with the one that was probably meant */
export function checkFields(reading: JsonReading, known: readonly string[]): void {
  for (const key of Object.keys(reading.value)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    const hint = meant === undefined ? `expected ${known.join(", ")}` : `did you mean "${meant}"?`;
    const found = shownValue(reading.value[key]);
    throw new ClusterFileError(`${reading.place}, ${reading.pathOf(key)}: unknown field, found ${found}: ${hint}`);
  }
}

/** Exactly one of these fields is there. @throws ClusterFileError */
export function onlyField<T extends string>(reading: JsonReading, fields: readonly T[]): T {
  checkFields(reading, fields);
  const [first, ...rest] = fields.filter((field) => reading.has(field));
  if (first !== undefined && rest.length === 0) return first;
  const found = first === undefined ? "none" : [first, ...rest].join(" and ");
  throw new ClusterFileError(
    `${reading.place}, ${reading.path}: expected exactly one of ${fields.join(", ")}, found ${found}`,
  );
}

/** The word that takes fewest changes, when few enough do. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let found: string | undefined;
  // At most half of the letters may be wrong: "to" is no misspelt "from".
  let limit = Math.min(DISTANCE_LIMIT, Math.floor(word.length / 2));
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance > limit) continue;
    found = candidate;
    limit = distance - 1;
  }
  return found;
}

/** Letters to insert, leave out, replace, or swap with their neighbour, from one word to the other. */
function editDistance(one: string, other: string): number {
  let [before, row] = [[] as number[], Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let line = 1; line <= one.length; line++) {
    const next = [line];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[line - 1] === other[column - 1];
      const least = Math.min(row[column]! + 1, next[column - 1]! + 1, row[column - 1]! + (isSame ? 0 : 1));
      const isSwapped =
        line > 1 && column > 1 && one[line - 1] === other[column - 2] && one[line - 2] === other[column - 1];
      next.push(isSwapped ? Math.min(least, before[column - 2]! + 1) : least);
    }
    [before, row] = [row, next];
  }
  return row[other.length]!;
}
