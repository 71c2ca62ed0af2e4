/** A line on the terminal that tells how far a long command is, and vanishes. */
const ERASE_LINE = "\r\u001b[K";

/** On standard error, and only where that is a terminal. */
export const progressLine = {
  /** Whether anybody sees it. */
  get isShown(): boolean {
    return process.stderr.isTTY;
  },
  show(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(ERASE_LINE + text.slice(0, (process.stderr.columns || 80) - 1));
  },
  clear(): void {
    if (process.stderr.isTTY) process.stderr.write(ERASE_LINE);
  },
};
