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
  /** The same without -n, where that is another: "icmp echo-request". */
  readonly named?: string;
  /** "--ctstate RELATED,ESTABLISHED" */
  readonly written: string;
}

export interface FirewallRule extends FirewallCount {
  /** "tcp"; "all" when left out. */
  readonly protocol?: string;
  /** Name of a device, or its beginning and "+"; behind a "!", any other. */
  readonly in?: string;
  readonly out?: string;
  /** A prefix, or an address alone. */
  readonly source?: string;
  readonly destination?: string;
  readonly matches?: readonly FirewallMatch[];
  /** A chain or what ends the way; "MARK" and "REJECT" with their options in `mark`. */
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
  /** And how much came to their end, where it is known to. */
  readonly passed?: FirewallCount;
  readonly rules: readonly FirewallRule[];
}

export function comment(text: string): FirewallMatch {
  return {
    module: "comment",
    shown: `/* ${text} */`,
    written: `--comment ${/^[\w:./-]+$/.test(text) ? text : `"${text}"`}`,
  };
}

/** An ipset of sources or destinations. */
export function inSet(name: string, side: "src" | "dst"): FirewallMatch {
  return { module: "set", shown: `match-set ${name} ${side}`, written: `--match-set ${name} ${side}` };
}

/** One of the node's own addresses. */
export function isLocal(side: "src" | "dst"): FirewallMatch {
  return { module: "addrtype", shown: `ADDRTYPE match ${side}-type LOCAL`, written: `--${side}-type LOCAL` };
}

/** MARK's options: these bits are set in the packet's mark. */
export function setsMark(bits: string): NonNullable<FirewallRule["mark"]> {
  return { shown: `MARK or ${bits}`, written: `--set-xmark ${bits}/${bits}` };
}

/** The same: these bits are taken off, of which `kept` are all others. */
export function clearsMark(bits: string, kept: string): NonNullable<FirewallRule["mark"]> {
  return { shown: `MARK and ${kept}`, written: `--set-xmark 0x0/${bits}` };
}

/** REJECT's options. */
export const REJECTED: NonNullable<FirewallRule["mark"]> = {
  shown: "reject-with icmp-port-unreachable",
  written: "--reject-with icmp-port-unreachable",
};

export function connectionState(state: string): FirewallMatch {
  return { module: "conntrack", shown: `ctstate ${state}`, written: `--ctstate ${state}` };
}

/** A packet that has not all bits of the mark. */
export function notMarked(mark: string): FirewallMatch {
  return { module: "mark", shown: `mark match ! ${mark}`, written: `! --mark ${mark}` };
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

/** What is left of a count. */
export function less(count: FirewallCount, part: FirewallCount): FirewallCount {
  return { packets: count.packets - part.packets, bytes: count.bytes - part.bytes };
}

/** A table of these chains, the kernel's own first, and those in order of their names. */
export function orderChains(chains: readonly FirewallChain[]): FirewallChain[] {
  const own = [...chains].filter(({ isBuiltIn }) => !isBuiltIn);
  return [...chains.filter(({ isBuiltIn }) => isBuiltIn), ...own.sort((a, b) => (a.name < b.name ? -1 : 1))];
}
