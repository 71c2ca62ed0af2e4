/** A timer that can be set anew and stopped, over the engine's, which cannot. */
import type { Engine, Timer } from "../datapath/index.ts";

export class Deadline implements Timer {
  readonly #engine: Engine;
  readonly #expire: () => void;
  #time = Infinity;
  /** When the engine will call next of all that was asked of it. */
  #wakeTime = Infinity;

  constructor(engine: Engine, expire: () => void) {
    this.#engine = engine;
    this.#expire = expire;
  }

  get isRunning(): boolean {
    return this.#time !== Infinity;
  }

  /** Nanoseconds left, Infinity when it does not run. */
  get remaining(): number {
    return this.#time - this.#engine.now;
  }

  /** Expires in `delay` nanoseconds, and not when it was to before. */
  set(delay: number): void {
    this.#time = this.#engine.now + delay;
    if (this.#time < this.#wakeTime) this.#wakeAt(this.#time);
  }

  stop(): void {
    this.#time = Infinity;
  }

  #wakeAt(time: number): void {
    this.#wakeTime = time;
    this.#engine.after(time - this.#engine.now, this);
  }

  fire(now: number): void {
    // An earlier wake-up has been asked for since, and has come or will.
    if (now < this.#wakeTime) return;
    this.#wakeTime = Infinity;
    if (this.#time > now) {
      if (this.#time !== Infinity) this.#wakeAt(this.#time);
      return;
    }
    this.#time = Infinity;
    this.#expire();
  }
}
