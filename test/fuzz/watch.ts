/** What a check cannot see itself: that it does not come back, takes too long, or leaves memory behind. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext, Script } from "node:vm";

const ENTRY = "__podwireFuzzRun";
const script = new Script(`globalThis.${ENTRY}()`);

/** Runs something, and stops it after a time. Returns whether it came to its end. What it throws goes through. */
export function endsWithin(milliseconds: number, run: () => void): boolean {
  Object.assign(globalThis, { [ENTRY]: run });
  try {
    script.runInThisContext({ timeout: milliseconds });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    return false;
  }
}

/** Bytes by which memory may have grown over what it once was: caches of the engine, and of its compiler, settle. */
const GROWTH_LIMIT = 48 * 2 ** 20;

/** Measures memory now and then. */
export class MemoryWatch {
  readonly #inUse: () => number;
  #lowest = Infinity;

  /** `inUse`: what counts the bytes; all that cannot be given back when left out. */
  constructor(inUse: () => number = memoryInUse) {
    this.#inUse = inUse;
  }

  /** What is wrong, or "". */
  measure(): string {
    const inUse = this.#inUse();
    this.#lowest = Math.min(this.#lowest, inUse);
    if (inUse <= this.#lowest + GROWTH_LIMIT) return "";
    return `memory has grown from ${this.#lowest} to ${inUse} bytes`;
  }
}

let collect: (() => void) | undefined;

/** Bytes in use when all that can be given back was. */
function memoryInUse(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
