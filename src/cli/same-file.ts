/** Whether two names are of one file. */
import { fstatSync, statSync } from "node:fs";

const STANDARD_INPUT = 0;

/** Whether what is read from `input`, "-" for standard input, is what stands at `output`, by whatever links. */
export function isSameFile(input: string, output: string): boolean {
  if (output === "-") return false;
  const target = statSync(output, { throwIfNoEntry: false });
  const source = input === "-" ? fstatSync(STANDARD_INPUT) : statSync(input, { throwIfNoEntry: false });
  if (target === undefined || source === undefined) return false;
  return target.isFile() && target.dev === source.dev && target.ino === source.ino;
}
