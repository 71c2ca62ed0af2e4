/**
 * A filter table as iptables prints it (iptables/xshared.c, 1.8: protocols by name with -n too, as in all versions of it but
 * 1.8.9 and 1.8.10), and as `nft -j list ruleset` does.
 */
import { formatPrefix, parsePrefix } from "../wire/index.ts";
import { type FirewallChain, type FirewallRule, NOTHING_COUNTED } from "./firewall-table.ts";

export interface ListOptions {
  readonly isVerbose: boolean;
  readonly isNumeric: boolean;
  /** Numbers in full. */
  readonly isExact: boolean;
  readonly hasLineNumbers: boolean;
  /** Only the rule of this number, without a heading. */
  readonly rule: number | null;
}

const ANYWHERE = "0.0.0.0/0";

/** `iptables -L`; `all`: the whole table, whose references are counted. */
export function listText(
  chains: readonly FirewallChain[],
  all: readonly FirewallChain[],
  options: ListOptions,
): string {
  return chains.map((chain) => chainText(chain, referencesTo(chain, all), options)).join("\n");
}

function referencesTo({ name }: FirewallChain, all: readonly FirewallChain[]): number {
  return all.flatMap(({ rules }) => rules).filter(({ target }) => target === name).length;
}

function chainText(chain: FirewallChain, references: number, options: ListOptions): string {
  const { name, isBuiltIn, rules, passed = NOTHING_COUNTED } = chain;
  const counters = options.isVerbose ? ` ${passed.packets} packets, ${passed.bytes} bytes` : "";
  const what = isBuiltIn ? `policy ACCEPT${counters}` : `${references} references`;
  const numbers = options.hasLineNumbers ? "num  " : "";
  const counts = !options.isVerbose ? "" : options.isExact ? "    pkts      bytes " : " pkts bytes ";
  const devices = options.isVerbose ? " in     out    " : "";
  const head = `${numbers}${counts}${"target".padEnd(9)}  prot opt${devices} ${"source".padEnd(19)}  ${"destination".padEnd(19)} `;
  const lines = rules.map((rule, index) => ruleText(rule, index + 1, options));
  const shown =
    options.rule === null ? [`Chain ${name} (${what})`, head, ...lines] : lines.slice(options.rule - 1, options.rule);
  return shown.map((line) => `${line}\n`).join("");
}

function ruleText(rule: FirewallRule, number: number, options: ListOptions): string {
  const { isVerbose, isNumeric, isExact, hasLineNumbers } = options;
  const { protocol = "all", source = ANYWHERE, destination = ANYWHERE, matches = [], target, isGoto, mark } = rule;
  const countOf = (count: number): string => (isExact ? `${String(count).padStart(8)} ` : countText(count));
  const numbers = hasLineNumbers ? `${String(number).padEnd(4)} ` : "";
  const counts = isVerbose ? `${countOf(rule.packets)}${countOf(rule.bytes)}` : "";
  const device = (name: string | undefined): string => (name ?? (isNumeric ? "*" : "any")).padEnd(6);
  const devices = isVerbose ? ` ${device(rule.in)} ${device(rule.out)} ` : "";
  const address = (text: string): string => (text === ANYWHERE && !isNumeric ? "anywhere" : text).padEnd(19);
  const words = [
    ...matches.map(({ shown, named }) => (isNumeric ? shown : (named ?? shown))),
    ...(mark === undefined ? [] : [mark.shown]),
  ];
  const tail = `${isGoto === true ? "[goto] " : ""}${words.map((word) => ` ${word}`).join("")}`;
  return `${numbers}${counts}${target.padEnd(9)}  ${protocol.padEnd(5)}-- ${devices} ${address(source)}  ${address(destination)} ${tail}`;
}

/** Five digits, then in thousands, millions and so on. */
function countText(count: number): string {
  if (count <= 99_999) return `${String(count).padStart(5)} `;
  let rest = count;
  for (const unit of ["K", "M", "G"]) {
    rest = Math.round(rest / 1000);
    if (rest <= 9_999) return `${String(rest).padStart(4)}${unit} `;
  }
  return `${Math.round(rest / 1000)}T `;
}

/** `iptables -S`; with the number of a rule, that one alone. */
export function specificationText(chains: readonly FirewallChain[], rule: number | null, isVerbose: boolean): string {
  const heads = chains.map(({ name, isBuiltIn, passed = NOTHING_COUNTED }) =>
    isBuiltIn ? `-P ${name} ACCEPT${isVerbose ? ` -c ${passed.packets} ${passed.bytes}` : ""}` : `-N ${name}`,
  );
  const lines = chains.flatMap(({ name, rules }) =>
    (rule === null ? rules : rules.slice(rule - 1, rule)).map((own) => `-A ${name} ${ruleWords(own, isVerbose)}`),
  );
  return [...(rule === null ? heads : []), ...lines].map((line) => `${line}\n`).join("");
}

function ruleWords(rule: FirewallRule, isVerbose: boolean): string {
  const { protocol, source, destination, matches = [], target, isGoto, mark } = rule;
  const address = (text: string): string => (text.includes("/") ? text : `${text}/32`);
  return [
    ...(source === undefined ? [] : [`-s ${address(source)}`]),
    ...(destination === undefined ? [] : [`-d ${address(destination)}`]),
    ...(rule.in === undefined ? [] : [deviceWords("-i", rule.in)]),
    ...(rule.out === undefined ? [] : [deviceWords("-o", rule.out)]),
    ...(protocol === undefined ? [] : [`-p ${protocol}`]),
    ...matches.map(({ module, written }) => `-m ${module} ${written}`),
    ...(isVerbose ? [`-c ${rule.packets} ${rule.bytes}`] : []),
    `${isGoto === true ? "-g" : "-j"} ${target}`,
    ...(mark === undefined ? [] : [mark.written]),
  ].join(" ");
}

const HOOKS: Readonly<Record<string, string>> = {
  PREROUTING: "prerouting",
  INPUT: "input",
  FORWARD: "forward",
  OUTPUT: "output",
};

/** Where a table's chains stand among others of their hook. */
const PRIORITIES = { filter: 0, raw: -300 } as const;
function deviceWords(option: string, name: string): string {
  return name.startsWith("!") ? `! ${option} ${name.slice(1)}` : `${option} ${name}`;
}

/** As `nft -j list table ip filter` has it: what nftables has no words for is told as `xt`. */
export function rulesetRecord(chains: readonly FirewallChain[], table: "filter" | "raw"): object {
  let handle = 0;
  const common = { family: "ip", table };
  return {
    nftables: [
      { metainfo: { json_schema_version: 1 } },
      { table: { family: "ip", name: table, handle: ++handle } },
      ...chains.map(({ name, isBuiltIn }) => ({
        chain: {
          ...common,
          name,
          handle: ++handle,
          ...(isBuiltIn && { type: "filter", hook: HOOKS[name], prio: PRIORITIES[table], policy: "accept" }),
        },
      })),
      ...chains.flatMap(({ name, rules }) =>
        rules.map((rule) => ({ rule: { ...common, chain: name, handle: ++handle, expr: expressions(rule) } })),
      ),
    ],
  };
}

const VERDICTS: Readonly<Record<string, string>> = { ACCEPT: "accept", DROP: "drop", RETURN: "return" };
/** Targets that have statements of their own, or are extensions. */
const STATEMENTS: Readonly<Record<string, object>> = {
  MARK: { xt: { type: "target", name: "MARK" } },
  NFLOG: { xt: { type: "target", name: "NFLOG" } },
  REJECT: { reject: { type: "icmp", expr: "port-unreachable" } },
};

function expressions(rule: FirewallRule): object[] {
  const { protocol, source, destination, matches = [], target, isGoto, packets, bytes } = rule;
  const equal = (left: object, right: unknown, op = "=="): object => ({ match: { op, left, right } });
  const meta = (key: string, name: string | undefined): object[] =>
    name === undefined
      ? []
      : [equal({ meta: { key } }, name.replace(/^!/, "").replace(/\+$/, "*"), name.startsWith("!") ? "!=" : "==")];
  const address = (field: string, text: string | undefined): object[] =>
    text === undefined ? [] : [equal({ payload: { protocol: "ip", field } }, addressRecord(text))];
  const verdict = VERDICTS[target];
  const end =
    verdict !== undefined
      ? { [verdict]: null }
      : (STATEMENTS[target] ?? { [isGoto === true ? "goto" : "jump"]: { target } });
  return [
    ...address("saddr", source),
    ...address("daddr", destination),
    ...meta("iifname", rule.in),
    ...meta("oifname", rule.out),
    ...(protocol === undefined ? [] : [equal({ payload: { protocol: "ip", field: "protocol" } }, protocol)]),
    ...matches.map(({ module }) => ({ xt: { type: "match", name: module } })),
    { counter: { packets, bytes } },
    end,
  ];
}

function addressRecord(text: string): string | object {
  if (!text.includes("/")) return text;
  const [addr] = formatPrefix(parsePrefix(text)).split("/");
  return { prefix: { addr, len: parsePrefix(text).length } };
}
