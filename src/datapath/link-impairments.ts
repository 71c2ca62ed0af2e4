/** What a bad cable does to frames, in the manner of `tc qdisc ... netem`: by chance, but the engine's, so that it can be repeated. */
import type { Engine } from "./engine.ts";

export interface ImpairmentOptions {
  /** Probability that a frame is lost, 0 to 1. */
  readonly loss?: number;
  /** Probability that a frame arrives twice. */
  readonly duplicate?: number;
  /** Probability that a frame is overtaken by the next one; when none follows within a millisecond, it only is so much late. */
  readonly reorder?: number;
  /** Nanoseconds that a frame takes longer at most: each as many as chance says, so that frames may overtake each other. */
  readonly jitter?: number;
}

const PROBABILITIES = ["loss", "duplicate", "reorder"] as const;

/** `Engine.random` is below. */
const RANDOM_RANGE = 2 ** 32;

export class LinkImpairments {
  readonly #engine: Engine;
  readonly #options: Required<ImpairmentOptions>;

  /** @throws RangeError for a probability outside 0..1, or a negative or endless jitter. */
  constructor(engine: Engine, { loss = 0, duplicate = 0, reorder = 0, jitter = 0 }: ImpairmentOptions) {
    this.#engine = engine;
    this.#options = { loss, duplicate, reorder, jitter };
    for (const name of PROBABILITIES) {
      const value = this.#options[name];
      if (!(value >= 0 && value <= 1))
        throw new RangeError(`expected a probability of ${name} from 0 to 1, found ${value}`);
    }
    if (!(jitter >= 0 && jitter < Infinity)) throw new RangeError(`expected a jitter of 0 ns or more, found ${jitter}`);
  }

  /** Whether there are any. */
  get isAny(): boolean {
    return Object.values(this.#options).some((value) => value > 0);
  }

  losesOne(): boolean {
    return this.#happens(this.#options.loss);
  }

  doublesOne(): boolean {
    return this.#happens(this.#options.duplicate);
  }

  holdsOneBack(): boolean {
    return this.#happens(this.#options.reorder);
  }

  /** Nanoseconds that the next frame takes longer. */
  delay(): number {
    const { jitter } = this.#options;
    return jitter === 0 ? 0 : Math.floor((this.#engine.random() / RANDOM_RANGE) * (jitter + 1));
  }

  /** What cannot happen uses up no chance. */
  #happens(probability: number): boolean {
    return probability > 0 && this.#engine.random() < probability * RANDOM_RANGE;
  }
}
