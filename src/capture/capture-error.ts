/** What is wrong with a capture, and where. */

/** "expected ..., found ..., at byte N": the capture is none, broken or cut short. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  /** Bytes of the capture before what is wrong. */
  readonly position: number;

  constructor(expected: string, found: string, position: number) {
    super(`expected ${expected}, found ${found}, at byte ${position}`);
    this.position = position;
  }
}
