/** How fast does a MacTable find addresses that it holds, and their values? Workloads for a harness that times. */
import { MacTable } from "../src/table/index.ts";
import { randomWords } from "./route-table.ts";

const LOOKUP_COUNT = 2 ** 20;

interface Workload {
  readonly name: string;
  readonly operationsPerRound: number;
  round(): void;
  verify(): void;
}

/** Random hits among `count` random addresses, and what remains of them when nothing is found. */
export function createMacTableWorkloads(count: number): Workload[] {
  return [new HitWorkload(count), new NoWork(count)];
}

/** The random addresses of a table, and the order in which they are asked for. */
class Questions {
  readonly high = new Int32Array(LOOKUP_COUNT);
  readonly low = new Int32Array(LOOKUP_COUNT);
  readonly table = new MacTable();
  /** Sum of the values of all that is asked. */
  readonly sum: number;

  constructor(count: number) {
    const random = randomWords(1);
    const high = new Int32Array(count);
    const low = new Int32Array(count);
    while (this.table.count < count) {
      const index = this.table.count;
      high[index] = random() & 0xffff;
      low[index] = random();
      if (this.table.find(high[index]!, low[index]!) < 0) this.table.insert(high[index]!, low[index]!, index, 0, 0);
    }
    let sum = 0;
    for (let question = 0; question < LOOKUP_COUNT; question++) {
      const index = random() % count;
      this.high[question] = high[index]!;
      this.low[question] = low[index]!;
      sum = (sum + index) | 0;
    }
    this.sum = sum;
  }
}

class HitWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number = LOOKUP_COUNT;
  private readonly questions: Questions;
  private sum = 0;

  constructor(count: number) {
    this.name = `${count} addresses, random hits`;
    this.questions = new Questions(count);
  }

  round(): void {
    const { high, low, table } = this.questions;
    let sum = 0;
    for (let i = 0; i < LOOKUP_COUNT; i++) sum = (sum + table.value(table.find(high[i]!, low[i]!))) | 0;
    this.sum = sum;
  }

  verify(): void {
    if (this.sum !== this.questions.sum) throw new Error(`${this.name}: wrong values`);
  }
}

class NoWork implements Workload {
  readonly name: string;
  readonly operationsPerRound: number = LOOKUP_COUNT;
  private readonly questions: Questions;
  private sum = 0;

  constructor(count: number) {
    this.name = `${count} addresses, no work`;
    this.questions = new Questions(count);
  }

  round(): void {
    const { high, low } = this.questions;
    let sum = 0;
    for (let i = 0; i < LOOKUP_COUNT; i++) sum = (sum + high[i]! + low[i]!) | 0;
    this.sum = sum;
  }

  verify(): void {
    const { high, low } = this.questions;
    const total = high.reduce((sum, word) => sum + word, 0) + low.reduce((sum, word) => sum + word, 0);
    if (this.sum !== (total | 0)) throw new Error(`${this.name}: wrong sum`);
  }
}
