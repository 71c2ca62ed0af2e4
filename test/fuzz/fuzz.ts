/** The loop: inputs one after another, and what went wrong with them. */

import { performance } from "node:perf_hooks";
import type { Input, Target } from "./input.ts";
import { Inputs } from "./inputs.ts";
import { minimize } from "./minimize.ts";
import type { Seeds } from "./seeds.ts";
import { tryInput } from "./targets.ts";
import { endsWithin, MemoryWatch } from "./watch.ts";

/** Numbers between two looks at the clock. */
const BATCH = 200;
/** Batches between two looks at memory: it is a look at all that is there. */
const BATCHES_A_MEASURE = 25;
/** Findings after which there is enough to do. */
const FINDING_LIMIT = 10;
const MINIMIZE_TRIES = 1_500;
const MINIMIZE_SLOW_TRIES = 30;
/** A batch may take so many times what one input may. */
const HANGS_A_BATCH = 10;

/** Something that went wrong. */
export interface Finding {
  /** Number of the input, from which the seed makes it again; -1 for what is no single input's fault. */
  readonly number: number;
  readonly text: string;
  /** The smallest that was found. */
  readonly input: Input | undefined;
}

/** What a run did. */
export interface Report {
  readonly counts: Readonly<Record<Target, number>>;
  /** The number after the last. */
  readonly next: number;
  readonly findings: readonly Finding[];
}

/** Which inputs to try. */
export interface Run {
  readonly seed: number;
  readonly corpus: Seeds;
  readonly first: number;
  /** Numbers between two calls of `goesOn`; 200 when left out. */
  readonly batch?: number;
  /** Asked between batches with the next number. */
  readonly goesOn: (next: number, inputs: number) => boolean;
  /** 500 ms and 5 s when left out. */
  readonly limits?: TimeLimits;
}

/** How long an input may take, in milliseconds, before it counts as slow or as one that never comes to an end. */
export interface TimeLimits {
  readonly slow: number;
  readonly hang: number;
}

const LIMITS: TimeLimits = { slow: 500, hang: 5_000 };

/** Tries inputs until `goesOn` says no, or enough was found. */
export function fuzz(run: Run, check: (input: Input) => void = tryInput): Report {
  const loop = new Loop(new Inputs(run.seed, run.corpus), check, run.limits ?? LIMITS);
  const memory = new MemoryWatch();
  let [next, batches] = [run.first, 0];
  while (run.goesOn(next, loop.inputCount) && loop.findings.length < FINDING_LIMIT) {
    next = loop.batch(next, run.batch ?? BATCH);
    if (++batches % BATCHES_A_MEASURE !== 0) continue;
    const growth = memory.measure();
    if (growth === "") continue;
    loop.findings.push({ number: -1, text: growth, input: undefined });
    break;
  }
  return { counts: loop.counts, next, findings: loop.findings };
}

/** Something wrong that is still to be made small. */
interface Suspicion {
  readonly number: number;
  readonly input: Input;
  readonly text: string;
}

const TAKES_TOO_LONG = "takes too long";

class Loop {
  readonly findings: Finding[] = [];
  readonly counts: Record<Target, number> = { frame: 0, capture: 0, filter: 0 };
  readonly #inputs: Inputs;
  readonly #check: (input: Input) => void;
  readonly #limits: TimeLimits;
  readonly #suspicions: Suspicion[] = [];
  /** What was found, without what differs from input to input. */
  readonly #known = new Set<string>();

  constructor(inputs: Inputs, check: (input: Input) => void, limits: TimeLimits) {
    this.#inputs = inputs;
    this.#check = check;
    this.#limits = limits;
  }

  get inputCount(): number {
    return this.counts.frame + this.counts.capture + this.counts.filter;
  }

  /** Tries a batch from a number on. Returns the number after the last that was tried. */
  batch(first: number, count: number): number {
    let number = first;
    let current: Input | undefined;
    // What the generators take is no input's fault.
    this.#inputs.at(first);
    const isAtEnd = endsWithin(this.#limits.hang * HANGS_A_BATCH, () => {
      for (; number < first + count; number++) {
        for (current of this.#inputs.at(number)) this.#try(number, current);
      }
    });
    for (const suspicion of this.#suspicions.splice(0)) this.#confirm(suspicion);
    if (isAtEnd) return number;
    // The clock may also have run out for a batch of slow ones.
    if (current !== undefined) this.#confirmHang(number, current);
    return number + 1;
  }

  #try(number: number, input: Input): void {
    this.counts[input.target]++;
    const start = performance.now();
    const text = failureOf(this.#check, input);
    if (text !== "") this.#suspect({ number, input, text });
    else if (performance.now() - start > this.#limits.slow) this.#suspect({ number, input, text: TAKES_TOO_LONG });
  }

  #suspect(suspicion: Suspicion): void {
    const kind = `${suspicion.input.target} ${kindOf(suspicion.text)}`;
    if (this.#known.has(kind)) return;
    // A machine that was busy is no finding: another input may still be slow.
    if (suspicion.text === TAKES_TOO_LONG && !this.#isSlow(suspicion.input)) return;
    this.#known.add(kind);
    this.#suspicions.push(suspicion);
  }

  #isSlow(input: Input): boolean {
    const start = performance.now();
    failureOf(this.#check, input);
    return performance.now() - start > this.#limits.slow;
  }

  #confirm({ number, input, text }: Suspicion): void {
    const isSlow = text === TAKES_TOO_LONG;
    const fails = (candidate: Input): boolean =>
      isSlow ? this.#isSlow(candidate) : kindOf(failureOf(this.#check, candidate)) === kindOf(text);
    let smallest = input;
    endsWithin(this.#limits.hang * HANGS_A_BATCH, () => {
      smallest = minimize(input, fails, isSlow ? MINIMIZE_SLOW_TRIES : MINIMIZE_TRIES);
    });
    this.findings.push({ number, text: failureOf(this.#check, smallest) || text, input: smallest });
  }

  #confirmHang(number: number, input: Input): void {
    const { hang } = this.#limits;
    const hangs = (candidate: Input): boolean => !endsWithin(hang, () => void failureOf(this.#check, candidate));
    if (this.#known.has(`${input.target} hangs`) || !hangs(input)) return;
    this.#known.add(`${input.target} hangs`);
    const smallest = minimize(input, hangs, MINIMIZE_SLOW_TRIES);
    this.findings.push({ number, text: `does not come to an end within ${hang} ms`, input: smallest });
  }
}

/** What goes wrong, "" when nothing does. */
function failureOf(check: (input: Input) => void, input: Input): string {
  try {
    check(input);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Numbers differ from input to input, and addresses in quotes. */
function kindOf(text: string): string {
  return text.replace(/\d+/g, "0").replace(/"[^"]*"/g, '""');
}
