/**
 * A stage owns the packets in its queue until the engine runs its work on them.
 *
 * Stages reach each other only by pushing handles: no work is ever entered twice, so its scratch memory is
 * safe, and a path that loops cannot overflow the stack.
 */
import type { Engine } from "./engine.ts";

/** The most handles that one call of `run` receives. */
export const VECTOR_LENGTH = 256;

/** What is done with the packets of a stage. */
export interface StageWork {
  /**
   * Works on handles[first..end), at most VECTOR_LENGTH of them, and owns them: each is passed on,
   * dropped or consumed before it returns. May reorder that part of the array.
   */
  run(handles: Int32Array, first: number, end: number): void;
}

/**
 * One class for all stages, whatever their work: `push` is called several times for every packet, and would
 * cost 30 ns in place of 2 if stages had subclasses, since V8 then looks each field up by shape.
 */
export class Stage {
  readonly engine: Engine;
  readonly work: StageWork;
  /** The waiting handles, the first `count` of them. The engine swaps this array for an empty one. */
  items: Int32Array = new Int32Array(VECTOR_LENGTH);
  count = 0;

  constructor(engine: Engine, work: StageWork) {
    this.engine = engine;
    this.work = work;
  }

  /** Hands a packet over. The queue grows as needed: what bounds it is the pool, whose packets it holds. */
  push(handle: number): void {
    const count = this.count;
    if (count === 0) this.engine.schedule(this);
    else if (count === this.items.length) this.grow();
    this.items[count] = handle;
    this.count = count + 1;
  }

  /**
   * Hands handles[first..end) over in one go. Where that is all that the running stage had, the array itself changes
   * hands: copying would be a sixth of what a packet costs from pod to pod. The caller has let go of the array then.
   */
  pushAll(handles: Int32Array, first: number, end: number): void {
    if (first === end) return;
    const count = this.count;
    if (count === 0) {
      this.engine.schedule(this);
      if (this.engine.isWholeVector(handles, first, end)) {
        this.items = this.engine.exchangeVector(this.items);
        this.count = end;
        return;
      }
    }
    while (count + end - first > this.items.length) this.grow();
    const items = this.items;
    for (let from = first, to = count; from < end; from++, to++) items[to] = handles[from]!;
    this.count = count + end - first;
  }

  private grow(): void {
    const larger = new Int32Array(this.items.length * 2);
    larger.set(this.items);
    this.items = larger;
  }
}
