/** The packet pool: allocating, sharing, moving offsets, copying. */
import { PacketPool } from "../src/packet/index.ts";
import type { Workload, WorkloadCase } from "../src/workload/index.ts";
import type { Bench } from "./bench.ts";

const SLOT_COUNT = 4096;
const PACKETS_PER_ROUND = 256;
const LENGTH = 60;
const OUTER_LENGTH = 50;

/** What is done with one packet that is held throughout. */
type PoolStep = (pool: PacketPool, handle: number) => void;

export const packetPool: Bench = {
  question: "What does the packet pool cost: allocate, share, move an offset, copy?",
  operation: "packet",
  varies: [],
  cases: () => [
    poolCase("no work", (pool, handle) => {
      pool.length[handle] = LENGTH;
    }),
    poolCase("allocate and release", (pool) => pool.release(pool.allocate(LENGTH))),
    poolCase("clone and release", (pool, handle) => pool.release(pool.clone(handle))),
    poolCase("prepend and strip 50 bytes", (pool, handle) => {
      pool.prepend(handle, OUTER_LENGTH);
      pool.strip(handle, OUTER_LENGTH);
    }),
    poolCase("clone, copy for a writer, release", (pool, handle) => {
      const clone = pool.clone(handle);
      pool.makeWritable(handle);
      pool.release(clone);
    }),
  ],
};

function poolCase(name: string, step: PoolStep): WorkloadCase {
  return { name, frameSize: null, create: () => new PoolWorkload(name, step) };
}

/** Half of the slots are held, so that there is room for copies; each of their packets has its turn. */
class PoolWorkload implements Workload {
  readonly name: string;
  readonly operationsPerRound: number = PACKETS_PER_ROUND;
  readonly frameLength: number = 0;
  private readonly step: PoolStep;
  private readonly pool = new PacketPool({ slotCount: SLOT_COUNT });
  private readonly handles = new Int32Array(SLOT_COUNT / 2);
  private first = 0;

  constructor(name: string, step: PoolStep) {
    this.name = name;
    this.step = step;
    for (let i = 0; i < this.handles.length; i++) {
      this.handles[i] = this.pool.allocateFrom(new Uint8Array(LENGTH).fill(i));
    }
  }

  round(): void {
    const { pool, handles, step } = this;
    const end = this.first + PACKETS_PER_ROUND;
    for (let i = this.first; i < end; i++) step(pool, handles[i]!);
    this.first = end === handles.length ? 0 : end;
  }

  /** Every packet is there, alone on its slot, with its bytes; and nothing else is in flight. */
  verify(): void {
    const { pool, handles } = this;
    if (pool.inFlightCount !== handles.length || pool.slotsInUse !== handles.length)
      throw new Error(
        `${this.name}: expected ${handles.length} packets in as many slots, ` +
          `found ${pool.inFlightCount} in ${pool.slotsInUse}`,
      );
    handles.forEach((handle, i) => {
      const contents = pool.contents(handle);
      if (contents.length !== LENGTH || contents.some((byte) => byte !== (i & 0xff)))
        throw new Error(`${this.name}: expected packet ${i} to keep its ${LENGTH} bytes, found others`);
    });
  }
}
