/**
 * The ceiling: hand-fused loops over typed arrays that cut every corner an engine may not. It runs right before and
 * right after whatever is held against it, because machines change their speed by the second.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { CeilingName } from "./bench.ts";

/** From the package's folder, where npm runs its scripts. */
export const CEILING_FILE = "../shared/bench/ceiling.mjs";

/** Million packets a second. */
export type CeilingRates = Readonly<Record<CeilingName, number>>;

export class Ceiling {
  /** What ran behind one case runs before the next as well. */
  private latest: CeilingRates | null = null;

  get isPresent(): boolean {
    return existsSync(CEILING_FILE);
  }

  /** Runs `work` between two readings, none of them when the ceiling is missing or cannot be read. */
  beside<T>(work: () => T): { readonly result: T; readonly readings: readonly CeilingRates[] } {
    const before = this.latest ?? this.read();
    const result = work();
    const after = this.read();
    this.latest = after;
    return { result, readings: [before, after].filter((rates) => rates !== null) };
  }

  private read(): CeilingRates | null {
    if (!this.isPresent) return null;
    const { status, stdout } = spawnSync(process.execPath, [CEILING_FILE, "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return status === 0 ? (JSON.parse(stdout) as { readonly mpps: CeilingRates }).mpps : null;
  }
}
