/** What is wrong with a file of policies, all at once, as the API server tells it. */
import { ClusterFileError } from "./cluster-file-error.ts";

/** Lines of one message at most. */
const LIMIT = 10;

/** Collects errors while reading goes on with what is next. */
export class ErrorCollector {
  readonly #lines: string[] = [];

  /** What `read` gives, or undefined where it throws a ClusterFileError, which is kept. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ClusterFileError)) throw error;
      this.#lines.push(...error.message.split("\n"));
      return undefined;
    }
  }

  /** The same for each of a list; all that could be read. */
  each<T, Result>(values: readonly T[], read: (value: T) => Result): Result[] {
    return values.flatMap((value) => this.attempt(() => [read(value)]) ?? []);
  }

  /** @throws ClusterFileError with all that was kept, a line each; nothing when there is none */
  finish(): void {
    if (this.#lines.length > 0) throw new ClusterFileError(this.#lines.join("\n"));
  }
}

/** The lines of an error, at most ten, each behind the name of its file. */
export function namedLines(message: string, origin: string): string {
  const lines = message.split("\n");
  const shown = lines.length > LIMIT ? [...lines.slice(0, LIMIT), `${lines.length - LIMIT} more errors`] : lines;
  return shown.map((line) => `${origin}: ${line}`).join("\n");
}
