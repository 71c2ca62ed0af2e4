/** The terminal that a command of a pod or a node talks to: this process's own. */
import type { OutputFile, Terminal } from "../commands/index.ts";
import { CaptureFile } from "./capture-file.ts";
import { printError } from "./output.ts";

/** @param say where what goes to standard output is said: to standard error while a capture takes that. */
export function standardTerminal(say: (text: string) => void): Terminal {
  return { out: say, error: printError, create: (path: string): OutputFile => new CaptureFile(path) };
}
