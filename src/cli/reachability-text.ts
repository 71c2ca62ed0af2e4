/** A reachability matrix for the terminal, and what two of them differ in. */
import { cellText, type Matrix, type MatrixCell } from "../commands/index.ts";
import { style } from "./output.ts";

/** Characters of a line beyond which columns have numbers for heads. */
const WIDTH = 120;

/** A line for each sender. */
export function matrixText({ by, rows, columns, cells }: Matrix): string {
  const texts = cells.map((row) => row.map((cell) => cellText(cell, by)));
  const heads = columns.map(({ name, port }) => [name, port]);
  const side = Math.max(0, ...rows.map((row) => row.length));
  const widths = heads.map((head, column) =>
    Math.max(...head.map(({ length }) => length), ...texts.map((row) => row[column]!.length)),
  );
  const isNarrow = widths.reduce((sum, width) => sum + width + 2, side) <= WIDTH;
  if (!isNarrow) return numbered({ by, rows, columns, cells }, texts);
  const lines = [0, 1]
    .map((part) =>
      line(
        "",
        heads.map((head) => head[part]!),
        side,
        widths,
      ),
    )
    .filter((text) => text !== "");
  const body = texts.map((row, index) => line(rows[index]!, row, side, widths, cells[index]));
  return [...lines.map((text) => style("bold", text)), ...body].map((text) => `${text}\n`).join("");
}

/** Columns have numbers, and are told of below. */
function numbered({ rows, columns, cells }: Matrix, texts: readonly (readonly string[])[]): string {
  const side = Math.max(0, ...rows.map((row) => row.length));
  const numbers = columns.map((_column, index) => String(index + 1));
  const widths = numbers.map((number, column) => Math.max(number.length, ...texts.map((row) => row[column]!.length)));
  const legend = columns.map(({ name, port }, index) => `${numbers[index]!.padStart(4)}  ${name} ${port}`.trimEnd());
  const body = texts.map((row, index) => line(rows[index]!, row, side, widths, cells[index]));
  return [style("bold", line("", numbers, side, widths)), ...body, "", "to", ...legend]
    .map((text) => `${text}\n`)
    .join("");
}

function line(
  head: string,
  words: readonly string[],
  side: number,
  widths: readonly number[],
  cells?: readonly MatrixCell[],
): string {
  const parts = words.map((word, index) => {
    const padded = word.padEnd(widths[index]!);
    const cell = cells?.[index];
    return cell === undefined ? padded : style(colourOf(cell), padded);
  });
  return [head.padEnd(side), ...parts].join("  ").trimEnd();
}

function colourOf({ allowed, denied, lost }: MatrixCell): "green" | "red" | "yellow" | "dim" {
  if (allowed + denied + lost === 0) return "dim";
  return denied + lost === 0 ? "green" : allowed === 0 ? "red" : "yellow";
}

/** What would be otherwise. */
export interface MatrixChange {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly before: string;
  readonly after: string;
}

/** Cells that differ, in the matrix's order; both are of the same pods. */
export function matrixChanges(before: Matrix, after: Matrix): MatrixChange[] {
  return before.rows.flatMap((from, row) =>
    before.columns.flatMap(({ name: to, port }, column) => {
      const [was, is] = [before, after].map(({ cells, by }) => cellText(cells[row]![column]!, by));
      return was === is ? [] : [{ from, to, port, before: was!, after: is! }];
    }),
  );
}

export function changesText(changes: readonly MatrixChange[]): string {
  if (changes.length === 0) return "nothing would change\n";
  const width = Math.max(...changes.map(({ from }) => from.length));
  return changes
    .map(({ from, to, port, before, after }) => {
      const what = `${from.padEnd(width)}  to ${to}${port === "" ? "" : ` ${port}`}: ${before}, would be ${after}`;
      return `${style(after === "yes" || after === "all" ? "green" : "red", what)}\n`;
    })
    .join("");
}
