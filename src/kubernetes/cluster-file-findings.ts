/** What is odd about a cluster's file, though it can be read: each finding with its object and field. */

export type Severity = "error" | "warning" | "info";

export interface Finding {
  /** error: packets would not get through, or something was left out for it; warning: may be meant; info: told only. */
  readonly severity: Severity;
  /** "Pod default/web-0", "Node node-a", "Cluster". */
  readonly object: string;
  /** "status.podIP". */
  readonly field: string;
  readonly text: string;
}

/** How often something was passed over, and where first. */
interface Count {
  readonly first: string;
  count: number;
}

/** Collects findings; what occurs all over the file, such as IPv6 addresses, becomes one each. */
export class FindingList {
  readonly #findings: Finding[] = [];
  readonly #ipv6 = new Map<string, Count>();
  readonly #unused = new Map<string, Count>();

  error(object: string, field: string, text: string): void {
    this.#findings.push({ severity: "error", object, field, text });
  }

  warning(object: string, field: string, text: string): void {
    this.#findings.push({ severity: "warning", object, field, text });
  }

  info(object: string, field: string, text: string): void {
    this.#findings.push({ severity: "info", object, field, text });
  }

  /** An IPv6 address was passed over. */
  ipv6(object: string, field: string): void {
    countIn(this.#ipv6, field, object);
  }

  /** An object of a kind that nobody reads. */
  unused(kind: string, object: string): void {
    countIn(this.#unused, kind, object);
  }

  /** All findings: errors, then warnings, then the rest, each in the order of the file. */
  list(): Finding[] {
    const ranks: readonly Severity[] = ["error", "warning", "info"];
    const all = [...this.#findings, ...this.#counted()];
    return ranks.flatMap((rank) => all.filter(({ severity }) => severity === rank));
  }

  #counted(): Finding[] {
    const ipv6 = [...this.#ipv6].map(([field, { first, count }]): Finding => {
      const object = count === 1 ? first : `${first} and ${count - 1} more`;
      return { severity: "info", object, field, text: "IPv6 addresses are passed over" };
    });
    const unused = [...this.#unused].map(([kind, { first, count }]): Finding => {
      const object = count === 1 ? first : `${first} and ${count - 1} more`;
      return { severity: "info", object, field: "kind", text: `nothing of kind ${kind} is used` };
    });
    return [...ipv6, ...unused];
  }
}

function countIn(counts: Map<string, Count>, key: string, object: string): void {
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { first: object, count: 1 });
  else known.count++;
}
