/** What every program does with errors: one line and an exit code. */
import { Failure, UsageError } from "./errors.ts";
import { printError } from "./output.ts";

/**
 * Runs a program. `run` returns its exit code: 0 when all went well, 1 for a failure; UsageError makes it 2,
 * Failure 1.
 */
export function runProgram(name: string, run: (arguments_: readonly string[]) => number): void {
  process.stdout.on("error", endWhenNobodyReads);
  process.stderr.on("error", endWhenNobodyReads);
  try {
    process.exitCode = run(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof Failure)) throw error;
    printError(`${name}: ${oneLine(error.message)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** Arguments come back in messages, and may hold anything: line breaks and what else steers a terminal is escaped. */
function oneLine(message: string): string {
  return message.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Whoever read our output has gone, as `head` does: nothing is wrong and nothing is left to do. */
function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}
