/** Errors that end the command with one line, a line and a picture, or one for each fault of a file. */

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Lines that show where it is wrong. */
  readonly picture: string | undefined;

  constructor(message: string, picture?: string) {
    super(message);
    this.picture = picture;
  }
}

/** The command could not do what it was asked: exit code 1. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** What else is wrong, of which each is told on a line of its own. */
  readonly others: readonly string[];

  constructor(message: string, others: readonly string[] = []) {
    super(message);
    this.others = others;
  }
}
