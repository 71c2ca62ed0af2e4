/** Results of one bench as a table for people. */
import { ALLOCATION_RESOLUTION } from "./allocation.ts";
import { type BenchResult, type Figures, figures, type Machine } from "./bench-result.ts";
import { style } from "./output.ts";

/** "Intel(R) Xeon(R), 2 cores, Node v20.20.2, 2026-11-21T14:50:00Z". */
export function machineText({ cpu, cores, node, date }: Machine): string {
  return `${cpu}, ${cores} core${cores === 1 ? "" : "s"}, Node ${node}, ${date}`;
}

/** What the columns of these results' tables mean, line by line; nothing when none of them has figures. */
export function legend(results: readonly BenchResult[]): string {
  const shown = results.filter(({ error }) => error === null);
  if (shown.length === 0) return "";
  const shortened = shown.find(({ shortenedTo }) => shortenedTo !== null);
  const lines = [
    "Medians over samples; best: their fastest tenth, since what else a machine does can only slow them down.",
    ...(shortened === undefined
      ? []
      : [`Frame ${frameText(shortened)}: shortened to ${shortened.shortenedTo}, what the pods' MTU takes.`]),
    ...(shown.some(({ frameSize }) => frameSize !== null) ? ["Gbit/s: on the wire, preamble and gap included."] : []),
    "Spread: distance of the quartiles, in percent of the median.",
    `Bytes: allocated, garbage included; - stands for less than ${ALLOCATION_RESOLUTION}.`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A table's heading, its lines, and a line for every case that failed. `operation`: "packet", "lookup". */
export function benchTable(heading: string, operation: string, results: readonly BenchResult[]): string {
  const hasFrames = results.some(({ frameSize }) => frameSize !== null);
  const hasCeiling = results.some(({ ceiling }) => ceiling !== null);
  const columns = [
    "",
    ...(hasFrames ? ["frame"] : []),
    operation === "packet" ? "Mpps" : "M/s",
    "best",
    `ns/${operation}`,
    ...(hasFrames ? ["Gbit/s"] : []),
    "spread",
    `bytes/${operation}`,
    ...(hasCeiling ? ["of ceiling"] : []),
  ];
  const rows = results.map((result) => {
    const found = figures(result);
    if (found === null) return [result.name, ...(hasFrames ? [frameText(result)] : []), "failed"];
    return row(result, found, hasFrames, hasCeiling);
  });
  const notes = results.flatMap(({ name, error }) => (error === null ? [] : [`  ${name}: ${error}`]));
  return [style("bold", heading), ...align(columns, rows), ...notes, ""].join("\n");
}

function row(result: BenchResult, found: Figures, hasFrames: boolean, hasCeiling: boolean): string[] {
  const { mops, bestMops, nanoseconds, gigabitsPerSecond, ofCeiling } = found;
  const frames = (text: string): string[] => (hasFrames ? [text] : []);
  return [
    result.name,
    ...frames(frameText(result)),
    threeDigits(mops),
    threeDigits(bestMops),
    threeDigits(nanoseconds),
    ...frames(gigabitsPerSecond === null ? "" : threeDigits(gigabitsPerSecond)),
    `${found.spreadPercent.toFixed(0)} %`,
    result.allocatedBytes === 0 ? "-" : result.allocatedBytes.toFixed(2),
    ...(hasCeiling ? [ofCeiling === null ? "" : `${(100 * ofCeiling).toFixed(0)} %`] : []),
  ];
}

/** "64"; "1518 (1468)" when frames were shortened to 1468. */
function frameText({ frameSize, shortenedTo }: BenchResult): string {
  return shortenedTo === null ? (frameSize ?? "") : `${frameSize} (${shortenedTo})`;
}

/** At least three significant digits, and no exponent. */
export function threeDigits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const digits = 2 - Math.floor(Math.log10(Math.max(rounded, 0.001)));
  return value.toFixed(Math.min(Math.max(digits, 0), 3));
}

/** Lines of a table: names to the left, all else to the right. */
export function align(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((_, i) => Math.max(...[columns, ...rows].map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`.trimEnd();
  return [style("dim", line(columns)), ...rows.map(line)];
}
