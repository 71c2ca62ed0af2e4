/** Work on the elements of an array, 256 a round: what most benches of a single table or codec are. */
import type { Workload } from "../src/workload/index.ts";

const OPERATIONS = 256;

export interface IndexedWork {
  readonly name: string;
  /** Elements: a multiple of 256. */
  readonly count: number;
  /** Does elements first..end, and adds up what came out, modulo 2^32, signed: nobody can leave work undone. */
  readonly run: (first: number, end: number) => number;
  /** The same sum over all elements, found in another way. @throws Error when something else is wrong. */
  readonly expected: () => number;
}

export function indexedWorkload(work: IndexedWork, frameLength = 0): Workload {
  return new IndexedWorkload(work, frameLength);
}

class IndexedWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number = OPERATIONS;
  readonly frameLength: number;
  private readonly work: IndexedWork;
  private first = 0;
  /** Where sums go, so that V8 cannot tell that nobody needs them. */
  private sum = 0;

  constructor(work: IndexedWork, frameLength: number) {
    if (work.count % OPERATIONS !== 0)
      throw new RangeError(`expected a multiple of ${OPERATIONS} elements, found ${work.count}`);
    this.name = work.name;
    this.work = work;
    this.frameLength = frameLength;
  }

  round(): void {
    const end = this.first + OPERATIONS;
    this.sum = (this.sum + this.work.run(this.first, end)) | 0;
    this.first = end === this.work.count ? 0 : end;
  }

  /** Compares one turn through all elements with what is expected of it. */
  verify(): void {
    this.first = 0;
    this.sum = 0;
    for (let done = 0; done < this.work.count; done += OPERATIONS) this.round();
    const found = this.sum;
    const expected = this.work.expected() | 0;
    if (found !== expected)
      throw new Error(`${this.name}: expected results that add up to ${expected}, found ${found}`);
  }
}
