/** Which packet speaks for which pairs of groups: one for each, or one for all that are the same sight to policies. */
import { getOrMake } from "./get-or-make.ts";
import { type PodGroup, portText } from "./pod-groups.ts";
import type { Trial } from "./reachability-probe.ts";

/** Who sends, and who gets. */
export type Ends = Pick<Trial, "source" | "destination">;

export class TrialPlan {
  readonly trials: Trial[] = [];
  readonly #groups: readonly PodGroup[];
  /** Ports that are tried of any destination, at most. */
  readonly #portLimit: number;
  /** By kind of the pair and sender's group, a row: for each receiver's group and port, the trial's number and one. */
  readonly #rows: Int32Array[][] = [];
  /** Trials by sight, by receiver's group and port: groups with equal ports under equal names share them. */
  readonly #sightings: readonly (readonly Map<number, number>[])[];

  constructor(groups: readonly PodGroup[]) {
    this.#groups = groups;
    this.#portLimit = Math.max(1, ...groups.map(({ ports }) => ports.length));
    const all = new Map<string, Map<number, number>>();
    this.#sightings = groups.map(({ names, ports }) =>
      ports.map((port) => getOrMake(all, `${names} ${portText(port)}`, () => new Map<number, number>())),
    );
  }

  /** @param sight equal for pairs that one packet speaks for; undefined for one that speaks for itself */
  add(from: number, to: number, kind: number, sight: number | undefined, choosePair: () => Ends): void {
    const { ports } = this.#groups[to]!;
    const row = this.#row(from, kind);
    for (let index = 0; index < ports.length; index++) {
      const sightings = this.#sightings[to]![index]!;
      let number = sight === undefined ? undefined : sightings.get(sight);
      if (number === undefined) {
        number = this.trials.push({ ...choosePair(), ...ports[index]! });
        if (sight !== undefined) sightings.set(sight, number);
      }
      row[to * this.#portLimit + index] = number;
    }
  }

  #row(from: number, kind: number): Int32Array {
    const rows = (this.#rows[kind] ??= []);
    return (rows[from] ??= new Int32Array(this.#groups.length * this.#portLimit));
  }

  /** The trial that speaks for a pair of groups; undefined where there is no such pair. */
  find(from: number, to: number, kind: number, index: number): Trial | undefined {
    const number = this.#rows[kind]?.[from]?.[to * this.#portLimit + index];
    return number === undefined ? undefined : this.trials[number - 1];
  }
}
