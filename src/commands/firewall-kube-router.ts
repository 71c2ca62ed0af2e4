/**
 * The chains of flannel's and kubenet's nodes: flanneld's own, and those of kube-router's policy controller, which
 * enforces policies for plugins that do not.
 */
import { type Cluster, type ClusterNode, Flannel, type NetworkPolicy } from "../kubernetes/index.ts";
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import {
  comment,
  connectionState,
  type FirewallChain,
  type FirewallCount,
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

/** kube-router's mark: a policy accepted the packet. */
const ACCEPTED = "0x10000/0x10000";

export function kubeRouterChains(cluster: Cluster, node: ClusterNode): FirewallChain[] {
  const all = podFirewalls(cluster, node);
  const firewalls = all.filter(({ policies }) => policies.length > 0);
  const free = all.filter(({ policies, direction }) => policies.length === 0 && direction === "egress");
  const sent = sumOf(free.flatMap(({ known, allowed }) => [known, allowed]));
  const total = sumOf(firewalls.flatMap(({ known, fresh, invalid }) => [known, fresh, invalid]));
  const hasPolicies = cluster.policies.list().networkPolicies.length > 0;
  const isFlannel = cluster.cni instanceof Flannel;
  const forward: FirewallRule[] = [
    ...(hasPolicies ? [{ ...total, target: "KUBE-ROUTER-FORWARD", matches: [comment("kube-router netpol")] }] : []),
    ...(isFlannel ? [{ ...sent, target: "FLANNEL-FWD", matches: [comment("flanneld forward")] }] : []),
  ];
  return [
    { name: "INPUT", isBuiltIn: true, rules: [] },
    { name: "FORWARD", isBuiltIn: true, rules: forward },
    { name: "OUTPUT", isBuiltIn: true, rules: [] },
    ...(isFlannel ? [flannelChain(cluster, sent)] : []),
    ...(hasPolicies ? [{ name: "KUBE-ROUTER-FORWARD", isBuiltIn: false, rules: firewalls.map(jump) }] : []),
    ...firewalls.map(podChain),
    ...policyChains(cluster, firewalls),
  ];
}

/** What flanneld lets through: `sent` by pods that no policy asks about. */
function flannelChain({ clusterCidr }: Cluster, sent: FirewallCount): FirewallChain {
  const range = formatPrefix(clusterCidr);
  const matches = [comment("flanneld forward")];
  return {
    name: "FLANNEL-FWD",
    isBuiltIn: false,
    rules: [
      { ...sent, source: range, target: "ACCEPT", matches },
      { ...NOTHING_COUNTED, destination: range, target: "ACCEPT", matches },
    ],
  };
}

function podChainName({ pod, direction }: PodFirewall): string {
  return `KUBE-POD-FW-${hashedName(`${pod.fullName} ${direction}`, 16, 32)}`;
}

function policyChainName({ namespace, name }: NetworkPolicy): string {
  return `KUBE-NWPLCY-${hashedName(`${namespace}${name}`, 16, 32)}`;
}

function addressOf({ pod, direction }: PodFirewall): { readonly source: string } | { readonly destination: string } {
  return direction === "egress" ? { source: formatIpv4(pod.address) } : { destination: formatIpv4(pod.address) };
}

function jump(firewall: PodFirewall): FirewallRule {
  const { pod, known, fresh, invalid, direction } = firewall;
  const name = podChainName(firewall);
  const words = direction === "egress" ? "from" : "destined to";
  const text = `rule to jump traffic ${words} POD name:${pod.name} namespace: ${pod.kubernetesNamespace} to chain ${name}`;
  return { ...sumOf([known, fresh, invalid]), ...addressOf(firewall), target: name, matches: [comment(text)] };
}

function podChain(firewall: PodFirewall): FirewallChain {
  const { policies, known, invalid, fresh, refused, allowed } = firewall;
  return {
    name: podChainName(firewall),
    isBuiltIn: false,
    rules: [
      {
        ...known,
        target: "ACCEPT",
        matches: [comment("rule for stateful firewall for pod"), connectionState("RELATED,ESTABLISHED")],
      },
      {
        ...invalid,
        target: "DROP",
        matches: [comment("rule to drop invalid state for pod"), connectionState("INVALID")],
      },
      ...policies.map((policy): FirewallRule => ({
        ...fresh,
        ...addressOf(firewall),
        target: policyChainName(policy),
        matches: [comment(`run through nw policy ${policy.name}`)],
      })),
      { ...refused, target: "DROP", matches: [comment("rule to drop what no policy accepted"), marked("0x0/0x10000")] },
      { ...allowed, target: "ACCEPT", matches: [comment("rule to accept the rest"), marked(ACCEPTED)] },
    ],
  };
}

function policyChains(cluster: Cluster, firewalls: readonly PodFirewall[]): FirewallChain[] {
  const policies = new Set(firewalls.flatMap((firewall) => firewall.policies));
  return [...policies].map((policy) => ({
    name: policyChainName(policy),
    isBuiltIn: false,
    rules: (["ingress", "egress"] as const).flatMap((direction) =>
      (policy[direction] ?? []).flatMap((rule, index) => {
        const selected = firewalls.filter((other) => other.direction === direction && other.policies.includes(policy));
        const count = sumOf(selected.map(({ pod }) => decidedFor(cluster, pod, direction, policy, index)));
        const sets = (["src", "dst"] as const).flatMap((side) => {
          const isPods = (side === "dst") === (direction === "ingress");
          if (!isPods && rule.peers === null) return [];
          const digits = hashedName(
            `${policy.namespace}/${policy.name} ${direction} ${isPods ? "pods" : index}`,
            16,
            32,
          );
          const set = `KUBE-${side.toUpperCase()}-${digits}`;
          return [{ module: "set", shown: `match-set ${set} ${side}`, written: `--match-set ${set} ${side}` }];
        });
        const text = `rule to ACCEPT traffic ${direction === "ingress" ? "from source pods to dest pods" : "from source pods to all"} selected by policy name ${policy.name} namespace ${policy.namespace}`;
        return portsMatches(rule, receiversOf(cluster, direction, selected)).map(
          ({ protocol, matches }, at): FirewallRule => ({
            ...(at === 0 ? count : NOTHING_COUNTED),
            ...(protocol !== undefined && { protocol }),
            matches: [comment(text), ...sets, ...matches],
            target: "MARK",
            mark: { shown: "MARK or 0x10000", written: `--set-xmark ${ACCEPTED}` },
          }),
        );
      }),
    ),
  }));
}
