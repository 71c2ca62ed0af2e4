/** What is tried, and what goes wrong with it. */

/** What takes the bytes: code that looks at frames, code that reads captures, or the compiler of filters. */
export type Target = "frame" | "capture" | "filter";

/** One input. */
export interface Input {
  readonly target: Target;
  /** The frame, the file, or the filter's text in Latin-1. */
  readonly bytes: Uint8Array;
  /** Of a frame: what its first byte belongs to. */
  readonly linkType: number;
  /** Of a frame: bytes that it had on the wire and that are not there. */
  readonly missing: number;
}

/** Something that must hold does not. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** What went wrong, in which step: `dissect: RangeError: Offset is outside the bounds of the DataView`. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(`${step}: ${causeText(cause)}`);
    this.step = step;
  }
}

/** Runs a step of a check, and says of an error in which, the innermost, it was. @throws StepFailure */
export function step<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof StepFailure ? error : new StepFailure(name, error);
  }
}

/** @throws Violation */
export function require(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Violation(otherwise);
}

/** Violations are told by their text, other errors with the place that threw. */
function causeText(cause: unknown): string {
  if (cause instanceof Violation) return cause.message;
  if (!(cause instanceof Error)) return `threw ${String(cause)}`;
  const place = cause.stack?.split("\n").find((line) => /^\s+at /.test(line)) ?? "";
  return `${cause.name}: ${cause.message}${place.replace(/^\s+/, " ").replace(/\(.*\/(src|dist)\//, "($1/")}`;
}
