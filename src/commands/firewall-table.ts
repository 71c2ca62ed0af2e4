/** A node's filter table, as a plugin's companions program it: chains of rules with what they have counted. */

export interface FirewallCount {
  readonly packets: number;
  /** Of IPv4 packets, without Ethernet headers. */
  readonly bytes: number;
}

export const NOTHING_COUNTED: FirewallCount = { packets: 0, bytes: 0 };

/** What a rule asks beside addresses and devices, as `iptables -L` and `iptables -S` have it. */
export interface FirewallMatch {
  /** "conntrack" */
  readonly module: string;
  /** "ctstate RELATED,ESTABLISHED" */
  readonly shown: string;
  /** "--ctstate RELATED,ESTABLISHED" */
  readonly written: string;
}

export interface FirewallRule extends FirewallCount {
  /** "tcp"; "all" when left out. */
  readonly protocol?: string;
  /** Name of a device, or its beginning and "+". */
  readonly in?: string;
  readonly out?: string;
  /** A prefix, or an address alone. */
  readonly source?: string;
  readonly destination?: string;
  readonly matches?: readonly FirewallMatch[];
  /** A chain or what ends the way; "MARK" with its value in `mark`. */
  readonly target: string;
  /** Whether it goes there for good. */
  readonly isGoto?: boolean;
  /** "or 0x10000" as `-L` has it, and "--set-xmark 0x10000/0x10000". */
  readonly mark?: { readonly shown: string; readonly written: string };
}

export interface FirewallChain {
  readonly name: string;
  /** Of the kernel's own chains, what becomes of packets at their end: all pass. */
  readonly isBuiltIn: boolean;
  readonly rules: readonly FirewallRule[];
}

export function comment(text: string): FirewallMatch {
  return {
    module: "comment",
    shown: `/* ${text} */`,
    written: `--comment ${/^[\w:./-]+$/.test(text) ? text : `"${text}"`}`,
  };
}

export function connectionState(state: string): FirewallMatch {
  return { module: "conntrack", shown: `ctstate ${state}`, written: `--ctstate ${state}` };
}

/** A packet that carries the mark, or with "0x0/...", that does not. */
export function marked(mark: string): FirewallMatch {
  const [value, mask] = mark.split("/");
  return {
    module: "mark",
    shown: `mark match ${value === mask ? `${value!}/${mask!}` : mark}`,
    written: `--mark ${mark}`,
  };
}

/** The sum of counts. */
export function sumOf(counts: readonly FirewallCount[]): FirewallCount {
  return counts.reduce(
    (sum, { packets, bytes }) => ({ packets: sum.packets + packets, bytes: sum.bytes + bytes }),
    NOTHING_COUNTED,
  );
}

/** A table of these chains, the kernel's own first, and those in order of their names. */
export function orderChains(chains: readonly FirewallChain[]): FirewallChain[] {
  const own = [...chains].filter(({ isBuiltIn }) => !isBuiltIn);
  return [...chains.filter(({ isBuiltIn }) => isBuiltIn), ...own.sort((a, b) => (a.name < b.name ? -1 : 1))];
}
