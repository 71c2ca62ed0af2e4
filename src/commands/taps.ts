/** Who looks at a cluster's frames at present: the engine has one observer, which tells them all. */
import { type Engine, type Hop, HopRecorder, type HopSink, type LateDrop } from "../datapath/index.ts";

export class Taps implements HopSink {
  readonly #engine: Engine;
  readonly #recorder: HopRecorder;
  readonly #sinks = new Set<HopSink>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#recorder = new HopRecorder(engine, [this]);
  }

  /** Shows a sink every frame from now on. */
  add(sink: HopSink): void {
    this.#sinks.add(sink);
    this.#engine.observer = this.#recorder;
  }

  /** While nobody looks on, the engine need not tell. */
  delete(sink: HopSink): void {
    this.#sinks.delete(sink);
    if (this.#sinks.size === 0) this.#engine.observer = null;
  }

  hop(hop: Hop): void {
    for (const sink of this.#sinks) sink.hop(hop);
  }

  dropLate(drop: LateDrop): void {
    for (const sink of this.#sinks) sink.dropLate?.(drop);
  }
}
