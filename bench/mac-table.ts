/** The MAC table: lookups of addresses that are in it, in no order. */
import { MacTable } from "../src/table/index.ts";
import { counted, type Workload, type WorkloadCase } from "../src/workload/index.ts";
import type { Bench } from "./bench.ts";
import { indexedWorkload } from "./indexed-workload.ts";
import { randomNumbers } from "./random.ts";

/** Lookups before they repeat: as many as the largest table has addresses, so that all of it is touched. */
const LOOKUP_COUNT = 2 ** 20;

/** 02:00, locally administered; the lower bits are a station's number, times a step that reaches all 32 bits. */
const HIGH = 0x0200;
const STEP = 0x9e3779b1;

export const macTable: Bench = {
  question: "How fast is the MAC table, by how many addresses it holds? Random hits.",
  operation: "lookup",
  varies: ["macs"],
  cases: ({ macs = [1024, 65_536, 1_048_576] }) => [
    lookups("no work", macs[0]!, false),
    ...macs.map((count) => lookups(counted(count, "MAC"), count, true)),
  ],
};

function lookups(name: string, count: number, isLookedUp: boolean): WorkloadCase {
  const create = (): Workload => {
    const stations = randomStations(count);
    const keys = stations.map((station) => Math.imul(station, STEP));
    const table = createTable(count);
    const find = (first: number, end: number): number => {
      let sum = 0;
      for (let i = first; i < end; i++) sum = (sum + table.value(table.find(HIGH, keys[i]!))) | 0;
      return sum;
    };
    const touch = (first: number, end: number): number => {
      let sum = 0;
      for (let i = first; i < end; i++) sum = (sum + keys[i]!) | 0;
      return sum;
    };
    return indexedWorkload({
      name,
      count: LOOKUP_COUNT,
      run: isLookedUp ? find : touch,
      expected: () => (isLookedUp ? stations : keys).reduce((sum, value) => (sum + value) | 0, 0),
    });
  };
  return { name, frameSize: null, create };
}

/** The value of a station is its number. */
function createTable(count: number): MacTable {
  const table = new MacTable({ maximumCount: count });
  for (let station = 0; station < count; station++) table.insert(HIGH, Math.imul(station, STEP), station, 0, 0);
  return table;
}

function randomStations(count: number): Int32Array {
  const random = randomNumbers(1);
  return Int32Array.from({ length: LOOKUP_COUNT }, () => random() % count);
}
