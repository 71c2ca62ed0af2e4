/**
 * The ceiling: hand-fused loops over typed arrays that cut every corner an engine may not. It runs right before and
 * right after whatever is held against it, because machines change their speed by the second.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { CEILING_NAMES, type CeilingName } from "./bench.ts";

/** From the package's folder, where npm runs its scripts. */
export const CEILING_FILE = "../shared/bench/ceiling.mjs";

/** Milliseconds after which a reading counts as none: it takes three seconds on a slow machine. */
const TIMEOUT = 60_000;

/** Million packets a second. */
export type CeilingRates = Readonly<Record<CeilingName, number>>;

export class Ceiling {
  private readonly file: string;
  /** What ran behind one case runs before the next as well. */
  private latest: CeilingRates | null = null;
  private firstProblem: string | null = null;

  constructor(file: string = CEILING_FILE) {
    this.file = file;
  }

  /** Why there were no readings: the file "is missing" or "could not be read". Null as long as there were. */
  get problem(): string | null {
    return this.firstProblem;
  }

  /** Runs `work` between two readings, none of them when the ceiling is missing or cannot be read. */
  beside<T>(work: () => T): { readonly result: T; readonly readings: readonly CeilingRates[] } {
    const before = this.latest ?? this.read();
    const result = work();
    const after = this.read();
    this.latest = after;
    return { result, readings: before === null || after === null ? [] : [before, after] };
  }

  /** Once there was a problem, it is not tried again. */
  private read(): CeilingRates | null {
    if (this.firstProblem !== null) return null;
    if (!existsSync(this.file)) {
      this.firstProblem = `${this.file} is missing`;
      return null;
    }
    const rates = this.run();
    if (rates === null) this.firstProblem = `${this.file} could not be read`;
    return rates;
  }

  private run(): CeilingRates | null {
    const { status, stdout } = spawnSync(process.execPath, [this.file, "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: TIMEOUT,
    });
    return status === 0 ? ratesOf(stdout) : null;
  }
}

/** What the ceiling printed; null when that is no JSON, or one of the rates is not in it. */
function ratesOf(text: string): CeilingRates | null {
  let found: { readonly mpps?: Partial<CeilingRates> | null } | null;
  try {
    found = JSON.parse(text) as typeof found;
  } catch {
    return null;
  }
  const mpps = found?.mpps;
  return CEILING_NAMES.every((name) => isRate(mpps?.[name])) ? (mpps as CeilingRates) : null;
}

function isRate(value: unknown): boolean {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}
