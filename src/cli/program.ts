/** What every program does with errors: one line and an exit code. */
import { Failure, UsageError } from "./errors.ts";
import { oneLine, printError } from "./output.ts";

/**
 * Runs a program. `run` returns its exit code, at once or when it has ended: 0 when all went well, 1 for a failure;
 * UsageError makes it 2, Failure 1.
 */
export function runProgram(name: string, run: (arguments_: readonly string[]) => number | Promise<number>): void {
  process.stdout.on("error", endWhenNobodyReads);
  process.stderr.on("error", endWhenNobodyReads);
  void runToEnd(name, run);
}

async function runToEnd(name: string, run: (arguments_: readonly string[]) => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof Failure)) throw error;
    process.exitCode = reportError(name, error);
  }
}

/** Says what went wrong: one line, and under that of a wrong expression where it is wrong. @returns the exit code */
export function reportError(name: string, error: UsageError | Failure): number {
  const picture = error instanceof UsageError && error.picture !== undefined ? `${error.picture}\n` : "";
  printError(`${name}: ${oneLine(error.message)}\n${picture}`);
  if (error instanceof Failure) for (const other of error.others) printError(`${name}: ${oneLine(other)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

/** Says in one line what the user should know, though the command goes on. */
export function warn(message: string): void {
  printError(`podwire: ${oneLine(message)}\n`);
}

/** Whoever read our output has gone, as `head` does: nothing is wrong and nothing is left to do. */
function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}
