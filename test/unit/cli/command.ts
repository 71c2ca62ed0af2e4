/** Runs the built command as people run it: a process of its own, in a folder of its own. */

import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { Failure, UsageError } from "../../../src/cli/errors.ts";
import { reportError } from "../../../src/cli/program.ts";
import { runSubcommand } from "../../../src/cli/subcommands.ts";

/** The command's file: `npm test` builds it first. */
export const MAIN: string = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** How a command ended, and what it said. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without what changes colours. */
export function environment(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _no, FORCE_COLOR: _force, NODE_DISABLE_COLORS: _disable, CI: _ci, ...others } = process.env;
  return { ...others, ...changes };
}

/** `podwire` with these arguments. */
export function podwire(arguments_: readonly string[], options: SpawnSyncOptions = {}): Outcome {
  return outcome(process.execPath, [MAIN, ...arguments_], options);
}

/** A line of the shell in which "$NODE" "$MAIN" is podwire; its exit code is the last command's of a pipe. */
export function shell(line: string, options: SpawnSyncOptions = {}): Outcome {
  const env = environment({ NODE: process.execPath, MAIN, ...options.env });
  return outcome("sh", ["-c", line], { ...options, env });
}

/** A command without a process of its own, which takes a tenth of a second; in a folder all the same. */
export function within(
  folder: string,
  run: (arguments_: readonly string[]) => number,
  arguments_: readonly string[],
): Outcome {
  const hearing = listen(folder);
  try {
    return hearing.end(run(arguments_));
  } catch (error) {
    return hearing.end(exitCodeOf(error));
  } finally {
    hearing.stop();
  }
}

/** `podwire` with these arguments, without a process; not for what is written to file descriptors. */
export async function podwireHere(arguments_: readonly string[], { cwd = "." } = {}): Promise<Outcome> {
  const hearing = listen(cwd);
  try {
    return hearing.end(await runSubcommand(arguments_));
  } catch (error) {
    return hearing.end(exitCodeOf(error));
  } finally {
    hearing.stop();
  }
}

/** Hears what is said until `stop`, in this folder. */
function listen(folder: string): { readonly end: (status: number) => Outcome; readonly stop: () => void } {
  const before = process.cwd();
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  process.chdir(folder);
  const stop = (): void => {
    process.chdir(before);
    for (const spy of spies) spy.mockRestore();
  };
  return { end: (status) => ({ status, ...said }), stop };
}

/** The exit code of an error that commands may end in, which is told. @throws any other error */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof Failure) && !(error instanceof UsageError)) throw error;
  return reportError("podwire", error);
}

function outcome(program: string, arguments_: readonly string[], options: SpawnSyncOptions): Outcome {
  const usual = { env: environment(), timeout: 60_000, maxBuffer: 2 ** 28 };
  const { status, stdout, stderr, error } = spawnSync(program, arguments_, { ...usual, ...options, encoding: "utf8" });
  if (error !== undefined) throw error;
  return { status, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/** An empty folder for each test of the file: the returned function gives a path inside. */
export function temporaryFolder(): (name?: string) => string {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "podwire-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return (name = "") => join(folder, name);
}

/** One line on standard error that begins with the program's name and shows no stack, and nothing else at all. */
export function expectOneLineError(found: Outcome, status: number, message: string | RegExp): void {
  expect(found.stdout).toBe("");
  expect(found.stderr).toMatch(/^podwire: [^\n]*\n$/);
  expect(found.stderr).not.toMatch(/node:internal|\bat .*:\d+:\d+|Error:/);
  if (typeof message === "string") expect(found.stderr).toBe(`podwire: ${message}\n`);
  else expect(found.stderr).toMatch(message);
  expect(found.status).toBe(status);
}
