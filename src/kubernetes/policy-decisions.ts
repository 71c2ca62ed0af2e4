/**
 * What policies can decide, numbered: rules that allow or deny, and isolation by policies none of whose rules allows.
 * Numbers stay when policies change, since tracked connections keep them, and so do the counters.
 */

export type PolicyDirection = "ingress" | "egress";

/** What a decision is of. */
export type PolicyKind = "NetworkPolicy" | "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy";

export interface DecisionDescription {
  readonly direction: PolicyDirection;
  readonly isAllowed: boolean;
  readonly kind: PolicyKind;
  /** "default/backend", or an administrator's policy's own name; null for isolation. */
  readonly policy: string | null;
  /** Index of the rule in its direction; null for isolation. */
  readonly rule: number | null;
  /** An administrator's name for the rule, "" for none. */
  readonly ruleName: string;
  /** For isolation: the policies that isolate. */
  readonly isolatedBy: readonly string[];
}

/** How often something was decided: by first packets where it is allowed, by every packet where it is not. */
export interface PolicyCount extends DecisionDescription {
  readonly packets: number;
  /** Of their frames. */
  readonly bytes: number;
}

/** The decision that an echo request passes whatever policies say, as some plugins have it. No policy's. */
export const ECHO_PASSES = 1;

export class PolicyDecisions {
  /** By number; 0 is "no rule". */
  readonly #descriptions: (DecisionDescription | null)[] = [null, null];
  readonly #numbers = new Map<string, number>();
  #packets = new Float64Array(64);
  #bytes = new Float64Array(64);

  /** The number of this decision, for table entries: of one that refuses the complement. */
  numberOf(description: DecisionDescription): number {
    const key = JSON.stringify(description);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const index = this.#descriptions.push(description) - 1;
    if (index >= this.#packets.length) {
      this.#packets = larger(this.#packets);
      this.#bytes = larger(this.#bytes);
    }
    const number = description.isAllowed ? index : ~index;
    this.#numbers.set(key, number);
    return number;
  }

  /** What a number stands for; null for 0 and `ECHO_PASSES`, which no rule decided. */
  describe(number: number): DecisionDescription | null {
    return this.#descriptions[indexOf(number)]!;
  }

  count(number: number, bytes: number): void {
    const index = indexOf(number);
    this.#packets[index] = this.#packets[index]! + 1;
    this.#bytes[index] = this.#bytes[index]! + bytes;
  }

  /** Those that have decided anything. */
  counters(): PolicyCount[] {
    return this.#descriptions.flatMap((description, index) =>
      description === null || this.#packets[index] === 0
        ? []
        : [{ ...description, packets: this.#packets[index]!, bytes: this.#bytes[index]! }],
    );
  }

  /** The policies of a decision: "default/backend", those that isolate one after the other, "" for none. */
  policyOf(number: number): string {
    const description = this.describe(number);
    return description === null ? "" : (description.policy ?? description.isolatedBy.join(", "));
  }
}

function indexOf(number: number): number {
  return number < 0 ? ~number : number;
}

function larger(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(array.length * 2);
  copy.set(array);
  return copy;
}
