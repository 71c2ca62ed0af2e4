/** What shall happen later, in the order of its time; at equal times, in the order it was asked for. */

export interface Timer {
  /** Called once, when virtual time has reached what `add` asked for. */
  fire(now: number): void;
}

/** A binary heap over three parallel arrays. Timers are not cancelled: who no longer wants one ignores it. */
export class TimerQueue {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #timers: Timer[] = [];
  #nextOrder = 0;

  get count(): number {
    return this.#timers.length;
  }

  /** Time of the earliest timer in nanoseconds, Infinity when there is none. */
  get nextTime(): number {
    return this.#times[0] ?? Infinity;
  }

  add(time: number, timer: Timer): void {
    const last = this.#timers.length;
    this.#times.push(time);
    this.#orders.push(this.#nextOrder++);
    this.#timers.push(timer);
    this.#rise(last);
  }

  /** Takes the earliest timer out. @throws RangeError when there is none. */
  take(): Timer {
    const first = this.#timers[0];
    if (first === undefined) throw new RangeError("expected a timer, found an empty queue");
    const last = this.#timers.length - 1;
    this.#swap(0, last);
    this.#times.pop();
    this.#orders.pop();
    this.#timers.pop();
    this.#sink(0);
    return first;
  }

  #rise(index: number): void {
    for (let child = index; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(index: number): void {
    const count = this.#timers.length;
    for (let parent = index; ;) {
      let earliest = parent;
      for (let child = 2 * parent + 1; child <= 2 * parent + 2 && child < count; child++) {
        if (this.#isBefore(child, earliest)) earliest = child;
      }
      if (earliest === parent) return;
      this.#swap(parent, earliest);
      parent = earliest;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#times[a]! - this.#times[b]!;
    return difference < 0 || (difference === 0 && this.#orders[a]! < this.#orders[b]!);
  }

  #swap(a: number, b: number): void {
    for (const array of [this.#times, this.#orders, this.#timers] as unknown[][]) {
      const kept = array[a];
      array[a] = array[b];
      array[b] = kept;
    }
  }
}
