/** The folder that plots go to. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../src/cli/errors.ts";
import { tryTarget } from "../src/cli/text-file.ts";
import { type Sweep, sweepsOf } from "./sweeps.ts";

/** Where a sweep's plot goes. */
export function plotFile(folder: string, { name }: Sweep): string {
  return join(folder, `${name}.svg`);
}

/**
 * Makes the folder where it is missing, and finds out before a long run whether the plots of these benches can be
 * written. @throws Failure when not.
 */
export function preparePlots(folder: string, benches: readonly string[]): void {
  if (folder === "") throw new Failure("expected a folder for --svg, found an empty name");
  makeFolder(folder);
  for (const sweep of sweepsOf(benches)) tryTarget(plotFile(folder, sweep));
}

/** The folder alone, not those above it: told to make these too, Node 20 goes on for ever in /proc. */
function makeFolder(folder: string): void {
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) mkdirSync(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Failure(`expected a folder for --svg, found ${folder}: ${REASONS[code] ?? code}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "it is a file",
  ENOENT: "it cannot be made there",
  ENOTDIR: "its folder is a file",
  EACCES: "permission denied",
  EROFS: "read-only file system",
};
