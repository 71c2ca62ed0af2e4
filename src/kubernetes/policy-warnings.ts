/** What is odd about policies in a cluster: those that select nothing, rules that match nothing, and needless rules. */
import { formatPrefix } from "../wire/index.ts";
import type { Finding } from "./cluster-file-findings.ts";
import type { ContainerDescription } from "./cluster-pod.ts";
import { type Labels, labelsOfNamespace, matchesLabels } from "./label-selector.ts";
import type {
  AdminPeer,
  AdminPolicy,
  AdminSelection,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
} from "./network-policy.ts";
import type { PolicySet } from "./policy-set.ts";
import { adminPeerCovers, isAllExcepted, peerCovers, portsCover } from "./policy-coverage.ts";
import { PolicyShadows } from "./policy-shadows.ts";

/** What is asked of a pod; a ClusterPod has it. */
export interface PolicyPod {
  readonly kubernetesNamespace: string;
  readonly labels: Labels;
  readonly containers: readonly ContainerDescription[];
  /** Policies neither select pods with hostNetwork nor know them as peers. */
  readonly hostNetwork: boolean;
}

export type { PolicySet };

/** Labels by the namespace's name; that of the name itself need not be among them. */
export type NamespaceLabels = ReadonlyMap<string, Labels>;

/**
 * Warnings about policies, for these pods and namespaces. A rule is needless when another of its policy lets the same
 * through, or one of another policy that selects its pods, or of an administrator's policy when one in front of it decides for all that it matches.
 */
export function policyWarnings(
  policies: PolicySet,
  pods: readonly PolicyPod[],
  namespaceLabels: NamespaceLabels,
): Finding[] {
  const cluster = new Cast(pods, namespaceLabels);
  const shadows = new PolicyShadows(policies.networkPolicies, (namespace) => cluster.labelsOf(namespace));
  return [
    ...policies.networkPolicies.flatMap((policy) => networkWarnings(policy, cluster, shadows)),
    ...policies.adminPolicies.flatMap((policy) => adminWarnings(policy, cluster)),
  ];
}

/** A rule of either kind, with what the checks ask of its peers. */
interface CheckedRule<Peer> {
  readonly peers: readonly Peer[] | null;
  readonly ports: readonly PolicyPort[] | null;
}

/** How peers of either kind are looked at. */
interface PeerView<Peer> {
  /** The pods that the peer stands for; null for an address range that holds something, which any pod may have. */
  readonly podsOf: (peer: Peer) => readonly PolicyPod[] | null;
  readonly covers: (outer: Peer, inner: Peer) => boolean;
  readonly textOf: (peer: Peer) => string;
  /** In front of a rule, or anywhere beside it. */
  readonly isOrdered: boolean;
}

/** One of all that are alike to policies: replicas are many, and nothing here counts them. */
function unlike(pods: readonly PolicyPod[]): PolicyPod[] {
  const portsOf = ({ containers }: PolicyPod): unknown => containers.map(({ ports }) => ports);
  const keyOf = (pod: PolicyPod): string => JSON.stringify([pod.kubernetesNamespace, pod.labels, portsOf(pod)]);
  return [...new Map(pods.map((pod) => [keyOf(pod), pod])).values()];
}

/** The pods that policies are about, by namespaces. */
class Cast {
  readonly pods: readonly PolicyPod[];
  readonly #labels: NamespaceLabels;
  /** Labels of namespaces that were asked for, with that of the name. */
  readonly #known = new Map<string, Labels>();

  constructor(pods: readonly PolicyPod[], labels: NamespaceLabels) {
    this.pods = unlike(pods.filter(({ hostNetwork }) => !hostNetwork));
    this.#labels = labels;
  }

  labelsOf(namespace: string): Labels {
    let labels = this.#known.get(namespace);
    if (labels === undefined) {
      labels = labelsOfNamespace(namespace, this.#labels.get(namespace));
      this.#known.set(namespace, labels);
    }
    return labels;
  }

  /** Whether namespaces are known, and this is none of them. */
  isUnknown(namespace: string): boolean {
    if (this.#labels.size === 0 || this.#labels.has(namespace)) return false;
    return !this.pods.some(({ kubernetesNamespace }) => kubernetesNamespace === namespace);
  }

  selected(selection: AdminSelection): PolicyPod[] {
    const namespaces = selection.kind === "namespaces" ? selection.selector : selection.namespaceSelector;
    return this.pods.filter(
      (pod) =>
        matchesLabels(namespaces, this.labelsOf(pod.kubernetesNamespace)) &&
        (selection.kind === "namespaces" || matchesLabels(selection.podSelector, pod.labels)),
    );
  }
}

function networkWarnings(policy: NetworkPolicy, cluster: Cast, shadows: PolicyShadows): Finding[] {
  const object = `NetworkPolicy ${policy.namespace}/${policy.name}`;
  const inNamespace = cluster.pods.filter(({ kubernetesNamespace }) => kubernetesNamespace === policy.namespace);
  const selected = inNamespace.filter(({ labels }) => matchesLabels(policy.podSelector, labels));
  const view: PeerView<PolicyPeer> = {
    podsOf: (peer) => podsOfPeer(peer, policy.namespace, cluster),
    covers: (outer, inner) => peerCovers(outer, inner, cluster.labelsOf(policy.namespace)),
    textOf: (peer) => (peer.kind === "ipBlock" ? formatPrefix(peer.cidr) : "its selectors"),
    isOrdered: false,
  };
  const isUnknown = cluster.isUnknown(policy.namespace);
  const count = inNamespace.length === 0 ? "namespace has no pods" : `selects none of its namespace's pods`;
  const unknown = `namespace ${policy.namespace} does not exist here: the API server would not find it`;
  return [
    ...(isUnknown ? [warning(object, "metadata.namespace", unknown)] : []),
    ...(selected.length === 0 && !isUnknown ? [warning(object, "spec.podSelector", count)] : []),
    ...rulesWarnings(object, "ingress", policy.ingress ?? [], selected, view, cluster),
    ...rulesWarnings(object, "egress", policy.egress ?? [], selected, view, cluster),
    ...shadows.of(policy).map(({ field, text }) => warning(object, field, text)),
  ];
}

function adminWarnings(policy: AdminPolicy, cluster: Cast): Finding[] {
  const object = `${policy.isBaseline ? "BaselineAdminNetworkPolicy" : "AdminNetworkPolicy"} ${policy.name}`;
  const selected = cluster.selected(policy.subject);
  const view: PeerView<AdminPeer> = {
    podsOf: (peer) => (peer.kind === "networks" ? (peer.prefixes.length > 0 ? null : []) : cluster.selected(peer)),
    covers: adminPeerCovers,
    textOf: (peer) => (peer.kind === "networks" ? peer.prefixes.map(formatPrefix).join(", ") : "its selectors"),
    isOrdered: true,
  };
  return [
    ...(selected.length === 0 ? [warning(object, "spec.subject", "selects no pods")] : []),
    ...rulesWarnings(object, "ingress", policy.ingress, selected, view, cluster),
    ...rulesWarnings(object, "egress", policy.egress, selected, view, cluster),
  ];
}

function podsOfPeer(peer: PolicyPeer, namespace: string, cluster: Cast): readonly PolicyPod[] | null {
  if (peer.kind === "ipBlock") return isAllExcepted(peer.cidr, peer.except) ? [] : null;
  const { podSelector, namespaceSelector } = peer;
  return cluster.pods.filter(
    ({ kubernetesNamespace, labels }) =>
      (namespaceSelector === null
        ? kubernetesNamespace === namespace
        : matchesLabels(namespaceSelector, cluster.labelsOf(kubernetesNamespace))) &&
      (podSelector === null || matchesLabels(podSelector, labels)),
  );
}

function rulesWarnings<Peer>(
  object: string,
  direction: "ingress" | "egress",
  rules: readonly CheckedRule<Peer>[],
  selected: readonly PolicyPod[],
  view: PeerView<Peer>,
  cluster: Cast,
): Finding[] {
  return rules.flatMap((rule, index) => {
    const field = `spec.${direction}[${index}]`;
    const peerField = direction === "ingress" ? "from" : "to";
    const empty = (rule.peers ?? []).map((peer) => view.podsOf(peer)?.length === 0);
    if (rule.peers !== null && !empty.includes(false)) return [warning(object, field, "matches nobody")];
    const peers = (rule.peers ?? []).flatMap((peer, place) =>
      empty[place] === true
        ? [warning(object, `${field}.${peerField}[${place}]`, `${view.textOf(peer)}: matches nobody`)]
        : [],
    );
    const owners = direction === "ingress" ? selected : podsOfPeers(rule.peers, view, cluster);
    return [
      ...peers,
      ...portWarnings(object, field, rule.ports, owners),
      ...coverWarning(object, field, rules, index, view),
    ];
  });
}

/** Pods that may be at the other end, as far as ports by name go. */
function podsOfPeers<Peer>(peers: readonly Peer[] | null, view: PeerView<Peer>, cluster: Cast): readonly PolicyPod[] {
  return peers === null ? cluster.pods : peers.flatMap((peer) => view.podsOf(peer) ?? cluster.pods);
}

/** Ports by a name that no pod at the receiving end gives to one of its own; nothing is said where there are no pods. */
function portWarnings(
  object: string,
  field: string,
  ports: readonly PolicyPort[] | null,
  owners: readonly PolicyPod[],
): Finding[] {
  if (ports === null || owners.length === 0) return [];
  const declared = new Set(
    owners.flatMap(({ containers }) =>
      containers.flatMap(({ ports: own = [] }) => own.map(({ name, protocol }) => `${protocol} ${name ?? ""}`)),
    ),
  );
  const names = new Set(ports.flatMap(({ port }) => (typeof port === "string" ? [port] : [])));
  const isDeclared = (name: string): boolean =>
    ports.some(({ port, protocol }) => port === name && declared.has(`${protocol} ${name}`));
  return [...names]
    .filter((name) => !isDeclared(name))
    .map((name) => warning(object, `${field}.ports`, `no pod that receives has a port of the name ${name}`));
}

function coverWarning<Peer>(
  object: string,
  field: string,
  rules: readonly CheckedRule<Peer>[],
  index: number,
  view: PeerView<Peer>,
): Finding[] {
  const rule = rules[index]!;
  const other = rules.findIndex(
    (candidate, place) =>
      place !== index &&
      (!view.isOrdered || place < index) &&
      ruleCovers(candidate, rule, view) &&
      // Of two that are the same, the later one is needless.
      (place < index || !ruleCovers(rule, candidate, view)),
  );
  if (other === -1) return [];
  const text = view.isOrdered ? "decides for all that it matches" : "lets all that it matches through";
  return [warning(object, field, `has no effect: ${field.slice(0, field.lastIndexOf("["))}[${other}] ${text}`)];
}

function ruleCovers<Peer>(outer: CheckedRule<Peer>, inner: CheckedRule<Peer>, { covers }: PeerView<Peer>): boolean {
  if (!portsCover(outer.ports, inner.ports)) return false;
  if (outer.peers === null) return true;
  const { peers } = outer;
  return inner.peers !== null && inner.peers.every((peer) => peers.some((candidate) => covers(candidate, peer)));
}

function warning(object: string, field: string, text: string): Finding {
  return { severity: "warning", object, field, text };
}
