/** The columns of `ss`, as wide as what stands in them (misc/ss.c, render): nothing is stretched, as when not to a terminal. */

interface Column {
  readonly title: string;
  /** What stands between this column and the one before it. */
  readonly delimiter: "" | " ";
  readonly isRight: boolean;
}

function column(title: string, delimiter: "" | " " = " ", isRight = false): Column {
  return { title, delimiter, isRight };
}

const NETWORK = column("Netid", "");
const STATE = column("State");
const COLUMNS: readonly Column[] = [
  column("Recv-Q"),
  column("Send-Q"),
  // An address and its port are apart: the one leans on the other.
  column("Local Address:", " ", true),
  column("Port", ""),
  column("Peer Address:", " ", true),
  column("Port", ""),
  column("Process", ""),
];

/** The cells of a row, left to right; the last is what is known beside, "" for nothing. */
export interface SocketCells {
  readonly network: string;
  readonly state: string;
  /** Queues, addresses with their colon, ports, and the rest. */
  readonly others: readonly string[];
}

export interface TableOptions {
  readonly hasNetwork: boolean;
  readonly hasState: boolean;
  readonly hasHeader: boolean;
}

export function socketTable(rows: readonly SocketCells[], { hasNetwork, hasState, hasHeader }: TableOptions): string {
  const columns = [...(hasNetwork ? [NETWORK] : []), ...(hasState ? [STATE] : []), ...COLUMNS];
  const lines = rows.map(({ network, state, others }) => [
    ...(hasNetwork ? [network] : []),
    ...(hasState ? [state] : []),
    ...others,
  ]);
  if (hasHeader) lines.unshift(columns.map(({ title }) => title));
  const widths = columns.map((_, at) => Math.max(0, ...measured(lines, at, columns.length).map((cell) => cell.length)));
  return lines
    .map((cells) => {
      const text = cells.map((cell, at) => {
        const { delimiter, isRight } = columns[at]!;
        return (at === 0 ? "" : delimiter) + (isRight ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!));
      });
      return `${text.join("")}\n`;
    })
    .join("");
}

/** What the original measures of a column: of the last one the last row does not count, as it has not ended yet. */
function measured(lines: readonly (readonly string[])[], at: number, count: number): string[] {
  const counted = at === count - 1 && lines.length > 1 ? lines.slice(0, -1) : lines;
  return counted.map((cells) => cells[at]!);
}
