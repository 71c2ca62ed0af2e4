/** How fast does a RouteTable with a full BGP table answer, change and build? Workloads for a harness that times. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type PrefixEntry, RouteTable } from "../src/table/index.ts";
import { parsePrefix } from "../src/wire/index.ts";

/** Addresses that a datapath looks up at once. */
const VECTOR_LENGTH = 256;
const RANDOM_ADDRESS_COUNT = 2 ** 20;
const HOT_FLOW_COUNT = 4096;
const HOT_PASSES_A_ROUND = 64;
const NEXT_HOP_COUNT = 255;
const UPDATES_A_ROUND = 1000;

interface Workload {
  readonly name: string;
  readonly operationsPerRound: number;
  round(): void;
  verify(): void;
}

/** Reads `prefix/length` lines, gzipped, and gives each prefix one of 255 next hops. */
export function readRoutes(path: string): PrefixEntry[] {
  const random = randomWords(1);
  const lines = gunzipSync(readFileSync(path)).toString().trim().split(/\r?\n/);
  return lines.map((line) => ({ ...parsePrefix(line), value: 1 + (random() % NEXT_HOP_COUNT) }));
}

/** Lookups by vector and one by one, each to random and to hot addresses; their floor; updates; a build. */
export function createRouteTableWorkloads(routes: readonly PrefixEntry[]): Workload[] {
  const table = build(routes);
  const addresses = addressesIn(routes, RANDOM_ADDRESS_COUNT);
  const hot = addresses.slice(0, HOT_FLOW_COUNT);
  const byLength = Array.from({ length: 33 }, () => new Map<number, number>());
  for (const { address, length, value } of routes) byLength[length]!.set(address, value);
  const naive = (address: number): number => naiveLookup(byLength, address);
  const self = (address: number): number => address;
  return [
    new VectorWorkload("random, vectors", addresses, 1, (a, v) => table.lookupMany(a, v, a.length), naive),
    new VectorWorkload("hot, vectors", hot, HOT_PASSES_A_ROUND, (a, v) => table.lookupMany(a, v, a.length), naive),
    new VectorWorkload("random, one by one", addresses, 1, (a, v) => lookupEach(table, a, v), naive),
    new VectorWorkload("hot, one by one", hot, HOT_PASSES_A_ROUND, (a, v) => lookupEach(table, a, v), naive),
    new VectorWorkload("random, no work", addresses, 1, copy, self),
    new VectorWorkload("hot, no work", hot, HOT_PASSES_A_ROUND, copy, self),
    new UpdateWorkload(build(routes), routes),
    new BuildWorkload(routes),
  ];
}

/** Answers addresses vector by vector, and sums the answers: the sum is what `verify` checks. */
class VectorWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number;
  private readonly vectors: Int32Array[] = [];
  private readonly values = new Int32Array(VECTOR_LENGTH);
  private readonly passes: number;
  private readonly answer: (addresses: Int32Array, values: Int32Array) => void;
  private readonly expected: (address: number) => number;
  private sum = 0;

  /** @param addresses a multiple of 256 of them */
  constructor(
    name: string,
    addresses: Int32Array,
    passes: number,
    answer: (addresses: Int32Array, values: Int32Array) => void,
    expected: (address: number) => number,
  ) {
    this.name = name;
    this.operationsPerRound = addresses.length * passes;
    this.passes = passes;
    this.answer = answer;
    this.expected = expected;
    for (let first = 0; first < addresses.length; first += VECTOR_LENGTH) {
      this.vectors.push(addresses.subarray(first, first + VECTOR_LENGTH));
    }
  }

  round(): void {
    const { values, vectors } = this;
    let sum = 0;
    for (let pass = 0; pass < this.passes; pass++) {
      for (let index = 0; index < vectors.length; index++) {
        this.answer(vectors[index]!, values);
        for (let i = 0; i < VECTOR_LENGTH; i += 4) {
          sum = (sum + values[i]! + values[i + 1]! + values[i + 2]! + values[i + 3]!) | 0;
        }
      }
    }
    this.sum = sum;
  }

  verify(): void {
    let sum = 0;
    for (const vector of this.vectors) for (const address of vector) sum = (sum + this.expected(address)) | 0;
    const expected = Math.imul(sum, this.passes);
    if (this.sum !== expected) throw new Error(`${this.name}: expected the sum ${expected}, found ${this.sum}`);
  }
}

/** Withdraws random routes and adds them again, with another next hop. */
class UpdateWorkload implements Workload {
  readonly name = "withdraw and add";
  readonly operationsPerRound: number = 2 * UPDATES_A_ROUND;
  private readonly table: RouteTable;
  private readonly routes: readonly PrefixEntry[];
  private readonly random = randomWords(3);
  private lastUpdated: PrefixEntry;

  constructor(table: RouteTable, routes: readonly PrefixEntry[]) {
    this.table = table;
    this.routes = routes;
    this.lastUpdated = routes[0]!;
  }

  round(): void {
    for (let update = 0; update < UPDATES_A_ROUND; update++) {
      const { address, length } = this.routes[this.random() % this.routes.length]!;
      const value = 1 + (update % NEXT_HOP_COUNT);
      this.table.delete(address, length);
      this.table.set(address, length, value);
      this.lastUpdated = { address, length, value };
    }
  }

  verify(): void {
    const { address, length, value } = this.lastUpdated;
    if (this.table.count !== this.routes.length) throw new Error(`${this.name}: lost or gained routes`);
    if (this.table.get(address, length) !== value) throw new Error(`${this.name}: the last update is not in force`);
  }
}

class BuildWorkload implements Workload {
  readonly name = "build, routes";
  readonly operationsPerRound: number;
  private readonly routes: readonly PrefixEntry[];
  private table = new RouteTable();

  constructor(routes: readonly PrefixEntry[]) {
    this.routes = routes;
    this.operationsPerRound = routes.length;
  }

  round(): void {
    this.table = build(this.routes);
  }

  verify(): void {
    const isRight = ({ address, length, value }: PrefixEntry): boolean => this.table.get(address, length) === value;
    if (this.table.count !== this.routes.length || !this.routes.every(isRight)) throw new Error(`${this.name}: wrong`);
  }
}

function build(routes: readonly PrefixEntry[]): RouteTable {
  const table = new RouteTable();
  for (const { address, length, value } of routes) table.set(address, length, value);
  return table;
}

/** A random address inside a random route, each time. */
function addressesIn(routes: readonly PrefixEntry[], count: number): Int32Array {
  const random = randomWords(2);
  return Int32Array.from({ length: count }, () => {
    const { address, length } = routes[random() % routes.length]!;
    return length === 32 ? address : address | (random() & (0xffff_ffff >>> length));
  });
}

function lookupEach(table: RouteTable, addresses: Int32Array, values: Int32Array): void {
  for (let i = 0; i < addresses.length; i++) values[i] = table.lookup(addresses[i]!);
}

/** What remains of a lookup when nothing is looked up. */
function copy(addresses: Int32Array, values: Int32Array): void {
  for (let i = 0; i < addresses.length; i++) values[i] = addresses[i]!;
}

/** The longest prefix by asking for every length in turn. */
function naiveLookup(byLength: readonly ReadonlyMap<number, number>[], address: number): number {
  for (let length = 32; length > 0; length--) {
    const value = byLength[length]!.get(((address >>> (32 - length)) << (32 - length)) >>> 0);
    if (value !== undefined) return value;
  }
  return byLength[0]!.get(0) ?? 0;
}

/** Unsigned 32-bit numbers that look random (xorshift, G. Marsaglia, 2003). */
export function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
