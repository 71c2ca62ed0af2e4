/** JSON as iproute2 writes it, in one line or for people (lib/json_writer.c). */

/** A number that keeps its decimals: 0.00. */
export class Decimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const INDENT = "    ";

/** A document and the end of its line. With `isPretty` each field has a line of its own. */
export function jsonText(records: readonly object[], isPretty: boolean): string {
  return `${isPretty ? pretty(records, 0) : compact(records)}\n`;
}

function compact(value: unknown): string {
  if (value instanceof Decimal) return value.text;
  if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${present(value)
    .map(([name, field]) => `${JSON.stringify(name)}:${compact(field)}`)
    .join(",")}}`;
}

/** Elements stay in their line, fields do not; both are a step further in. */
function pretty(value: unknown, depth: number): string {
  if (value instanceof Decimal) return value.text;
  if (Array.isArray(value)) {
    const elements = value.map((element) => pretty(element, depth + 1)).join(",");
    return elements === "" ? "[ ]" : `[ ${elements} ]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const lineEnd = `\n${INDENT.repeat(depth + 1)}`;
  const fields = present(value).map(
    ([name, field]) => `${lineEnd}${JSON.stringify(name)}: ${pretty(field, depth + 1)}`,
  );
  return fields.length === 0 ? "{}" : `{${fields.join(",")}\n${INDENT.repeat(depth)}}`;
}

function present(record: object): [string, unknown][] {
  return Object.entries(record).filter(([, field]) => field !== undefined);
}
