/** How fast does a NeighbourTable find neighbours that it holds? Workloads for a harness that times. */
import { NeighbourTable } from "../src/table/index.ts";
import { randomWords } from "./route-table.ts";

const LOOKUP_COUNT = 2 ** 18;
const DEVICE_COUNT = 4;

interface Workload {
  readonly name: string;
  readonly operationsPerRound: number;
  round(): void;
  verify(): void;
}

/** Random hits among `count` neighbours with consecutive addresses, as a subnet's are, on four devices. */
export function createNeighbourWorkloads(count: number): Workload[] {
  return [new HitWorkload(count)];
}

class HitWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number = LOOKUP_COUNT;
  private readonly table: NeighbourTable;
  private readonly devices = new Int32Array(LOOKUP_COUNT);
  private readonly addresses = new Int32Array(LOOKUP_COUNT);
  private sum = 0;

  constructor(count: number) {
    this.name = `${count} neighbours, random hits`;
    this.table = new NeighbourTable(count);
    for (let number = 0; number < count; number++) {
      const index = this.table.insert(number % DEVICE_COUNT, 0x0af4_0000 + number);
      this.table.macLow[index] = number;
    }
    const random = randomWords(1);
    for (let question = 0; question < LOOKUP_COUNT; question++) {
      const number = random() % count;
      this.devices[question] = number % DEVICE_COUNT;
      this.addresses[question] = 0x0af4_0000 + number;
    }
  }

  round(): void {
    const { addresses, devices, table } = this;
    let sum = 0;
    for (let i = 0; i < LOOKUP_COUNT; i++) sum = (sum + table.macLow[table.find(devices[i]!, addresses[i]!)]!) | 0;
    this.sum = sum;
  }

  verify(): void {
    const expected = this.addresses.reduce((sum, address) => (sum + address - 0x0af4_0000) | 0, 0);
    if (this.sum !== expected) throw new Error(`${this.name}: expected the sum ${expected}, found ${this.sum}`);
  }
}
