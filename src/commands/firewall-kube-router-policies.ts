/** The chains of policies that kube-router programs, and those of administrators' in their manner. */
import type { AdminPolicy, AdminPolicyRule, Cluster, NetworkPolicy, PolicyRule } from "../kubernetes/index.ts";
import {
  type AnyPolicy,
  decidedBy,
  fullName,
  hashedName,
  type PodFirewall,
  portsMatches,
  receiversOf,
} from "./firewall-policies.ts";
import {
  comment,
  type FirewallChain,
  type FirewallRule,
  inSet,
  marked,
  NOTHING_COUNTED,
  REJECTED,
  setsMark,
} from "./firewall-table.ts";

/** A policy accepted the packet; an administrator's passed it on. */
const ACCEPTED = "0x10000";
const PASSED = "0x40000";

export function nameOfPolicyChain({ namespace, name }: NetworkPolicy): string {
  return `KUBE-NWPLCY-${hashedName(`${namespace}${name}`, 16, 32)}`;
}

export function nameOfAdminChain({ isBaseline, name }: AdminPolicy): string {
  return `KUBE-ADMPLCY-${hashedName(`${isBaseline ? "baseline" : "admin"} ${name}`, 15, 32)}`;
}

/** One for each policy that selects any of these pods, with its rules in both directions. */
export function kubeRouterPolicyChains(firewalls: readonly PodFirewall[], cluster: Cluster): FirewallChain[] {
  const [network, admin] = [
    new Set(firewalls.flatMap(({ policies }) => policies)),
    new Set(firewalls.flatMap((firewall) => [...firewall.admin, ...firewall.baseline])),
  ];
  return [
    ...[...network].map((policy) => chainOf(policy, nameOfPolicyChain(policy), firewalls, cluster)),
    ...[...admin].map((policy) => chainOf(policy, nameOfAdminChain(policy), firewalls, cluster)),
  ];
}

function chainOf(policy: AnyPolicy, name: string, firewalls: readonly PodFirewall[], cluster: Cluster): FirewallChain {
  const rules = (["ingress", "egress"] as const).flatMap((direction) => {
    const asked = firewalls.filter((firewall) => firewall.direction === direction && asks(firewall, policy));
    return (policy[direction] ?? []).flatMap((rule: PolicyRule | AdminPolicyRule, index): FirewallRule[] => {
      const sets = (["src", "dst"] as const).flatMap((side) => {
        const isPods = (side === "dst") === (direction === "ingress");
        if (!isPods && rule.peers === null) return [];
        const digits = hashedName(`${fullName(policy)} ${direction} ${isPods ? "pods" : index}`, 16, 32);
        return [inSet(`KUBE-${side.toUpperCase()}-${digits}`, side)];
      });
      const count = decidedBy(asked, [policy], { rule: index });
      return portsMatches(rule, receiversOf(cluster, direction, asked)).flatMap(({ protocol, matches }, at) => {
        const common = {
          // One count for the rule: where it takes several of iptables' rules, the first has it.
          ...(at === 0 ? count : NOTHING_COUNTED),
          ...(protocol !== undefined && { protocol }),
          matches: [comment(textOf(policy, rule, direction)), ...sets, ...matches],
        };
        const action = "action" in rule ? rule.action : "Allow";
        if (action === "Deny") return [{ ...common, target: "REJECT", mark: REJECTED }];
        const bits = action === "Allow" ? ACCEPTED : PASSED;
        return [
          { ...common, target: "MARK", mark: setsMark(bits) },
          { ...common, target: "RETURN", matches: [...common.matches, marked(`${bits}/${bits}`)] },
        ];
      });
    });
  });
  return { name, isBuiltIn: false, rules };
}

function asks({ policies, admin, baseline }: PodFirewall, policy: AnyPolicy): boolean {
  return ([...policies, ...admin, ...baseline] as readonly AnyPolicy[]).includes(policy);
}

function textOf(policy: AnyPolicy, rule: PolicyRule | AdminPolicyRule, direction: "ingress" | "egress"): string {
  if ("isBaseline" in policy) {
    const action = "action" in rule ? rule.action.toUpperCase() : "";
    return `rule to ${action} traffic selected by ${policy.isBaseline ? "baseline" : "admin"} policy name: ${policy.name}`;
  }
  const { name, namespace } = policy;
  const where = `${name} namespace ${namespace}`;
  const isRanges = rule.peers?.every(({ kind }) => kind === "ipBlock") === true;
  if (direction === "ingress") {
    if (rule.peers === null)
      return `rule to ACCEPT traffic from all sources to dest pods selected by policy name: ${where}`;
    if (isRanges)
      return `rule to ACCEPT traffic from specified ipBlocks to dest pods selected by policy name: ${where}`;
  } else {
    const from = "rule to ACCEPT traffic from source pods to";
    if (rule.peers === null) return `${from} all destinations selected by policy name: ${where}`;
    if (isRanges) return `${from} specified ipBlocks selected by policy name: ${where}`;
  }
  return `rule to ACCEPT traffic from source pods to dest pods selected by policy name ${where}`;
}
