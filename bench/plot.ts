/** Line plots as SVG: plain shapes and text that can be read on white and on black. */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly subtitle: string;
  /** Positions along the x axis are logarithms: sizes double, and counts grow by powers. */
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 190;
const TOP = 64;
const BOTTOM = 56;
const LABEL_WIDTH = 48;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

/** Of Okabe and Ito, those that stand out on white and on black: people who see colours otherwise tell them apart. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];

/** Follows the reader's theme where the page passes it on; grey in the middle otherwise. */
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #24292f }
.grid { stroke: #888; stroke-opacity: 0.3 }
.title { font-size: 16px; font-weight: 600 }
.quiet { fill-opacity: 0.75 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }`;

/** The text of an SVG file: the same data gives the same bytes. */
export function svg(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const top = niceTop(Math.max(...points.map(([, y]) => y)));
  const x = (value: number): number => LEFT + position(value, xs[0]!, xs.at(-1)!) * PLOT_WIDTH;
  const y = (value: number): number => TOP + (1 - value / top) * PLOT_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escaped(plot.title)}</title>`,
    `<style>${STYLE}</style>`,
    text(LEFT, 24, plot.title, 'class="title"'),
    text(LEFT, 44, plot.subtitle, 'class="quiet"'),
    ...yAxis(plot.yLabel, top, y),
    ...xAxis(plot.xLabel, xs, x),
    ...plot.series.map((series, i) => line(series, COLOURS[i % COLOURS.length]!, x, y)),
    ...names(plot.series, y),
    "</svg>",
    "",
  ].join("\n");
}

function position(value: number, first: number, last: number): number {
  return first === last ? 0.5 : Math.log(value / first) / Math.log(last / first);
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten. */
function niceTop(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= highest)!;
}

function yAxis(label: string, top: number, y: (value: number) => number): string[] {
  const ticks = [0, 1, 2, 3, 4, 5].map((fifth) => Number(((fifth * top) / 5).toPrecision(3)));
  return [
    ...ticks.map((tick) => `<path class="grid" d="M${LEFT} ${round(y(tick))}h${PLOT_WIDTH}"/>`),
    ...ticks.map((tick) => text(LEFT - 8, y(tick) + 4, String(tick), 'text-anchor="end"')),
    text(0, 0, label, `text-anchor="middle" transform="translate(16 ${TOP + PLOT_HEIGHT / 2}) rotate(-90)"`),
  ];
}

function xAxis(label: string, xs: readonly number[], x: (value: number) => number): string[] {
  return [
    ...xs.map((value) => `<path class="grid" d="M${round(x(value))} ${TOP}v${PLOT_HEIGHT}"/>`),
    ...labelled(xs, x).map((value) =>
      text(x(value), HEIGHT - BOTTOM + 20, value.toLocaleString("en-US"), 'text-anchor="middle"'),
    ),
    text(LEFT + PLOT_WIDTH / 2, HEIGHT - 12, label, 'text-anchor="middle"'),
  ];
}

/** The values that have room for a label, the last one first of all. */
function labelled(xs: readonly number[], x: (value: number) => number): number[] {
  const shown: number[] = [];
  for (const value of xs.toReversed()) {
    if (shown.length === 0 || x(shown.at(-1)!) - x(value) >= LABEL_WIDTH) shown.push(value);
  }
  return shown;
}

function line({ points }: Series, colour: string, x: (value: number) => number, y: (value: number) => number): string {
  const places = points.map((point) => [round(x(point[0])), round(y(point[1]))] as const);
  const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5"/>`).join("");
  const path = `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map(String).join(" ")}"/>`;
  return `<g fill="${colour}">${path}${dots}</g>`;
}

/** Each name at the end of its line, moved down where two would overlap. */
function names(series: readonly Series[], y: (value: number) => number): string[] {
  const ends = series.map(({ name, points }, i) => ({ name, i, at: y(points.at(-1)![1]) + 4 }));
  let free = 0;
  return ends
    .sort((a, b) => a.at - b.at || a.i - b.i)
    .map(({ name, i, at }) => {
      const place = Math.max(at, free);
      free = place + 17;
      const colour = COLOURS[i % COLOURS.length];
      const dot = `<circle cx="${WIDTH - RIGHT + 14}" cy="${round(place - 4)}" r="4" fill="${colour}"/>`;
      return dot + text(WIDTH - RIGHT + 24, place, name, "");
    });
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
