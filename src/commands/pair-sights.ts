/**
 * What policies can see of a pair of pods: who is selected by which policies, and what those policies' own rules ask
 * about the other end. Of two groups that a policy elsewhere tells apart, these may see no difference: many pairs of
 * groups are one sight.
 */
import type { PolicyDirection } from "../kubernetes/index.ts";
import { getOrMake } from "./get-or-make.ts";
import type { PodGroup } from "./pod-groups.ts";
import type { PolicyQuestions, PolicySide } from "./policy-questions.ts";

/** What the policies that select a pod in one direction ask about the other end; equal ones are one object. */
interface Interest {
  readonly number: number;
  readonly selections: readonly number[];
  readonly ranges: readonly number[];
  /** By index of the group: the number of its answers, once it was asked. */
  readonly seen: number[];
}

/** Answers are numbered as they come: fewer than this, so that two numbers make one. */
const ANSWER_LIMIT = 2 ** 25;

export class PairSights {
  readonly #groups: readonly PodGroup[];
  readonly #interests: Readonly<Record<PolicyDirection, readonly Interest[]>>;
  readonly #answers = new Map<string, number>();

  constructor({ sides }: PolicyQuestions, groups: readonly PodGroup[]) {
    this.#groups = groups;
    this.#interests = {
      ingress: interestsOf(sides, groups, "ingress"),
      egress: interestsOf(sides, groups, "egress"),
    };
  }

  /**
   * Equal for pairs of groups, by their indexes, that are one sight, but for the ports that the destination has names for.
   *
   * @param inside the ranges that have the address which the packet comes from: see `PolicyQuestions.inside`
   */
  of(from: number, to: number, inside: string): number {
    const leaving = this.#interests.egress[from]!;
    const entering = this.#interests.ingress[to]!;
    const left = (leaving.seen[to] ??= this.#ask(leaving, to, this.#groups[to]!.inside));
    // The address of a node is not one of the group, but of the way.
    const entered = this.#groups[from]!.hostNetwork
      ? this.#ask(entering, from, inside)
      : (entering.seen[from] ??= this.#ask(entering, from, inside));
    return left * ANSWER_LIMIT + entered;
  }

  #ask({ number, selections, ranges }: Interest, group: number, inside: string): number {
    const { selected } = this.#groups[group]!;
    const select = selections.map((selection) => selected[selection] ?? "0").join("");
    const text = `${number}:${select}:${ranges.map((range) => inside[range]).join("")}`;
    return getOrMake(this.#answers, text, () => this.#answers.size);
  }
}

/** By index of the group. Those of groups with hostNetwork are others: no policy selects them. */
function interestsOf(
  sides: readonly PolicySide[],
  groups: readonly PodGroup[],
  direction: PolicyDirection,
): readonly Interest[] {
  const known = new Map<string, Interest>();
  const ofDirection = sides.filter((side) => side.direction === direction);
  return groups.map(({ selected, hostNetwork }) => {
    const own = ofDirection.filter(({ subject }) => selected[subject] === "1");
    const key = [hostNetwork, ...own.map((side) => ofDirection.indexOf(side))].join();
    return getOrMake(known, key, () => ({
      number: known.size,
      selections: [...new Set(own.flatMap((side) => side.selections))],
      ranges: [...new Set(own.flatMap((side) => side.ranges))],
      seen: [],
    }));
  });
}
