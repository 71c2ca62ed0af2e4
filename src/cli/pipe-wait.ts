/** Pipes whose other end is slow, when they were opened in a way that makes nobody wait. */

/** Milliseconds to wait before the next try. */
const RETRY_DELAY = 5;

/** Waits and returns true when the error says no more than "not yet"; false for any other error. */
export function waitForPipe(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return false;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY);
  return true;
}
