/** Routes to fill tables with: a full BGP table where its file is, otherwise random ones of the same lengths. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parsePrefix } from "../src/wire/index.ts";
import { counted } from "../src/workload/index.ts";
import { randomNumbers } from "./random.ts";

/** From the package's folder, where npm runs its scripts. */
const BGP_FILE = "../shared/data/bgp-ipv4-prefixes.txt.gz";
const BGP_COUNT = 901_899;

export interface Prefix {
  readonly address: number;
  readonly length: number;
}

export interface PrefixSource {
  /** "full BGP table", "10,000 random routes". */
  readonly name: string;
  readonly read: () => readonly Prefix[];
}

/** As many random routes, or, for null, the full BGP table. */
export function prefixSource(count: number | null): PrefixSource {
  if (count !== null) return randomSource(count, `${counted(count, "random route")}`);
  if (existsSync(BGP_FILE))
    return { name: `full BGP table of ${counted(BGP_COUNT, "route")}`, read: () => readPrefixes(BGP_FILE) };
  return randomSource(BGP_COUNT, `${counted(BGP_COUNT, "random route")} (${BGP_FILE} is missing)`);
}

/** A file's prefixes, one a line, compressed. @throws Error that names the file when it is something else. */
export function readPrefixes(path: string): Prefix[] {
  try {
    return gunzipSync(readFileSync(path)).toString("latin1").trim().split(/\r?\n/).map(parsePrefix);
  } catch (error) {
    throw new Error(`expected prefixes, compressed by gzip, found ${path}: ${(error as Error).message}`);
  }
}

function randomSource(count: number, name: string): PrefixSource {
  return { name, read: () => randomPrefixes(count, 1) };
}

/** Of 100 prefixes in a BGP table so many have this length, nearly. */
const LENGTHS_OF_HUNDRED = { 24: 60, 23: 11, 22: 12, 21: 6, 20: 5, 19: 3, 18: 1, 16: 2 };
const LENGTHS = Object.entries(LENGTHS_OF_HUNDRED).flatMap(([length, count]) =>
  new Array<number>(count).fill(Number(length)),
);

/** Different prefixes in 1.0.0.0 to 223.255.255.255, in no order. */
export function randomPrefixes(count: number, seed: number): Prefix[] {
  const random = randomNumbers(seed);
  const prefixes = new Map<number, Prefix>();
  while (prefixes.size < count) {
    const length = LENGTHS[random() % LENGTHS.length]!;
    const address = (((1 + (random() % 223)) * 2 ** 24 + (random() >>> 8)) & (-1 << (32 - length))) >>> 0;
    prefixes.set(address * 64 + length, { address, length });
  }
  return [...prefixes.values()];
}

/** The length of the prefix that Kubernetes gives a node's pods. */
const NODE_PREFIX_LENGTH = 24;
/** 10.0.0.0/8, from which they come. */
const CLUSTER_ADDRESS = 0x0a000000;
const CLUSTER_NODES = 2 ** 16;

/** Pod prefixes of a cluster's nodes, in no order: different /24s one after another, from anywhere in 10.0.0.0/8. */
export function nodePrefixes(count: number, seed: number): Prefix[] {
  const random = randomNumbers(seed);
  const first = random() % (CLUSTER_NODES - count);
  const prefixes = Array.from({ length: count }, (_, i) => ({
    address: CLUSTER_ADDRESS + (first + i) * 2 ** (32 - NODE_PREFIX_LENGTH),
    length: NODE_PREFIX_LENGTH,
  }));
  for (let i = count - 1; i > 0; i--) {
    const other = random() % (i + 1);
    [prefixes[i], prefixes[other]] = [prefixes[other]!, prefixes[i]!];
  }
  return prefixes;
}
