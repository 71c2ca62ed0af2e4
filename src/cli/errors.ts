/** Errors that end the command with one line. */

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command could not do what it was asked: exit code 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}
