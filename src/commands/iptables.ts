/** `iptables -L` and `iptables -S`: the filter table, and with Calico the raw one, that a node has under its plugin and the policies. */
import { Calico, Cilium, Weave } from "../kubernetes/index.ts";
import { type Command, CommandError, nodeOf, type Place } from "./command.ts";
import { calicoChains } from "./firewall-calico.ts";
import { calicoRawChains } from "./firewall-calico-raw.ts";
import { ciliumChains } from "./firewall-cilium.ts";
import { kubeRouterChains } from "./firewall-kube-router.ts";
import { type FirewallChain, orderChains } from "./firewall-table.ts";
import { weaveChains } from "./firewall-weave.ts";
import { HELP_TEXT, readIptablesOptions, VERSION_TEXT } from "./iptables-options.ts";
import { listText, rulesetRecord, specificationText } from "./iptables-text.ts";

/** Those of the kernel that podwire has nothing in. */
const OTHER_TABLES = ["nat", "mangle", "security"];

/** Where counts are that a node with Cilium's programs has not in its tables. */
const CILIUM_NOTE =
  "iptables: Cilium's programs decide before these chains see anything; podwire's trace, drops and `policy check` tell what they decided (on a node: cilium-dbg bpf policy get, hubble observe --verdict DROPPED)\n";

export const iptables: Command = (place, words, terminal) => {
  const options = readIptablesOptions(words);
  const { command, chain, rule } = options;
  if (command === "--version" || command === "--help") {
    terminal.out(command === "--help" ? HELP_TEXT : VERSION_TEXT);
    return 0;
  }
  const table = requireTable(options.table);
  const all = table === "filter" ? filterTable(place) : rawTable(place);
  const chains = chain === null ? all : [requireChain(all, chain)];
  if (command === "--json") terminal.out(`${JSON.stringify(rulesetRecord(chains, table))}\n`);
  else if (command === "-S") terminal.out(specificationText(chains, rule, options.isVerbose));
  else terminal.out(listText(chains, all, { ...options, rule }));
  const { cni, policies } = place.cluster;
  if (cni instanceof Cilium && policies.isTracking && nodeOf(place) !== undefined) terminal.error(CILIUM_NOTE);
  return 0;
};

/** @throws CommandError */
function requireTable(table: string): "filter" | "raw" {
  if (table === "filter" || table === "raw") return table;
  const text = OTHER_TABLES.includes(table)
    ? `can't show table '${table}': podwire has filter and raw alone`
    : `table '${table}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`;
  throw new CommandError(`iptables v1.8.9 (nf_tables): ${text}`, 3);
}

function requireChain(chains: readonly FirewallChain[], name: string): FirewallChain {
  const found = chains.find((chain) => chain.name === name);
  if (found === undefined) throw new CommandError("iptables: No chain/target/match by that name.", 1);
  return found;
}

/** A pod has no rules of its own: whoever filters for it does so on its node. */
function filterTable(place: Place): FirewallChain[] {
  const { cluster } = place;
  const node = nodeOf(place);
  if (node === undefined) return ["INPUT", "FORWARD", "OUTPUT"].map((name) => ({ name, isBuiltIn: true, rules: [] }));
  if (cluster.cni instanceof Calico) return orderChains(calicoChains(cluster, node));
  if (cluster.cni instanceof Cilium) return orderChains(ciliumChains());
  if (cluster.cni instanceof Weave) return orderChains(weaveChains(cluster, node));
  return orderChains(kubeRouterChains(cluster, node));
}

/** Before connections are tracked: only Calico has rules there. */
function rawTable(place: Place): FirewallChain[] {
  const node = nodeOf(place);
  if (node !== undefined && place.cluster.cni instanceof Calico) return calicoRawChains(place.cluster, node);
  return ["PREROUTING", "OUTPUT"].map((name) => ({ name, isBuiltIn: true, rules: [] }));
}
