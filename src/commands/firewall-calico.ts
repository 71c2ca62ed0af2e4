/** The chains that Felix programs for Calico (felix/rules). */
import { type Cluster, type ClusterNode, type NetworkPolicy, type PolicyDirection } from "../kubernetes/index.ts";
import { Veth } from "../datapath/index.ts";
import {
  comment,
  connectionState,
  type FirewallChain,
  type FirewallRule,
  marked,
  NOTHING_COUNTED,
  sumOf,
} from "./firewall-table.ts";
import {
  decidedFor,
  hashedName,
  type PodFirewall,
  podFirewalls,
  portsMatches,
  receiversOf,
} from "./firewall-policies.ts";

/** Felix's marks: a policy accepted the packet. */
const ACCEPTED = "0x10000/0x10000";
const NOT_ACCEPTED = "0x0/0x10000";
/** Of a chain's name at most. */
const HASH_LENGTH = 19;

const TO = { egress: "cali-fw-", ingress: "cali-tw-" } as const;
const POLICY = { egress: "cali-po-_", ingress: "cali-pi-_" } as const;

export function calicoChains(cluster: Cluster, node: ClusterNode): FirewallChain[] {
  const firewalls = podFirewalls(cluster, node);
  const passed = (direction: PolicyDirection): ReturnType<typeof sumOf> =>
    sumOf(
      firewalls
        .filter((firewall) => firewall.direction === direction)
        .flatMap(({ known, fresh, invalid }) => [known, fresh, invalid]),
    );
  const [from, to] = [passed("egress"), passed("ingress")];
  return [
    {
      name: "INPUT",
      isBuiltIn: true,
      rules: [{ ...NOTHING_COUNTED, target: "cali-INPUT", matches: [comment("cali:Cz_u1IQiXIMmKD4c")] }],
    },
    {
      name: "FORWARD",
      isBuiltIn: true,
      rules: [{ ...sumOf([from, to]), target: "cali-FORWARD", matches: [comment("cali:wUHhoiAYhphO9Mso")] }],
    },
    { name: "OUTPUT", isBuiltIn: true, rules: [] },
    {
      name: "cali-INPUT",
      isBuiltIn: false,
      rules: [{ ...NOTHING_COUNTED, in: "cali+", target: "cali-wl-to-host", isGoto: true }],
    },
    { name: "cali-wl-to-host", isBuiltIn: false, rules: [{ ...NOTHING_COUNTED, target: "cali-from-wl-dispatch" }] },
    {
      name: "cali-FORWARD",
      isBuiltIn: false,
      rules: [
        { ...from, in: "cali+", target: "cali-from-wl-dispatch" },
        { ...to, out: "cali+", target: "cali-to-wl-dispatch" },
      ],
    },
    dispatch(
      "cali-from-wl-dispatch",
      firewalls.filter(({ direction }) => direction === "egress"),
    ),
    dispatch(
      "cali-to-wl-dispatch",
      firewalls.filter(({ direction }) => direction === "ingress"),
    ),
    ...firewalls.map(podChain),
    ...policyChains(cluster, firewalls),
  ];
}

function deviceOf({ pod }: PodFirewall): string {
  return (pod.namespace.device("eth0") as Veth).peer.name;
}

function dispatch(name: string, firewalls: readonly PodFirewall[]): FirewallChain {
  const rules = firewalls.map((firewall): FirewallRule => {
    const { direction, known, fresh, invalid } = firewall;
    const side = direction === "egress" ? { in: deviceOf(firewall) } : { out: deviceOf(firewall) };
    return {
      ...sumOf([known, fresh, invalid]),
      ...side,
      target: `${TO[direction]}${deviceOf(firewall)}`,
      isGoto: true,
    };
  });
  const unknown: FirewallRule = { ...NOTHING_COUNTED, target: "DROP", matches: [comment("Unknown interface")] };
  return { name, isBuiltIn: false, rules: [...rules, unknown] };
}

function policyChainName({ namespace, name }: NetworkPolicy, direction: PolicyDirection): string {
  return `${POLICY[direction]}${hashedName(`${namespace}/knp.default.${name}`, HASH_LENGTH, 64)}`;
}

function podChain(firewall: PodFirewall): FirewallChain {
  const { direction, policies, known, invalid, fresh, allowed, refused, allowedBy } = firewall;
  const before = (index: number): ReturnType<typeof sumOf> => {
    const earlier = sumOf(policies.slice(0, index).map((policy) => allowedBy.get(policy)!));
    return { packets: fresh.packets - earlier.packets, bytes: fresh.bytes - earlier.bytes };
  };
  const rules: FirewallRule[] = [
    { ...known, target: "ACCEPT", matches: [connectionState("RELATED,ESTABLISHED")] },
    { ...invalid, target: "DROP", matches: [connectionState("INVALID")] },
    { ...fresh, target: "MARK", mark: { shown: "MARK and 0xfffeffff", written: "--set-xmark 0x0/0x10000" } },
    ...policies.flatMap((policy, index): FirewallRule[] => [
      { ...before(index), target: policyChainName(policy, direction), matches: [marked(NOT_ACCEPTED)] },
      {
        ...allowedBy.get(policy)!,
        target: "RETURN",
        matches: [comment("Return if policy accepted"), marked(ACCEPTED)],
      },
    ]),
    policies.length > 0
      ? { ...refused, target: "DROP", matches: [comment("Drop if no policies passed packet"), marked(NOT_ACCEPTED)] }
      : { ...allowed, target: "RETURN", matches: [comment("Return if profile accepted")] },
  ];
  return { name: `${TO[direction]}${deviceOf(firewall)}`, isBuiltIn: false, rules };
}

function policyChains(cluster: Cluster, firewalls: readonly PodFirewall[]): FirewallChain[] {
  const chains = new Map<string, FirewallChain>();
  for (const { direction, policies } of firewalls)
    for (const policy of policies) {
      const name = policyChainName(policy, direction);
      const selected = firewalls.filter((other) => other.direction === direction && other.policies.includes(policy));
      const rules = policy[direction]!.flatMap((rule, index) => {
        const count = sumOf(selected.map(({ pod }) => decidedFor(cluster, pod, direction, policy, index)));
        const set = `cali40s:${hashedName(`${name}/${index}`, 22, 64)}`;
        const side = direction === "ingress" ? "src" : "dst";
        const peers = { module: "set", shown: `match-set ${set} ${side}`, written: `--match-set ${set} ${side}` };
        const title = comment(`Policy ${policy.namespace}/knp.default.${policy.name} ${direction}`);
        return portsMatches(rule, receiversOf(cluster, direction, selected)).map(
          ({ protocol, matches }, at): FirewallRule => ({
            // One count for the rule: where it takes several of iptables' rules, the first has it.
            ...(at === 0 ? count : NOTHING_COUNTED),
            ...(protocol !== undefined && { protocol }),
            matches: [title, ...(rule.peers === null ? [] : [peers]), ...matches],
            target: "MARK",
            mark: { shown: "MARK or 0x10000", written: `--set-xmark ${ACCEPTED}` },
          }),
        );
      });
      chains.set(name, { name, isBuiltIn: false, rules });
    }
  return [...chains.values()];
}
