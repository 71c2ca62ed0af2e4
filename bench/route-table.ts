/** The route table: lookups in a full BGP table, and what the table takes of time and memory. */
import type { Fact } from "../src/cli/bench-result.ts";
import { RouteTable } from "../src/table/index.ts";
import { VECTOR_LENGTH } from "../src/datapath/index.ts";
import { counted, quantile, type Workload, type WorkloadCase } from "../src/workload/index.ts";
import type { Bench, BenchOptions } from "./bench.ts";
import { indexedWorkload } from "./indexed-workload.ts";
import { nodePrefixes, type Prefix, prefixSource } from "./prefixes.ts";
import { randomNumbers } from "./random.ts";

/** Lookups before they repeat, where they are to be random. */
const RANDOM_LOOKUPS = 2 ** 20;
/** A route's value is its next hop. */
const NEXT_HOP_COUNT = 100;
const UPDATE_COUNT = 20_000;
/** Every node of a large cluster has a route to each of the others. */
const SMALL_TABLE_COUNT = 5000;
const SMALL_TABLE_ROUTES = 5000;
/** Of the small tables so many are built: the others are as large. */
const SMALL_TABLES_BUILT = 50;
const FLOOR_ROUTES = 1000;
const MEBIBYTE = 2 ** 20;

/** null: the full BGP table. */
type RouteCounts = readonly (number | null)[];

export const routeTable: Bench = {
  question: "How fast is the longest-prefix match in a full BGP table, and what does the table take?",
  operation: "lookup",
  varies: ["flows", "routes"],
  cases: (options) => {
    const counts: RouteCounts = options.routes ?? [null];
    const flows = options.flows ?? [4096];
    return [
      // The addresses are what is touched: of which table they are makes no difference.
      lookups("no work", FLOOR_ROUTES, RANDOM_LOOKUPS, touch),
      ...counts.flatMap((count) =>
        [...flows, null].flatMap((flowCount) => {
          const name = `${prefixSource(count).name}, ${flowCount === null ? "random addresses" : counted(flowCount, "hot flow")}`;
          const addressCount = flowCount ?? RANDOM_LOOKUPS;
          return [
            lookups(name, count, addressCount, findVector),
            lookups(`${name}, one at a time`, count, addressCount, findEach),
          ];
        }),
      ),
    ];
  },
  facts,
};

/** What is done with a vector of addresses: gives the sum of the values found. */
type Look = (table: RouteTable, addresses: Int32Array) => number;

const values = new Int32Array(VECTOR_LENGTH);

const findVector: Look = (table, addresses) => {
  table.lookupMany(addresses, values, addresses.length);
  return touch(table, values);
};

const findEach: Look = (table, addresses) => {
  let sum = 0;
  for (let i = 0; i < addresses.length; i++) sum += table.lookup(addresses[i]!);
  return sum;
};

const touch: Look = (_table, addresses) => {
  let sum = 0;
  for (let i = 0; i < addresses.length; i++) sum = (sum + addresses[i]!) | 0;
  return sum;
};

/** Addresses lie anywhere in prefixes that are anywhere in the table, `addressCount` of them, again and again. */
function lookups(name: string, routeCount: number | null, addressCount: number, look: Look): WorkloadCase {
  const create = (): Workload => {
    const prefixes = prefixSource(routeCount).read();
    const table = createTable(prefixes);
    const random = randomNumbers(2);
    const different = Int32Array.from({ length: addressCount }, () => {
      const { address, length } = prefixes[random() % prefixes.length]!;
      return address + (random() % 2 ** (32 - length));
    });
    const addresses = Int32Array.from(
      { length: Math.ceil(addressCount / VECTOR_LENGTH) * VECTOR_LENGTH },
      (_, i) => different[i % addressCount]!,
    );
    const vectors = Array.from({ length: addresses.length / VECTOR_LENGTH }, (_, i) =>
      addresses.slice(i * VECTOR_LENGTH, (i + 1) * VECTOR_LENGTH),
    );
    const expected = look === touch ? (address: number): number => address : longestOf(table);
    return indexedWorkload({
      name,
      count: addresses.length,
      run: (first) => look(table, vectors[first / VECTOR_LENGTH]!),
      expected: () => addresses.reduce((sum, address) => (sum + expected(address)) | 0, 0),
    });
  };
  return { name, frameSize: null, create };
}

/** Asks for each prefix that could hold an address, the longest first: what a lookup must find. */
function longestOf(table: RouteTable): (address: number) => number {
  return (address) => {
    for (let length = 32; length > 0; length--) {
      const value = table.get((address & (-1 << (32 - length))) >>> 0, length);
      if (value !== 0) return value;
    }
    return 0;
  };
}

function createTable(prefixes: readonly Prefix[]): RouteTable {
  const table = new RouteTable();
  const random = randomNumbers(3);
  for (const { address, length } of prefixes) table.set(address, length, 1 + (random() % NEXT_HOP_COUNT));
  return table;
}

function facts({ routes }: BenchOptions): Fact[] {
  const counts: RouteCounts = routes ?? [null];
  return [...counts.flatMap(tableFacts), smallTablesFact()];
}

function tableFacts(count: number | null): Fact[] {
  const { name, read } = prefixSource(count);
  const prefixes = read();
  const start = performance.now();
  const table = createTable(prefixes);
  const buildTime = performance.now() - start;
  const updates = updateTimes(table, prefixes);
  const updateCount = UPDATE_COUNT.toLocaleString("en-US");
  return [
    { name: `${name}: build`, value: buildTime, unit: "ms" },
    { name: `${name}: memory`, value: table.bytes / MEBIBYTE, unit: "MiB" },
    { name: `${name}: memory of a route`, value: table.bytes / table.count, unit: "bytes" },
    { name: `${name}: a withdrawal or announcement, median`, value: quantile(updates, 0.5), unit: "us" },
    { name: `${name}: the same, worst of ${updateCount}`, value: quantile(updates, 1), unit: "us" },
  ];
}

/** Microseconds of each update: random routes are withdrawn and announced anew, the clock's own time included. */
function updateTimes(table: RouteTable, prefixes: readonly Prefix[]): number[] {
  const random = randomNumbers(4);
  const times: number[] = [];
  while (times.length < UPDATE_COUNT) {
    const { address, length } = prefixes[random() % prefixes.length]!;
    const value = table.get(address, length);
    const start = performance.now();
    table.delete(address, length);
    const between = performance.now();
    table.set(address, length, value);
    const end = performance.now();
    times.push((between - start) * 1000, (end - between) * 1000);
  }
  return times;
}

function smallTablesFact(): Fact {
  let bytes = 0;
  for (let seed = 1; seed <= SMALL_TABLES_BUILT; seed++)
    bytes += createTable(nodePrefixes(SMALL_TABLE_ROUTES, seed)).bytes;
  const all = (bytes / SMALL_TABLES_BUILT) * SMALL_TABLE_COUNT;
  const tables = `${counted(SMALL_TABLE_COUNT, "table")} of ${counted(SMALL_TABLE_ROUTES, "node route")}`;
  const name = `${tables}: memory, from ${SMALL_TABLES_BUILT} of them`;
  return { name, value: all / MEBIBYTE, unit: "MiB" };
}
