/** The chains of Cilium's agent, which leaves policies to its programs. */
import { comment, type FirewallChain, type FirewallRule, NOTHING_COUNTED } from "./firewall-table.ts";

/** Policies are in the programs' maps: nothing here is about them, and nothing that programs redirect comes by. */
export function ciliumChains(): FirewallChain[] {
  const jump = (name: string): FirewallRule => ({
    ...NOTHING_COUNTED,
    target: `CILIUM_${name}`,
    matches: [comment(`cilium-feeder: CILIUM_${name}`)],
  });
  const accept = (fields: Partial<FirewallRule>, text: string): FirewallRule => ({
    ...NOTHING_COUNTED,
    ...fields,
    target: "ACCEPT",
    matches: [comment(`cilium: ${text} forward accept`)],
  });
  return [
    ...["INPUT", "FORWARD", "OUTPUT"].map((name) => ({ name, isBuiltIn: true, rules: [jump(name)] })),
    {
      name: "CILIUM_FORWARD",
      isBuiltIn: false,
      rules: [
        accept({ out: "cilium_host" }, "any->cluster on cilium_host"),
        accept({ in: "cilium_host" }, "cluster->any on cilium_host (nodeport)"),
        accept({ in: "lxc+" }, "cluster->any on lxc+"),
        accept({ in: "cilium_net" }, "cluster->any on cilium_net (nodeport)"),
      ],
    },
    { name: "CILIUM_INPUT", isBuiltIn: false, rules: [] },
    { name: "CILIUM_OUTPUT", isBuiltIn: false, rules: [] },
  ];
}
