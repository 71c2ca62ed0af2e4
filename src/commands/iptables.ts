/** `iptables -L` and `iptables -S`: the filter table, and with Calico the raw one, that a node has under its plugin and the policies. */
import { Calico, Cilium, Weave } from "../kubernetes/index.ts";
import { type Command, CommandError, nodeOf, type Place } from "./command.ts";
import { calicoChains } from "./firewall-calico.ts";
import { calicoRawChains } from "./firewall-calico-raw.ts";
import { kubeRouterChains } from "./firewall-kube-router.ts";
import { ciliumChains } from "./firewall-cilium.ts";
import { weaveChains } from "./firewall-weave.ts";
import { type FirewallChain, orderChains } from "./firewall-table.ts";
import { listText, rulesetRecord, specificationText } from "./iptables-text.ts";
import { readWordOptions } from "./word-options.ts";

const LONG: Readonly<Record<string, string>> = {
  "--list": "-L",
  "--list-rules": "-S",
  "--verbose": "-v",
  "--numeric": "-n",
  "--table": "-t",
  "--line-numbers": "-0",
};

export const iptables: Command = (place, words, terminal) => {
  const isJson = words.includes("--json");
  const short = words.filter((word) => word !== "--json").map((word) => LONG[word] ?? word);
  const unknown = short.find((word) => word.startsWith("--"));
  if (unknown !== undefined) throw new CommandError(`iptables: unknown option "${unknown}"`, 2);
  const { values, operands } = readWordOptions("iptables", short, "LSvnt:xw");
  const table = values.get("t") ?? "filter";
  if (table !== "filter" && table !== "raw")
    throw new CommandError(`iptables: can't show table '${table}': podwire has filter and raw alone`, 3);
  if (values.has("L") && values.has("S")) throw new CommandError("iptables: Can't use -S with -L", 2);
  if (!values.has("L") && !values.has("S") && !isJson)
    throw new CommandError("iptables: no command specified (podwire has -L and -S)", 2);
  const all = table === "filter" ? filterTable(place) : rawTable(place);
  const chains = operands.length === 0 ? all : operands.map((name) => requireChain(all, name));
  if (isJson) terminal.out(`${JSON.stringify(rulesetRecord(chains, table))}\n`);
  else if (values.has("S")) terminal.out(specificationText(chains, values.has("v")));
  else terminal.out(listText(chains, all, { isVerbose: values.has("v"), isNumeric: values.has("n") }));
  return 0;
};

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
