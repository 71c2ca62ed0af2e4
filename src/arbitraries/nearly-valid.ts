/**
 * Frames that break exactly one rule and tell which: what parsers get wrong is seldom the frame full of noise, which
 * fails the first check, but the one that is right up to its last field.
 */
import fc from "fast-check";
import { anyFrame } from "./any-frame.ts";
import type { BrokenFrame } from "./broken-frame.ts";
import { checkKinds } from "./choice.ts";
import type { Frame } from "./frame.ts";
import { breakRule, concerns, RULE_NAMES, type RuleName } from "./rules.ts";

/** What `nearlyValid` takes. */
export interface NearlyValidOptions {
  /** Rules to break, one a frame; all when left out. */
  readonly rules?: readonly RuleName[];
}

/** Frames to ask for before giving up that a rule applies to one. */
const ATTEMPT_LIMIT = 1_000;

/** How a frame was broken, so that a smaller one can be broken in the same way. */
interface Context {
  readonly frame: fc.Value<Frame>;
  readonly name: RuleName;
  /** Which of the layers where the rule can be broken, counted round from the innermost. */
  readonly depth: number;
  readonly variant: fc.Value<number>;
}

/**
 * Nearly valid frames, made of `frames` (any, when left out), all rules being equally likely that apply to a frame. One
 * that fails shrinks to a smaller frame that breaks the same rule.
 *
 * @throws RangeError for rules that do not exist, and, when values are asked for, when no rule applies to any frame
 */
export function nearlyValid(
  frames: fc.Arbitrary<Frame> = anyFrame(),
  options: NearlyValidOptions = {},
): fc.Arbitrary<BrokenFrame> {
  const { rules = RULE_NAMES } = options;
  checkKinds("rules", rules, RULE_NAMES);
  return new NearlyValid(frames, rules);
}

class NearlyValid extends fc.Arbitrary<BrokenFrame> {
  readonly #frames: fc.Arbitrary<Frame>;
  readonly #rules: readonly RuleName[];
  readonly #variants = fc.nat();

  constructor(frames: fc.Arbitrary<Frame>, rules: readonly RuleName[]) {
    super();
    this.#frames = frames;
    this.#rules = rules;
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<BrokenFrame> {
    for (let attempt = 0; attempt < ATTEMPT_LIMIT; attempt++) {
      const frame = this.#frames.generate(random, biasFactor);
      const variant = this.#variants.generate(random, biasFactor);
      const broken = this.#broken({ ...this.#choose(frame.value, random), frame, variant });
      if (broken !== undefined) return broken;
    }
    throw new RangeError(`expected frames to which one of the rules ${this.#rules.join(", ")} applies, found none`);
  }

  /** One of the rules about the frame's layers, which may still turn out not to apply. */
  #choose(frame: Frame, random: fc.Random): Pick<Context, "name" | "depth"> {
    const names = this.#rules.filter((name) => frame.layers.some((_, layer) => concerns(name, frame, layer)));
    const name = names[random.nextInt(0, Math.max(0, names.length - 1))] ?? this.#rules[0]!;
    return { name, depth: random.nextInt(0, frame.layers.length - 1) };
  }

  override canShrinkWithoutContext(_value: unknown): _value is BrokenFrame {
    return false;
  }

  override shrink(_value: BrokenFrame, context: unknown): fc.Stream<fc.Value<BrokenFrame>> {
    const own = context as Context;
    const smaller = this.#frames.shrink(own.frame.value, own.frame.context).map((frame) => ({ ...own, frame }));
    const plainer = this.#variants
      .shrink(own.variant.value, own.variant.context)
      .map((variant) => ({ ...own, variant }));
    return smaller
      .join(plainer)
      .map((next) => this.#broken(next))
      .filter((value) => value !== undefined);
  }

  #broken(context: Context): fc.Value<BrokenFrame> | undefined {
    const { frame, name, depth, variant } = context;
    const found = places(frame.value, name, variant.value);
    const broken = found[found.length - 1 - (depth % found.length)];
    return broken === undefined ? undefined : new fc.Value(broken, context);
  }
}

/** The frame with the rule broken in each of the layers where that can be, the outermost first. */
function places(frame: Frame, name: RuleName, variant: number): BrokenFrame[] {
  return frame.layers
    .map((_, layer) => breakRule(frame, name, layer, variant))
    .filter((broken) => broken !== undefined);
}
