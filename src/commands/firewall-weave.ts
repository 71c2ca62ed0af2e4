/**
 * The chains of Weave's policy controller (weave-npc), which knows no administrators' policies: podwire enforces them all
 * the same, and shows them in chains in its manner, whose names end in ADMIN and BASELINE.
 */
import type { AdminPolicyRule, Cluster, ClusterNode, PolicyDirection, PolicyRule } from "../kubernetes/index.ts";
import { formatIpv4 } from "../wire/index.ts";
import {
  type AnyPolicy,
  decidedBy,
  fullName,
  hashedName,
  isolatedFrom,
  passedTwice,
  type PodFirewall,
  podFirewalls,
  portsMatches,
  receiversOf,
} from "./firewall-policies.ts";
import {
  comment,
  connectionState,
  type FirewallChain,
  type FirewallCount,
  type FirewallMatch,
  type FirewallRule,
  inSet,
  isLocal,
  less,
  NOTHING_COUNTED,
  notMarked,
  setsMark,
  sumOf,
} from "./firewall-table.ts";

/** Egress rules cannot accept a packet that ingress rules are to see yet: they mark it. */
const ACCEPTED = "0x40000";
const BEFORE = comment("NOTE: this must go before '-j KUBE-FORWARD'");
const KNOWN = connectionState("RELATED,ESTABLISHED");
const NEW = connectionState("NEW");
/** Where NFLOG sends what is dropped. */
const LOG = { shown: "nflog-group 86", written: "--nflog-group 86" };

const NAMES = {
  ingress: { main: "WEAVE-NPC", rules: "WEAVE-NPC-INGRESS" },
  egress: { main: "WEAVE-NPC-EGRESS", rules: "WEAVE-NPC-EGRESS-CUSTOM" },
} as const;

export function weaveChains(cluster: Cluster, node: ClusterNode): FirewallChain[] {
  const all = podFirewalls(cluster, node);
  const egress = all.filter(({ direction }) => direction === "egress");
  const ingress = all.filter(({ direction }) => direction === "ingress");
  const own = sumOf(egress.map((firewall) => firewall.own));
  const refused = sumOf([isolatedFrom(ingress), sumOf(ingress.map(({ invalid }) => invalid))]);
  const sent = less(sumOf(egress.map(({ allowed }) => allowed)), passedTwice(all));
  return [
    { name: "INPUT", isBuiltIn: true, passed: own, rules: [{ ...own, in: "weave", target: NAMES.egress.main }] },
    {
      name: "FORWARD",
      isBuiltIn: true,
      rules: [
        { ...entering(egress), in: "weave", target: NAMES.egress.main, matches: [BEFORE] },
        { ...entering(ingress), out: "weave", target: NAMES.ingress.main, matches: [BEFORE] },
        { ...isolatedFrom(ingress), out: "weave", target: "NFLOG", matches: [NEW], mark: LOG },
        { ...refused, out: "weave", target: "DROP" },
        { ...sent, in: "weave", out: "!weave", target: "ACCEPT" },
        { ...NOTHING_COUNTED, out: "weave", target: "ACCEPT", matches: [KNOWN] },
      ],
    },
    { name: "OUTPUT", isBuiltIn: true, rules: [] },
    ...ingressChains(cluster, ingress),
    ...egressChains(cluster, egress),
  ];
}

function entering(firewalls: readonly PodFirewall[]): FirewallCount {
  return sumOf(firewalls.flatMap(({ known, fresh, invalid }) => [known, fresh, invalid]));
}

function ingressChains(cluster: Cluster, firewalls: readonly PodFirewall[]): FirewallChain[] {
  const name = NAMES.ingress.main;
  const admin = adminChains(cluster, firewalls, "ingress");
  return [
    {
      name,
      isBuiltIn: false,
      rules: [
        { ...sumOf(firewalls.map(({ known }) => known)), target: "ACCEPT", matches: [KNOWN] },
        ...admin.map((chain): FirewallRule => ({ ...chain.entering, target: chain.name, matches: [NEW] })),
        { ...sumOf(firewalls.map(leftUnmarked)), target: `${name}-DEFAULT`, matches: [NEW] },
        { ...sumOf(firewalls.filter(isIsolated).map(leftUnmarked)), target: NAMES.ingress.rules, matches: [NEW] },
      ],
    },
    ...admin,
    { name: `${name}-DEFAULT`, isBuiltIn: false, rules: defaultRules(firewalls, leftUnmarked) },
    { name: NAMES.ingress.rules, isBuiltIn: false, rules: policyRules(cluster, firewalls, networkPolicies(firewalls)) },
  ];
}

function egressChains(cluster: Cluster, firewalls: readonly PodFirewall[]): FirewallChain[] {
  const name = NAMES.egress.main;
  const admin = adminChains(cluster, firewalls, "egress");
  const unmarked = notMarked(`${ACCEPTED}/${ACCEPTED}`);
  const isolated = isolatedFrom(firewalls);
  const chains: FirewallChain[] = [
    {
      name,
      isBuiltIn: false,
      rules: [
        { ...sumOf(firewalls.map(({ known }) => known)), target: "ACCEPT", matches: [KNOWN] },
        { ...sumOf(firewalls.map(({ own }) => own)), target: "RETURN", matches: [isLocal("dst")] },
        ...admin.map((chain): FirewallRule => ({ ...chain.entering, target: chain.name, matches: [NEW, unmarked] })),
        { ...sumOf(firewalls.map(leftAtAll)), target: `${name}-DEFAULT`, matches: [NEW] },
        {
          ...sumOf(firewalls.filter(isIsolated).map(leftUnmarked)),
          target: NAMES.egress.rules,
          matches: [NEW, unmarked],
        },
        { ...isolated, target: "NFLOG", matches: [NEW, unmarked], mark: LOG },
        { ...sumOf([isolated, ...firewalls.map(({ invalid }) => invalid)]), target: "DROP", matches: [unmarked] },
      ],
    },
    ...admin,
    { name: `${name}-DEFAULT`, isBuiltIn: false, rules: defaultRules(firewalls, leftAtAll) },
    { name: NAMES.egress.rules, isBuiltIn: false, rules: policyRules(cluster, firewalls, networkPolicies(firewalls)) },
  ];
  const accept = `${name}-ACCEPT`;
  const marked = sumOf(chains.flatMap(({ rules }) => rules.filter(({ target }) => target === accept)));
  const mark = { ...marked, target: "MARK", mark: setsMark(ACCEPTED) };
  return [...chains, { name: accept, isBuiltIn: false, rules: [mark] }];
}

function isIsolated({ policies }: PodFirewall): boolean {
  return policies.length > 0;
}

function networkPolicies(firewalls: readonly PodFirewall[]): AnyPolicy[] {
  return [...new Set(firewalls.flatMap(({ policies }) => policies))];
}

/** First packets that administrators' policies have not decided on. */
function leftUnmarked(firewall: PodFirewall): FirewallCount {
  return less(firewall.fresh, decidedBy([firewall], [...firewall.admin, ...firewall.baseline]));
}

/** First packets that administrators' policies have not denied. */
function leftAtAll(firewall: PodFirewall): FirewallCount {
  return less(firewall.fresh, decidedBy([firewall], [...firewall.admin, ...firewall.baseline], { isAllowed: false }));
}

/** What lets a packet pass: egress rules mark it and come back. */
function accepting(direction: PolicyDirection, rule: Omit<FirewallRule, "target">): FirewallRule[] {
  if (direction === "ingress") return [{ ...rule, target: "ACCEPT" }];
  return [
    { ...rule, target: `${NAMES.egress.main}-ACCEPT` },
    { ...rule, target: "RETURN" },
  ];
}

function defaultRules(
  firewalls: readonly PodFirewall[],
  countOf: (firewall: PodFirewall) => FirewallCount,
): FirewallRule[] {
  return firewalls
    .filter((firewall) => !isIsolated(firewall))
    .flatMap((firewall) => {
      const { pod, direction } = firewall;
      const address = formatIpv4(pod.address);
      return accepting(direction, {
        ...countOf(firewall),
        ...(direction === "ingress" ? { destination: address } : { source: address }),
        matches: [comment(`DefaultAllow ${direction} isolation for ${pod.fullName}`)],
      });
    });
}

interface AdminChain extends FirewallChain {
  readonly entering: FirewallCount;
}

/** Administrators' policies, and the baseline, where there are any. */
function adminChains(cluster: Cluster, firewalls: readonly PodFirewall[], direction: PolicyDirection): AdminChain[] {
  const { main } = NAMES[direction];
  const kinds = [
    { name: `${main}-ADMIN`, of: (firewall: PodFirewall) => firewall.admin, before: () => [] },
    {
      name: `${main}-BASELINE`,
      of: (firewall: PodFirewall) => firewall.baseline,
      before: (firewall: PodFirewall) => firewall.admin,
    },
  ] as const;
  return kinds.flatMap(({ name, of, before }) => {
    const policies = [...new Set(firewalls.flatMap(of))].sort((a, b) => a.priority - b.priority);
    if (policies.length === 0) return [];
    const count = sumOf(firewalls.map((each) => less(each.fresh, decidedBy([each], before(each)))));
    return [{ name, isBuiltIn: false, entering: count, rules: policyRules(cluster, firewalls, policies) }];
  });
}

/** The rules of policies, one behind the other. */
function policyRules(
  cluster: Cluster,
  firewalls: readonly PodFirewall[],
  policies: readonly AnyPolicy[],
): FirewallRule[] {
  const direction = firewalls[0]?.direction ?? "ingress";
  return policies.flatMap((policy) =>
    (policy[direction] ?? []).flatMap((rule: PolicyRule | AdminPolicyRule, index) => {
      const count = decidedBy(firewalls, [policy], { rule: index });
      const asked = firewalls.filter(({ policies: own, admin, baseline }) =>
        ([...own, ...admin, ...baseline] as readonly AnyPolicy[]).includes(policy),
      );
      const name = `weave-${hashedName(`${fullName(policy)} ${direction} ${index}`, 20, 64)}`;
      const [ownSide, peerSide] = direction === "ingress" ? (["dst", "src"] as const) : (["src", "dst"] as const);
      const own = inSet(`weave-${hashedName(`${fullName(policy)} pods`, 20, 64)}`, ownSide);
      const sets = rule.peers === null ? [own] : [inSet(name, peerSide), own];
      const action = "action" in rule ? rule.action : "Allow";
      const text = comment(`rule ${index} of ${fullName(policy)}`);
      return portsMatches(rule, receiversOf(cluster, direction, asked)).flatMap(({ protocol, matches }, at) => {
        const common: Omit<FirewallRule, "target"> & { readonly matches: readonly FirewallMatch[] } = {
          ...(at === 0 ? count : NOTHING_COUNTED),
          ...(protocol !== undefined && { protocol }),
          matches: [...sets, ...matches, text],
        };
        if (action === "Allow") return accepting(direction, common);
        return [{ ...common, target: action === "Deny" ? "DROP" : "RETURN" }];
      });
    }),
  );
}
