/** The inputs of a seed, by their numbers: which one is what depends on nothing else. */

import { FILTERS } from "./filter-target.ts";
import type { Input, Target } from "./input.ts";
import { mutateBytes, mutateFrame } from "./mutate.ts";
import { Random } from "./random.ts";
import { generatedSeeds, type SeedFrame, type Seeds } from "./seeds.ts";

/** Inputs before the generators give others. */
const ROUND = 20_000;
const GENERATED = 200;

/** How often each target has its turn. */
const TURNS: readonly Target[] = [...Array<Target>(14).fill("frame"), "capture", "capture", "filter"];

/** Link types that are taken apart, for frames whose own is another. */
const LINK_TYPES: readonly number[] = [0, 1, 12, 101, 105, 108, 113, 228, 276];
const MISSING: readonly number[] = [0, 0, 0, 1, 60, 2_000, 2 ** 32 - 10_000];

/** Numbered inputs. A number stands for one input, or for one frame cut at every length. */
export class Inputs {
  readonly #seed: number;
  readonly #corpus: Seeds;
  #round = -1;
  #seeds: Seeds = { frames: [], captures: [] };

  constructor(seed: number, corpus: Seeds) {
    this.#seed = seed;
    this.#corpus = corpus;
  }

  /** The inputs of a number from 0 on. */
  at(number: number): Input[] {
    const random = new Random(this.#seed, number);
    this.#generate(Math.floor(number / ROUND));
    const target = random.pick(TURNS);
    if (target === "frame") return this.#frames(random);
    const bytes = target === "capture" ? this.#capture(random) : filter(random);
    return cuts(random, { target, bytes, linkType: 0, missing: 0 });
  }

  #generate(round: number): void {
    if (round === this.#round) return;
    this.#seeds = generatedSeeds(new Random(this.#seed, -1 - round).below(2 ** 31), GENERATED);
    this.#round = round;
  }

  #frames(random: Random): Input[] {
    const { bytes, linkType } = this.#frame(random);
    const other = this.#frame(random).bytes;
    const mutated = random.oneIn(20) ? bytes : mutateFrame(random, bytes, other, linkType);
    const read = random.oneIn(30) ? random.pick(LINK_TYPES) : linkType;
    return cuts(random, { target: "frame", bytes: mutated, linkType: read, missing: random.pick(MISSING) });
  }

  #frame(random: Random): SeedFrame {
    const isOfCorpus = this.#corpus.frames.length > 0 && random.oneIn(2);
    return random.pick(isOfCorpus ? this.#corpus.frames : this.#seeds.frames);
  }

  #capture(random: Random): Uint8Array {
    const [one, other] = [this.#seedCapture(random), this.#seedCapture(random)];
    return random.oneIn(20) ? one : mutateBytes(random, one, other, random.pick([1, 2, 4, 4, 4]));
  }

  #seedCapture(random: Random): Uint8Array {
    const isOfCorpus = this.#corpus.captures.length > 0 && random.oneIn(2);
    return random.pick(isOfCorpus ? this.#corpus.captures : this.#seeds.captures);
  }
}

function filter(random: Random): Uint8Array {
  const [one, other] = [random.pick(FILTERS), random.pick(FILTERS)].map((text) => Buffer.from(text, "latin1"));
  return mutateBytes(random, one!, other!, 1);
}

/** Now and then an input cut at every length; otherwise as it is. */
function cuts(random: Random, input: Input): Input[] {
  const { bytes } = input;
  if (bytes.length > 300 || !random.oneIn(200)) return [input];
  return Array.from({ length: bytes.length + 1 }, (_, length) => {
    const missing = random.oneIn(2) ? bytes.length - length : 0;
    return { ...input, bytes: bytes.slice(0, length), missing };
  });
}
