/**
 * Packets that go round: a workload owns a number of them, has them back at the far end, and sends the next vector in
 * each round, after putting right what the way changed. So little but the way is timed, and as many packets are in
 * flight as the workload says: each round touches others than the one before.
 */
import { type Engine, type StageWork, VECTOR_LENGTH } from "../datapath/index.ts";
import type { Workload } from "./workload.ts";

export abstract class CirculatingWorkload implements Workload, StageWork {
  abstract readonly name: string;
  readonly operationsPerRound: number = VECTOR_LENGTH;
  readonly frameLength: number;
  protected readonly engine: Engine;
  /** All packets, in the order in which they are sent. */
  protected readonly handles: Int32Array;
  /** Where in `handles` the vector of this round starts, and how many of it have come back. */
  private first = 0;
  private returned = 0;
  /** Whether all packets have been sent before. */
  private hasGoneRound = false;
  private lost = 0;
  /** Drops of the engine before there were packets: of frames that filled tables. */
  private droppedBefore = 0;
  /** During `verify`: what was wrong with the packets that came back. */
  private faults: string[] | null = null;

  /** @throws RangeError when the pool has no room for so many packets. */
  constructor(engine: Engine, count: number, frameLengths: readonly number[]) {
    this.engine = engine;
    this.handles = new Int32Array(Math.ceil(count / VECTOR_LENGTH) * VECTOR_LENGTH);
    this.frameLength = frameLengths.reduce((sum, length) => sum + length, 0) / frameLengths.length;
  }

  /** Makes all packets: `build` writes the frame of each. */
  protected fill(
    frameLengths: readonly number[],
    build: (offset: number, length: number, index: number) => void,
  ): void {
    const { pool } = this.engine;
    this.droppedBefore = this.engine.droppedCount;
    for (let i = 0; i < this.handles.length; i++) {
      const length = frameLengths[i % frameLengths.length]!;
      const handle = pool.allocate(length);
      if (handle < 0) throw new RangeError(`expected room for ${this.handles.length} packets, found ${i}`);
      pool.bytes.fill(0, pool.start[handle]!, pool.start[handle]! + length);
      build(pool.start[handle]!, length, i);
      this.handles[i] = handle;
    }
  }

  /** Starts handles[first..end) on their way. */
  protected abstract send(handles: Int32Array, first: number, end: number): void;

  /** Makes handles[first..end), which came back, what they were before. */
  protected abstract restore(handles: Int32Array, first: number, end: number): void;

  /** What is wrong with a packet that came back, or "". */
  protected abstract fault(handle: number): string;

  round(): void {
    this.returned = 0;
    if (this.hasGoneRound) this.restore(this.handles, this.first, this.first + VECTOR_LENGTH);
    this.send(this.handles, this.first, this.first + VECTOR_LENGTH);
    this.engine.run(this.engine.now);
    if (this.returned !== VECTOR_LENGTH) this.lost += VECTOR_LENGTH - this.returned;
    this.first += VECTOR_LENGTH;
    if (this.first < this.handles.length) return;
    this.first = 0;
    this.hasGoneRound = true;
  }

  /** Whether every packet that arrives is looked at. */
  protected get isVerifying(): boolean {
    return this.faults !== null;
  }

  /** The far end. */
  run(handles: Int32Array, first: number, end: number): void {
    if (this.faults !== null) this.look(handles, first, end, this.faults);
    const back = this.first + this.returned;
    for (let i = first; i < end; i++) this.handles[back + i - first] = handles[i]!;
    this.returned += end - first;
  }

  private look(handles: Int32Array, first: number, end: number, faults: string[]): void {
    for (let i = first; i < end; i++) {
      const fault = this.fault(handles[i]!);
      if (fault !== "") faults.push(fault);
    }
  }

  /** Looks at every packet of as many rounds as it takes for all of them to have passed. */
  verify(): void {
    const faults: string[] = [];
    this.faults = faults;
    for (let sent = 0; sent < this.handles.length; sent += VECTOR_LENGTH) this.round();
    this.faults = null;
    const { pool } = this.engine;
    const droppedCount = this.engine.droppedCount - this.droppedBefore;
    if (faults.length > 0) throw new Error(`${this.name}: ${faults.length} packets came out wrong: ${faults[0]!}`);
    if (this.lost !== 0 || droppedCount !== 0 || pool.copyCount !== 0 || pool.inFlightCount !== this.handles.length)
      throw new Error(
        `${this.name}: expected every packet to arrive, none copied, found ${this.lost} lost, ${droppedCount} dropped, ${pool.copyCount} copied, ${pool.inFlightCount} in flight for ${this.handles.length}`,
      );
  }
}
