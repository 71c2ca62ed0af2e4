/** How far a command is that reads long captures: a line on the terminal. */
import type { CaptureSource } from "./capture-source.ts";
import { progressLine } from "./progress-line.ts";

/** Milliseconds before the first line, and from one to the next. */
const INTERVAL = 200;

/** Shows a line now and then. */
export class ReadingProgress {
  readonly #packetCount: () => number;
  #next = performance.now() + INTERVAL;

  constructor(packetCount: () => number) {
    this.#packetCount = packetCount;
  }

  /** Called often. */
  show(sources: readonly CaptureSource[]): void {
    const now = performance.now();
    if (now < this.#next || !progressLine.isShown) return;
    this.#next = now + INTERVAL;
    progressLine.show(progressText(sources, this.#packetCount()));
  }

  clear(): void {
    progressLine.clear();
  }
}

/** "41 %, 410,000 packets"; of pipes, megabytes in the place of per cent. */
export function progressText(
  sources: readonly Pick<CaptureSource, "position" | "length">[],
  packetCount: number,
): string {
  const position = sources.reduce((sum, source) => sum + source.position, 0);
  const length = sources.reduce((sum, source) => sum + (source.length ?? NaN), 0);
  const part = length > 0 ? `${Math.floor((100 * position) / length)} %` : `${Math.floor(position / 1e6)} MB`;
  return `${part}, ${packetCount.toLocaleString("en-US")} packets`;
}
