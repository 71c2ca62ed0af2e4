/** A reachability matrix as a picture (SVG): senders beside, receivers above. */
import { cellText, type Matrix, type MatrixCell } from "./reachability-matrix.ts";

/** Pixels. */
const CELL = 22;
const GLYPH = 6.8;
const MARGIN = 20;
const TITLE_HEIGHT = 34;

const STYLE = `
  text { font: 12px ui-sans-serif, system-ui, "DejaVu Sans", sans-serif; fill: #1f2933; }
  .title { font-size: 15px; font-weight: 600; }
  .count { font-size: 9px; text-anchor: middle; }
  rect { stroke: #ffffff; }
  .changed { fill: none; stroke: #1f2933; stroke-width: 2; pointer-events: none; }
`;

const COLOURS = { allowed: "#3ebd93", denied: "#e66a6a", some: "#f7c948", lost: "#7b8794", none: "#e4e7eb" } as const;

/** @returns the picture's text: an SVG document; `before`: what was, to frame the cells that differ from it */
export function drawMatrix({ by, rows, columns, cells }: Matrix, title: string, before?: Matrix): string {
  const heads = columns.map(({ name, port }) => (port === "" ? name : `${name} ${port}`));
  const left = MARGIN + GLYPH * Math.max(4, ...rows.map((row) => row.length)) + 8;
  const top = TITLE_HEIGHT + GLYPH * Math.max(4, ...heads.map((head) => head.length)) + 8;
  const width = Math.max(
    left + CELL * columns.length + MARGIN,
    MARGIN * 2 + title.length * 8.5,
    before === undefined ? 420 : 580,
  );
  const height = top + CELL * rows.length + MARGIN * 2.5;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}">`,
    `<style>${STYLE}</style>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="24" class="title">${escape(title)}</text>`,
    ...heads.map((head, index) => {
      const [x, y] = [left + CELL * (index + 0.5) + 4, top - 6];
      return `<text x="${round(x)}" y="${round(y)}" transform="rotate(-90 ${round(x)} ${round(y)})">${escape(head)}</text>`;
    }),
    ...rows.flatMap((row, line) => [
      `<text x="${round(left - 8)}" y="${round(top + CELL * (line + 0.5) + 4)}" text-anchor="end">${escape(row)}</text>`,
      ...cells[line]!.map((cell, index) =>
        square({
          ...{ cell, was: before?.cells[line]![index], by, what: `${row} to ${heads[index]!}` },
          ...{ x: left + CELL * index, y: top + CELL * line },
        }),
      ),
    ]),
    ...legend(MARGIN, height - MARGIN, before !== undefined),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

interface Square {
  readonly cell: MatrixCell;
  /** What it was; undefined where nothing is compared. */
  readonly was: MatrixCell | undefined;
  readonly by: Matrix["by"];
  /** "frontend to backend TCP 80" */
  readonly what: string;
  readonly x: number;
  readonly y: number;
}

function square({ cell, was, by, what, x, y }: Square): string {
  const text = cellText(cell, by);
  const old = was === undefined ? text : cellText(was, by);
  const isChanged = old !== text;
  const words = `${what}: ${isChanged ? `${old}, would be ${text}` : text}`;
  // Within the square, so that neighbours do not cover the frame.
  const frame = isChanged
    ? `<rect class="changed" x="${round(x + 2)}" y="${round(y + 2)}" width="${CELL - 4}" height="${CELL - 4}"/>`
    : "";
  const rect = `<rect x="${round(x)}" y="${round(y)}" width="${CELL}" height="${CELL}" fill="${COLOURS[kindOf(cell)]}"><title>${escape(words)}</title></rect>${frame}`;
  const isShown = kindOf(cell) === "some" && text.length <= 5;
  return isShown ? `${rect}<text x="${round(x + CELL / 2)}" y="${round(y + 14)}" class="count">${text}</text>` : rect;
}

function kindOf({ allowed, denied, lost }: MatrixCell): keyof typeof COLOURS {
  if (allowed + denied + lost === 0) return "none";
  if (denied + lost === 0) return "allowed";
  return allowed > 0 ? "some" : denied > 0 ? "denied" : "lost";
}

function legend(x: number, y: number, isCompared: boolean): string[] {
  const changed = `<rect class="changed" x="${x + 440}" y="${round(y - 9)}" width="10" height="10"/><text x="${x + 457}" y="${round(y)}">would change</text>`;
  return [...outcomes(x, y), ...(isCompared ? [changed] : [])];
}

function outcomes(x: number, y: number): string[] {
  const words = [
    ["allowed", "allowed"],
    ["denied", "denied"],
    ["some", "some pairs"],
    ["lost", "lost, by no policy"],
  ] as const;
  return words.map(([kind, word], index) => {
    const at = x + 95 * index;
    return `<rect x="${at}" y="${round(y - 10)}" width="12" height="12" fill="${COLOURS[kind]}"/><text x="${at + 17}" y="${round(y)}">${word}</text>`;
  });
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
