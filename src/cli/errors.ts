/** Errors that end the command with one line, or a line and a picture. */

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
}
