/**
 * A process of its own for every case, so that a figure does not depend on what ran before it: V8 compiles a
 * method for all receivers and heaps it has seen. Measured, nanoseconds a packet alone and behind three other
 * cases in one process: bridge 75 to 86 and 83 to 85, route 163 to 172 and 162 to 175, VXLAN 281 to 287 and 291
 * to 297. A process costs 50 ms.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type CaseOutcome, failedCase } from "./bench-case.ts";
import { Failure } from "./errors.ts";

/** Runs a module as a process that prints one line of JSON about what it was asked. @throws Failure if not. */
export function askProcess<T>(module: URL, request: object): T {
  const { status, signal, stdout, error } = spawnSync(
    process.execPath,
    [fileURLToPath(module), JSON.stringify(request)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 26 },
  );
  if (error !== undefined) throw new Failure(`expected to start a process, found ${error.message}`);
  if (signal !== null) throw new Failure(`expected its process to end by itself, found it ended by ${signal}`);
  if (status !== 0) throw new Failure(`expected its process to end with 0, found ${status}`);
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Failure("expected its process to print JSON, found something else");
  }
}

/** The same for a case: a process that broke down is a case that failed. */
export function runCaseProcess(module: URL, request: object): CaseOutcome {
  try {
    return askProcess<CaseOutcome>(module, request);
  } catch (error) {
    return failedCase((error as Error).message);
  }
}
