/**
 * What policies can see of a pair of pods: who is selected by which policies, and what those policies' own rules ask
 * about the other end. Of two groups that a policy elsewhere tells apart, these may see no difference: many pairs of
 * groups are one sight.
 */
import type { PolicyDirection } from "../kubernetes/index.ts";
import type { PodGroup } from "./pod-groups.ts";
import type { PolicyQuestions, PolicySide } from "./policy-questions.ts";

/** What the policies that select a pod in one direction ask about the other end; equal ones are one object. */
interface Interest {
  readonly number: number;
  readonly selections: readonly number[];
  readonly ranges: readonly number[];
}

export class PairSights {
  readonly #sides: Readonly<Record<PolicyDirection, readonly PolicySide[]>>;
  readonly #interests = new Map<string, Interest>();
  readonly #byGroup = { ingress: new Map<PodGroup, Interest>(), egress: new Map<PodGroup, Interest>() };
  readonly #answers = new Map<PodGroup, string[]>();

  constructor({ sides }: PolicyQuestions) {
    const of = (direction: PolicyDirection): PolicySide[] => sides.filter((side) => side.direction === direction);
    this.#sides = { ingress: of("ingress"), egress: of("egress") };
  }

  /** @param inside the ranges that have the address which the packet comes from: see `PolicyQuestions.inside` */
  of(from: PodGroup, to: PodGroup, inside: string): string {
    const entering = this.#interest("ingress", to);
    const left = this.#seen(this.#interest("egress", from), to);
    const entered = from.hostNetwork ? answersOf(entering, from, inside) : this.#seen(entering, from);
    return `${left}/${entered}/${to.names}`;
  }

  #interest(direction: PolicyDirection, group: PodGroup): Interest {
    const known = this.#byGroup[direction].get(group);
    if (known !== undefined) return known;
    const sides = this.#sides[direction].filter(({ subject }) => group.selected[subject] === "1");
    const selections = [...new Set(sides.flatMap((side) => side.selections))];
    const ranges = [...new Set(sides.flatMap((side) => side.ranges))];
    const key = [direction, group.hostNetwork, ...sides.map((side) => this.#sides[direction].indexOf(side))].join();
    const interest = this.#interests.get(key) ?? { number: this.#interests.size, selections, ranges };
    this.#interests.set(key, interest);
    this.#byGroup[direction].set(group, interest);
    return interest;
  }

  #seen(interest: Interest, other: PodGroup): string {
    let answers = this.#answers.get(other);
    if (answers === undefined) this.#answers.set(other, (answers = []));
    return (answers[interest.number] ??= answersOf(interest, other, other.inside));
  }
}

function answersOf({ number, selections, ranges }: Interest, { selected }: PodGroup, inside: string): string {
  const select = selections.map((selection) => selected[selection] ?? "0").join("");
  return `${number}:${select}:${ranges.map((range) => inside[range]).join("")}`;
}
