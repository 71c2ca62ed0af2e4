/** Work to be timed: the same packets through the same devices, round after round. */
import type { PacketPoolOptions } from "../packet/index.ts";

/** One piece of it. */
export interface Workload {
  /** "pod to pod, across nodes". */
  readonly name: string;
  /** Packets, or lookups, that one round does. */
  readonly operationsPerRound: number;
  /** Bytes of the frames without their frame check sequence, on average; 0 when what is timed is no frame. */
  readonly frameLength: number;
  /** Does the work once. Allocates nothing. */
  round(): void;
  /** @throws Error when packets of the rounds so far were lost, copied, or come out wrong. */
  verify(): void;
}

/** What a user may vary. */
export interface WorkloadOptions {
  /** Bytes of each frame without its frame check sequence, in turn: 60 makes the shortest Ethernet frame. */
  readonly frameLengths: readonly number[];
  /** Flows: pairs of address and port. */
  readonly flows: number;
  /** Routes in the table of a router. */
  readonly routes: number;
  /** Stations whose addresses a bridge knows. */
  readonly macs: number;
  /** Packets in flight. */
  readonly packets: number;
  /** Whether each packet has a slot for a frame of any size, as in a cluster, or one that just holds it. */
  readonly hasFullSizeSlots: boolean;
}

/** A ping's frame, which fills the tables, and room to spare: the least that slots hold. */
const SMALLEST_CAPACITY = 128;

/** The pool for a workload's packets. */
export function poolOptions({ frameLengths, packets, hasFullSizeSlots }: WorkloadOptions): PacketPoolOptions {
  // A few more than packets in flight: for what fills the tables.
  const slotCount = packets + 64;
  if (hasFullSizeSlots) return { slotCount };
  return { slotCount, frameCapacity: Math.max(SMALLEST_CAPACITY, ...frameLengths) };
}

/** The shortest frames, and as many of everything as the issue of line rate is usually argued over. */
export const DEFAULT_WORKLOAD: WorkloadOptions = {
  frameLengths: [60],
  flows: 4096,
  routes: 10_000,
  macs: 256,
  packets: 4096,
  hasFullSizeSlots: false,
};
