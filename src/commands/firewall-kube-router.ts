/**
 * The chains of flannel's and kubenet's nodes: flanneld's own, and those of kube-router's policy controller, which
 * enforces policies for plugins that do not (pkg/controllers/netpol of v2.9). Left out are the rules that have nothing to
 * count here: of services and node ports, NFLOG's in front of REJECT, whose limit hides most of what it sees, and those
 * with physdev matches, which send bridged packets through a pod's chain once more.
 */
import { type Cluster, type ClusterNode, Flannel } from "../kubernetes/index.ts";
import { formatIpv4, formatPrefix } from "../wire/index.ts";
import { kubeRouterPolicyChains, nameOfAdminChain, nameOfPolicyChain } from "./firewall-kube-router-policies.ts";
import {
  clearsMark,
  comment,
  connectionState,
  type FirewallChain,
  type FirewallCount,
  type FirewallRule,
  isLocal,
  less,
  marked,
  NOTHING_COUNTED,
  notMarked,
  REJECTED,
  setsMark,
  sumOf,
} from "./firewall-table.ts";
import {
  type AnyPolicy,
  decidedBy,
  hashedName,
  isolatedFrom,
  passedTwice,
  type PodFirewall,
  podFirewalls,
} from "./firewall-policies.ts";

const HOOKS = ["INPUT", "FORWARD", "OUTPUT"] as const;
type Hook = (typeof HOOKS)[number];

/** A policy accepted the packet. */
const ACCEPTED = "0x10000";
/** All chains of a pod let it pass. */
const COMPLIES = "0x20000";
/** An administrator's policy decided, or passed the packet on: those behind it are not asked. */
const DECIDED = "0x50000";

export function kubeRouterChains(cluster: Cluster, node: ClusterNode): FirewallChain[] {
  const { networkPolicies, adminPolicies } = cluster.policies.list();
  const all = podFirewalls(cluster, node);
  const isEnforcing = networkPolicies.length + adminPolicies.length > 0;
  const firewalls = isEnforcing ? all : [];
  const isFlannel = cluster.cni instanceof Flannel;
  const passing = isEnforcing ? NOTHING_COUNTED : entering(all, "FORWARD");
  return [
    ...HOOKS.map((hook): FirewallChain => {
      const netpol = { target: `KUBE-ROUTER-${hook}`, matches: [comment("kube-router netpol")] };
      const flannel = { ...passing, target: "FLANNEL-FWD", matches: [comment("flanneld forward")] };
      const rules = [
        ...(isEnforcing ? [{ ...entering(firewalls, hook), ...netpol }] : []),
        ...(isFlannel && hook === "FORWARD" ? [flannel] : []),
      ];
      const passed = !isFlannel && hook === "FORWARD" ? passing : NOTHING_COUNTED;
      return { name: hook, isBuiltIn: true, passed, rules };
    }),
    ...(isFlannel ? [flannelChain(cluster, passing)] : []),
    ...(isEnforcing ? [...HOOKS.map((hook) => topChain(firewalls, hook)), commonChain(firewalls)] : []),
    ...(isEnforcing ? [defaultChain(firewalls)] : []),
    ...node.pods.flatMap((pod) => {
      const own = firewalls.filter((firewall) => firewall.pod === pod);
      return own.length === 0 ? [] : [podChain(own)];
    }),
    ...kubeRouterPolicyChains(firewalls, cluster),
  ];
}

/** What flanneld lets through. */
function flannelChain({ clusterCidr }: Cluster, passing: FirewallCount): FirewallChain {
  const range = formatPrefix(clusterCidr);
  const matches = [comment("flanneld forward")];
  return {
    name: "FLANNEL-FWD",
    isBuiltIn: false,
    rules: [
      { ...passing, source: range, target: "ACCEPT", matches },
      { ...NOTHING_COUNTED, destination: range, target: "ACCEPT", matches },
    ],
  };
}

/** What comes to the chains of these pods at a hook. */
function entering(firewalls: readonly PodFirewall[], hook: Hook): FirewallCount {
  const all = sumOf(firewalls.map((firewall) => enteringOne(firewall, hook)));
  return hook === "FORWARD" ? less(all, passedTwice(firewalls)) : all;
}

function enteringOne({ direction, decided, known, invalid }: PodFirewall, hook: Hook): FirewallCount {
  const ofNode = sumOf(decided.map(({ node }) => node));
  if (hook === "FORWARD") return less(sumOf([known, invalid, ...decided.map(({ all }) => all)]), ofNode);
  return (hook === "INPUT") === (direction === "egress") ? ofNode : NOTHING_COUNTED;
}

/** Of these, what a pod's chain marks as complying. */
function complying(firewalls: readonly PodFirewall[], hook: Hook): FirewallCount {
  const all = firewalls.map(({ direction, decided }) => {
    const passed = decided.filter(({ what, isAllowed }) => isAllowed && what !== "echo");
    const ofNode = sumOf(passed.map(({ node }) => node));
    if (hook === "FORWARD") return less(sumOf(passed.map((each) => each.all)), ofNode);
    if (hook === "INPUT") return direction === "egress" ? ofNode : NOTHING_COUNTED;
    // Before anything is asked a rule accepts what the node itself sends.
    const asked = passed.filter(({ what }) => what !== "unruled");
    return direction === "ingress" ? sumOf(asked.map(({ node }) => node)) : NOTHING_COUNTED;
  });
  return hook === "FORWARD" ? less(sumOf(all), passedTwice(firewalls)) : sumOf(all);
}

function topChain(firewalls: readonly PodFirewall[], hook: Hook): FirewallChain {
  const jumps = firewalls.flatMap((firewall): FirewallRule[] => {
    const { pod, direction } = firewall;
    if (hook === "INPUT" && direction === "ingress") return [];
    const name = podChainName(firewall);
    const words = direction === "egress" ? "from" : "destined to";
    const text = `rule to jump traffic ${words} POD name:${pod.name} namespace: ${pod.kubernetesNamespace} to chain ${name}`;
    return [{ ...enteringOne(firewall, hook), ...addressOf(firewall), target: name, matches: [comment(text)] }];
  });
  const text = comment("rule to explicitly ACCEPT traffic that comply to network policies");
  const mark = marked(`${COMPLIES}/${COMPLIES}`);
  const accept = { ...complying(firewalls, hook), target: "ACCEPT", matches: [text, mark] };
  return { name: `KUBE-ROUTER-${hook}`, isBuiltIn: false, rules: [...jumps, accept] };
}

/** Errors about connections are RELATED, and those about none INVALID: the rules for their types count nothing. */
function commonChain(firewalls: readonly PodFirewall[]): FirewallChain {
  const state = (count: FirewallCount, target: string, name: string, text: string): FirewallRule => ({
    ...count,
    target,
    matches: [comment(text), connectionState(name)],
  });
  const icmp = (count: FirewallCount, type: number, named: string, text: string): FirewallRule => ({
    ...count,
    protocol: "icmp",
    target: "ACCEPT",
    matches: [
      comment(`allow icmp ${text}`),
      { module: "icmp", shown: `icmptype ${type}`, named: `icmp ${named}`, written: `--icmp-type ${type}` },
    ],
  });
  const echoes = firewalls.flatMap(({ decided }) => decided.filter(({ what }) => what === "echo"));
  const [known, invalid] = [sumOf(firewalls.map((own) => own.known)), sumOf(firewalls.map((own) => own.invalid))];
  return {
    name: "KUBE-NWPLCY-COMMON",
    isBuiltIn: false,
    rules: [
      state(invalid, "DROP", "INVALID", "rule to drop invalid state for pod"),
      state(known, "ACCEPT", "RELATED,ESTABLISHED", "rule for stateful firewall for pod"),
      icmp(sumOf(echoes.map(({ all }) => all)), 8, "echo-request", "echo requests"),
      icmp(NOTHING_COUNTED, 3, "destination-unreachable", "destination unreachable messages"),
      icmp(NOTHING_COUNTED, 11, "time-exceeded", "time exceeded messages"),
    ],
  };
}

/** Accepts what no policy isolates. */
function defaultChain(firewalls: readonly PodFirewall[]): FirewallChain {
  const matches = [comment("rule to mark traffic matching a network policy")];
  const count = sumOf(firewalls.filter(({ policies }) => policies.length === 0).map(toDefault));
  const rules = [{ ...count, target: "MARK", mark: setsMark(ACCEPTED), matches }];
  return { name: "KUBE-NWPLCY-DEFAULT", isBuiltIn: false, rules };
}

/** What administrators' policies leave of first packets. */
function toDefault(firewall: PodFirewall): FirewallCount {
  return less(asked(firewall), decidedBy([firewall], [...firewall.admin, ...firewall.baseline], { isAllowed: false }));
}

/** First packets about which policies are asked. */
function asked({ direction, fresh, own }: PodFirewall): FirewallCount {
  return direction === "egress" ? sumOf([fresh, own]) : fresh;
}

function podChainName({ pod }: PodFirewall): string {
  return `KUBE-POD-FW-${hashedName(pod.fullName, 16, 32)}`;
}

function addressOf({ pod, direction }: PodFirewall): { readonly source: string } | { readonly destination: string } {
  return direction === "egress" ? { source: formatIpv4(pod.address) } : { destination: formatIpv4(pod.address) };
}

/**
 * A pod's chain, for both directions. kube-router knows no administrators' policies, and podwire enforces them all the
 * same: theirs are chains like those of policies, KUBE-ADMPLCY-, which reject what a rule denies.
 */
function podChain(own: readonly PodFirewall[]): FirewallChain {
  const { pod } = own[0]!;
  const [egress, ingress] = (["egress", "ingress"] as const).map((way) =>
    own.find(({ direction }) => direction === way)!,
  );
  const passed = sumOf(own.map((firewall) => less(asked(firewall), firewall.refused)));
  const text = comment(
    `rule to REJECT traffic destined for POD name:${pod.name} namespace: ${pod.kubernetesNamespace}`,
  );
  const local = comment("rule to permit the traffic traffic to pods when source is the pod's local node");
  const complies = comment("set mark to ACCEPT traffic that comply to network policies");
  const isAdmin = own.some(({ admin, baseline }) => admin.length + baseline.length > 0);
  const bits = isAdmin ? clearsMark(DECIDED, "0xfffaffff") : clearsMark(ACCEPTED, "0xfffeffff");
  return {
    name: podChainName(egress!),
    isBuiltIn: false,
    rules: [
      {
        ...sumOf(own.flatMap((firewall) => HOOKS.map((hook) => enteringOne(firewall, hook)))),
        target: "KUBE-NWPLCY-COMMON",
        matches: [comment("common bi-directional traffic policy rules")],
      },
      { ...ingress!.own, ...addressOf(ingress!), target: "ACCEPT", matches: [local, isLocal("src")] },
      ...own.flatMap((firewall) => adminJumps(firewall)),
      ...own.flatMap((firewall) => (firewall.policies.length > 0 ? [] : defaultJumps(firewall))),
      ...policyJumps(own),
      { ...isolatedFrom(own), target: "REJECT", mark: REJECTED, matches: [text, notMarked(`${ACCEPTED}/${ACCEPTED}`)] },
      { ...passed, target: "MARK", mark: bits },
      { ...passed, target: "MARK", mark: setsMark(COMPLIES), matches: [complies] },
    ],
  };
}

function adminJumps(firewall: PodFirewall): FirewallRule[] {
  const { admin } = firewall;
  return admin.map((policy, index) => ({
    ...less(asked(firewall), decidedBy([firewall], admin.slice(0, index))),
    ...addressOf(firewall),
    target: nameOfAdminChain(policy),
    matches: [comment(`run through admin policy ${policy.name}`), marked(`0x0/${DECIDED}`)],
  }));
}

function defaultJumps(firewall: PodFirewall): FirewallRule[] {
  const { admin, baseline, direction } = firewall;
  const baselines = baseline.map((policy) => ({
    ...less(asked(firewall), decidedBy([firewall], admin)),
    ...addressOf(firewall),
    target: nameOfAdminChain(policy),
    matches: [comment(`run through baseline policy ${policy.name}`), marked(`0x0/${ACCEPTED}`)],
  }));
  const text = comment(`run through default ${direction} network policy chain`);
  const rest = { ...toDefault(firewall), ...addressOf(firewall), target: "KUBE-NWPLCY-DEFAULT", matches: [text] };
  return [...baselines, rest];
}

/** Each goes through all chains of its policies: one that accepts a packet does not end it. */
function policyJumps(own: readonly PodFirewall[]): FirewallRule[] {
  const policies = new Set(own.flatMap((firewall) => firewall.policies));
  return [...policies].map((policy) => {
    const through = own.filter((firewall) => firewall.policies.includes(policy));
    const count = through.map((firewall) =>
      less(asked(firewall), decidedBy([firewall], firewall.admin as readonly AnyPolicy[], { isAllowed: false })),
    );
    return {
      ...sumOf(count),
      ...(through.length === 1 && addressOf(through[0]!)),
      target: nameOfPolicyChain(policy),
      matches: [comment(`run through nw policy ${policy.name}`)],
    };
  });
}
