/**
 * The ceiling: hand-fused loops over typed arrays that cut every corner an engine may not. It runs right before
 * and right after a bench, because machines change their speed by the minute; the better of the two counts, since
 * whatever disturbs it can only make it slower.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { CeilingName } from "./bench.ts";

/** From the package's folder, where npm runs its scripts. */
export const CEILING_FILE = "../shared/bench/ceiling.mjs";

/** Million packets a second. */
export type CeilingRates = Readonly<Record<CeilingName, number>>;

export class Ceiling {
  /** What ran behind one bench runs before the next as well. */
  private latest: CeilingRates | null = null;

  get isPresent(): boolean {
    return existsSync(CEILING_FILE);
  }

  /** Runs `work` between two readings. Null stands for a ceiling that is missing or cannot be read. */
  beside<T>(work: () => T): { readonly result: T; readonly rates: CeilingRates | null } {
    const before = this.latest ?? this.read();
    const result = work();
    const after = this.read();
    this.latest = after;
    return { result, rates: better(before, after) };
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

function better(before: CeilingRates | null, after: CeilingRates | null): CeilingRates | null {
  if (before === null || after === null) return before ?? after;
  const entries = Object.entries(before) as [CeilingName, number][];
  return Object.fromEntries(entries.map(([name, rate]) => [name, Math.max(rate, after[name])])) as CeilingRates;
}
