/** The chains of Weave's policy controller, and of Cilium's agent, which leaves policies to its programs. */
import { type Cluster, type ClusterNode } from "../kubernetes/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import {
  comment,
  connectionState,
  type FirewallChain,
  type FirewallRule,
  NOTHING_COUNTED,
  sumOf,
} from "./firewall-table.ts";
import { decidedFor, hashedName, podFirewalls, portsMatches, receiversOf } from "./firewall-policies.ts";

export function weaveChains(cluster: Cluster, node: ClusterNode): FirewallChain[] {
  const firewalls = podFirewalls(cluster, node);
  const of = (direction: "ingress" | "egress"): typeof firewalls =>
    firewalls.filter((firewall) => firewall.direction === direction);
  const [ingress, egress] = [of("ingress"), of("egress")];
  const state = connectionState("RELATED,ESTABLISHED");
  const isNew = connectionState("NEW");
  const set = (name: string, side: string): { module: string; shown: string; written: string } => ({
    module: "set",
    shown: `match-set ${name} ${side}`,
    written: `--match-set ${name} ${side}`,
  });
  const rulesOf = (direction: "ingress" | "egress"): FirewallRule[] => {
    const policies = new Set(of(direction).flatMap((firewall) => firewall.policies));
    return [...policies].flatMap((policy) =>
      policy[direction]!.flatMap((rule, index) => {
        const count = sumOf(of(direction).map(({ pod }) => decidedFor(cluster, pod, direction, policy, index)));
        const name = `weave-${hashedName(`${policy.namespace}/${policy.name} ${direction} ${index}`, 20, 64)}`;
        const peers = rule.peers === null ? [] : [set(name, direction === "ingress" ? "src" : "dst")];
        return portsMatches(
          rule,
          receiversOf(
            cluster,
            direction,
            of(direction).filter(({ policies: own }) => own.includes(policy)),
          ),
        ).map(({ protocol, matches }, at): FirewallRule => ({
          ...(at === 0 ? count : NOTHING_COUNTED),
          ...(protocol !== undefined && { protocol }),
          target: "ACCEPT",
          matches: [...peers, ...matches, comment(`rule ${index} of ${policy.namespace}/${policy.name}`)],
        }));
      }),
    );
  };
  const freeOf = (direction: "ingress" | "egress"): FirewallRule[] =>
    of(direction)
      .filter(({ policies }) => policies.length === 0)
      .map(({ pod, allowed }) => ({
        ...allowed,
        ...(direction === "ingress" ? { destination: formatIpv4(pod.address) } : { source: formatIpv4(pod.address) }),
        target: "ACCEPT",
        matches: [comment(`DefaultAllow ${direction} isolation for ${pod.fullName}`)],
      }));
  const all = (those: typeof firewalls, key: "known" | "fresh" | "refused"): ReturnType<typeof sumOf> =>
    sumOf(those.map((firewall) => firewall[key]));
  return [
    { name: "INPUT", isBuiltIn: true, rules: [{ ...NOTHING_COUNTED, in: "weave", target: "WEAVE-NPC-EGRESS" }] },
    {
      name: "FORWARD",
      isBuiltIn: true,
      rules: [
        {
          ...sumOf([all(egress, "known"), all(egress, "fresh")]),
          in: "weave",
          target: "WEAVE-NPC-EGRESS",
          matches: [comment("NOTE: this must go before '-j KUBE-FORWARD'")],
        },
        {
          ...sumOf([all(ingress, "known"), all(ingress, "fresh")]),
          out: "weave",
          target: "WEAVE-NPC",
          matches: [comment("NOTE: this must go before '-j KUBE-FORWARD'")],
        },
        { ...all(ingress, "refused"), out: "weave", target: "DROP" },
      ],
    },
    { name: "OUTPUT", isBuiltIn: true, rules: [] },
    {
      name: "WEAVE-NPC",
      isBuiltIn: false,
      rules: [
        { ...all(ingress, "known"), target: "ACCEPT", matches: [state] },
        { ...all(ingress, "fresh"), target: "WEAVE-NPC-DEFAULT", matches: [isNew] },
        {
          ...sumOf(ingress.filter(({ policies }) => policies.length > 0).map(({ fresh }) => fresh)),
          target: "WEAVE-NPC-INGRESS",
          matches: [isNew],
        },
      ],
    },
    { name: "WEAVE-NPC-DEFAULT", isBuiltIn: false, rules: freeOf("ingress") },
    { name: "WEAVE-NPC-INGRESS", isBuiltIn: false, rules: rulesOf("ingress") },
    {
      name: "WEAVE-NPC-EGRESS",
      isBuiltIn: false,
      rules: [
        { ...all(egress, "known"), target: "ACCEPT", matches: [state] },
        { ...all(egress, "fresh"), target: "WEAVE-NPC-EGRESS-DEFAULT", matches: [isNew] },
        {
          ...sumOf(egress.filter(({ policies }) => policies.length > 0).map(({ fresh }) => fresh)),
          target: "WEAVE-NPC-EGRESS-CUSTOM",
          matches: [isNew],
        },
        { ...all(egress, "refused"), target: "DROP" },
      ],
    },
    { name: "WEAVE-NPC-EGRESS-DEFAULT", isBuiltIn: false, rules: freeOf("egress") },
    { name: "WEAVE-NPC-EGRESS-CUSTOM", isBuiltIn: false, rules: rulesOf("egress") },
  ];
}

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
