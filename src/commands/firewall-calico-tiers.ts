/**
 * What Felix programs of policies for Calico: since 3.29 administrators' are in tiers of their own, before and behind the
 * default one, which are passed at their end; then a pod's profiles accept what is left (felix/rules, 3.30).
 */
import type { AdminPolicyRule, Cluster, PolicyDirection, PolicyRule } from "../kubernetes/index.ts";
import {
  type AnyPolicy,
  decidedBy,
  hashedName,
  isolatedFrom,
  type PodFirewall,
  portsMatches,
  receiversOf,
} from "./firewall-policies.ts";
import {
  clearsMark,
  comment,
  type FirewallChain,
  type FirewallRule,
  inSet,
  less,
  marked,
  NOTHING_COUNTED,
  setsMark,
  sumOf,
} from "./firewall-table.ts";

/** Felix's marks: a policy accepted the packet, or passed it on to the next tier. */
const ACCEPTED = "0x10000";
const PASSED = "0x20000";
/** Of a chain's name at most. */
const NAME_LENGTH = 28;
const HASH_LENGTH = 19;

const POLICY = { egress: "cali-po-_", ingress: "cali-pi-_" } as const;
const PROFILE = { egress: "cali-pro-", ingress: "cali-pri-" } as const;

/** What is in a pod's chain behind the rules about states: tiers, then the profiles of its namespace and account. */
export function tierRules(firewall: PodFirewall): FirewallRule[] {
  const { direction, policies, admin, baseline, fresh } = firewall;
  const tiers = [
    { name: "adminnetworkpolicy", asked: admin },
    { name: "default", asked: policies },
    { name: "baselineadminnetworkpolicy", asked: baseline },
  ] as const;
  let left = fresh;
  const rules: FirewallRule[] = tiers.flatMap(({ name, asked }) => {
    if (asked.length === 0) return [];
    const start = {
      ...left,
      target: "MARK",
      mark: clearsMark(PASSED, "0xfffdffff"),
      matches: [comment(`Start of tier ${name}`)],
    };
    const jumps = asked.flatMap((policy): FirewallRule[] => {
      const accepted = decidedBy([firewall], [policy], { isAllowed: true });
      const jump = { ...left, target: policyChainName(policy, direction), matches: [marked(`0x0/${PASSED}`)] };
      left = less(left, decidedBy([firewall], [policy]));
      return [jump, { ...accepted, target: "RETURN", matches: [comment("Return if policy accepted"), isAccepted()] }];
    });
    if (name !== "default") return [start, ...jumps];
    const isolated = isolatedFrom([firewall]);
    left = less(left, isolated);
    const end = comment("End of tier default. Drop if no policies passed packet");
    return [start, ...jumps, { ...isolated, target: "DROP", matches: [end, marked(`0x0/${PASSED}`)] }];
  });
  const [profile, account] = profilesOf(firewall);
  const accepted = { target: "RETURN", matches: [comment("Return if profile accepted"), isAccepted()] };
  return [
    ...rules,
    { ...left, target: profileChainName(profile!, direction) },
    { ...left, ...accepted },
    { ...NOTHING_COUNTED, target: profileChainName(account!, direction) },
    { ...NOTHING_COUNTED, ...accepted },
    { ...NOTHING_COUNTED, target: "DROP", matches: [comment("Drop if no profiles matched")] },
  ];
}

function isAccepted(): ReturnType<typeof marked> {
  return marked(`${ACCEPTED}/${ACCEPTED}`);
}

/** One that accepts everything, and one that says nothing. */
function profilesOf({ pod }: PodFirewall): readonly string[] {
  return [`kns.${pod.kubernetesNamespace}`, `ksa.${pod.kubernetesNamespace}.default`];
}

function profileChainName(profile: string, direction: PolicyDirection): string {
  const name = `${PROFILE[direction]}${profile}`;
  return name.length <= NAME_LENGTH ? name : `${PROFILE[direction]}_${hashedName(profile, HASH_LENGTH - 1, 64)}`;
}

/** "knp.default.backend", "kanp.adminnetworkpolicy.deny". */
function policyName(policy: AnyPolicy): string {
  if ("namespace" in policy) return `knp.default.${policy.name}`;
  return `${policy.isBaseline ? "kbanp.baselineadminnetworkpolicy" : "kanp.adminnetworkpolicy"}.${policy.name}`;
}

function policyChainName(policy: AnyPolicy, direction: PolicyDirection): string {
  const name = "namespace" in policy ? `${policy.namespace}/${policyName(policy)}` : policyName(policy);
  return `${POLICY[direction]}${hashedName(name, HASH_LENGTH, 64)}`;
}

/** The chains of policies and profiles of these pods. */
export function tierChains(cluster: Cluster, firewalls: readonly PodFirewall[]): FirewallChain[] {
  return (["egress", "ingress"] as const).flatMap((direction) => {
    const own = firewalls.filter((firewall) => firewall.direction === direction);
    const policies = new Set(own.flatMap(policiesOf));
    return [
      ...[...policies].map((policy) => policyChain(cluster, own, policy, direction)),
      ...profileChains(own, direction),
    ];
  });
}

function policiesOf({ policies, admin, baseline }: PodFirewall): AnyPolicy[] {
  return [...admin, ...policies, ...baseline];
}

function policyChain(
  cluster: Cluster,
  firewalls: readonly PodFirewall[],
  policy: AnyPolicy,
  direction: PolicyDirection,
): FirewallChain {
  const name = policyChainName(policy, direction);
  const selected = firewalls.filter((firewall) => policiesOf(firewall).includes(policy));
  const owner = "namespace" in policy ? `${policy.namespace}/` : "";
  const title = comment(`Policy ${owner}${policyName(policy)} ${direction}`);
  const rules = policy[direction]!.flatMap((rule: PolicyRule | AdminPolicyRule, index): FirewallRule[] => {
    const count = decidedBy(selected, [policy], { rule: index });
    const set = `cali40s:${hashedName(`${name}/${index}`, 22, 64)}`;
    const peers = rule.peers === null ? [] : [inSet(set, direction === "ingress" ? "src" : "dst")];
    return portsMatches(rule, receiversOf(cluster, direction, selected)).flatMap(({ protocol, matches }, at) => {
      const common = {
        // One count for the rule: where it takes several of iptables' rules, the first has it.
        ...(at === 0 ? count : NOTHING_COUNTED),
        ...(protocol !== undefined && { protocol }),
        matches: [title, ...peers, ...matches],
      };
      const action = "action" in rule ? rule.action : "Allow";
      if (action === "Deny") return [{ ...common, target: "DROP" }];
      const bits = action === "Allow" ? ACCEPTED : PASSED;
      const back = { ...(at === 0 ? count : NOTHING_COUNTED), target: "RETURN", matches: [marked(`${bits}/${bits}`)] };
      return [{ ...common, target: "MARK", mark: setsMark(bits) }, back];
    });
  });
  // At the end there is nothing to come back from (ProtoRulesToIptablesRules).
  while (rules.at(-1)?.target === "RETURN") rules.pop();
  return { name, isBuiltIn: false, rules };
}

function profileChains(firewalls: readonly PodFirewall[], direction: PolicyDirection): FirewallChain[] {
  const jumps = firewalls.flatMap((firewall) => tierRules(firewall));
  const namespaces = new Set(firewalls.flatMap(profilesOf));
  return [...namespaces].map((profile) => {
    const name = profileChainName(profile, direction);
    const count = sumOf(jumps.filter(({ target }) => target === name));
    const matches = [comment(`Profile ${profile} ${direction}`)];
    const accept = { ...count, target: "MARK", mark: setsMark(ACCEPTED), matches };
    return { name, isBuiltIn: false, rules: profile.startsWith("kns.") ? [accept] : [] };
  });
}
