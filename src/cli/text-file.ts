/** Text that a command writes at its end, to a file or, as "-", to standard output. */
import { CaptureFile } from "./capture-file.ts";

/**
 * Finds out before a long run whether its end can be written, and leaves nothing behind meanwhile: who interrupts
 * the run has no remains to clear away. @throws Failure when it cannot.
 */
export function tryTarget(path: string): void {
  new CaptureFile(path).discard();
}

/** Writes it all, or nothing. @throws Failure when it cannot be written. */
export function writeTarget(path: string, text: string): void {
  const file = new CaptureFile(path);
  try {
    file.write(new TextEncoder().encode(text));
    file.finish();
  } catch (error) {
    file.discard();
    throw error;
  }
}
