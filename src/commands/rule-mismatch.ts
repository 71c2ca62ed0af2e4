/**
 * Why the rules of a NetworkPolicy do not allow a connection, in words: the first thing about each that does not fit.
 * The verdict is the tables'; that what is said here agrees with them, a property test holds.
 */
import {
  type ClusterPod,
  type LabelRequirement,
  type LabelSelector,
  type Labels,
  labelsOfNamespace,
  matchesLabels,
  type NamespaceLabels,
  type NetworkPolicy,
  type PolicyDirection,
  type PolicyPeer,
  type PolicyPort,
} from "../kubernetes/index.ts";
import { formatIpv4, formatPrefix, prefixContains } from "../wire/index.ts";

/** A connection as the policies of one of its ends see it. */
export interface AskedConnection {
  readonly direction: PolicyDirection;
  /** The pod that the policy selects. */
  readonly end: ClusterPod;
  /** A pod, or an address that no pod has for itself. */
  readonly other: ClusterPod | number;
  /** "TCP 8080", or "ICMP". */
  readonly service: string;
  /** By the namespace's name. */
  readonly namespaceLabels: NamespaceLabels;
}

/** What a rule makes of a connection. One that fits in both is a rule that allows it. */
export interface RuleFit {
  /** "spec.ingress[0]" */
  readonly place: string;
  readonly isPeer: boolean;
  readonly isPort: boolean;
  /** "allows from default/web, but its ports are TCP 6379"; "" where both fit. */
  readonly text: string;
}

/** Each rule of the policy in the connection's direction. */
export function ruleFits(policy: NetworkPolicy, asked: AskedConnection): RuleFit[] {
  const { direction } = asked;
  return (policy[direction] ?? []).map(({ peers, ports }, index) => {
    const misfits = peers === null ? [] : peers.map((peer) => peerMisfit(peer, policy.namespace, asked));
    const isPeer = peers === null || misfits.includes(null);
    const isPort = ports === null || ports.some((port) => fitsPort(port, asked));
    const only = isPeer ? "" : onlyText(direction === "ingress" ? "from" : "to", misfits as readonly PeerMisfit[]);
    return { place: `spec.${direction}[${index}]`, isPeer, isPort, text: textOf(isPeer, isPort, ports, only, asked) };
  });
}

function textOf(
  isPeer: boolean,
  isPort: boolean,
  ports: readonly PolicyPort[] | null,
  only: string,
  asked: AskedConnection,
): string {
  if (isPeer && isPort) return "";
  const { direction, other, service } = asked;
  const list = (ports ?? []).map((port) => portText(port, asked)).join(", ");
  if (!isPort && !isPeer) return `allows only ${list}, and that only ${only}`;
  if (!isPeer) return `allows ${ports === null ? "any port" : service}, but only ${only}`;
  const peer = `${direction === "ingress" ? "from" : "to"} ${nameOf(other)}`;
  return service === "ICMP"
    ? `allows ${peer}, but only ${list}: ICMP has no ports`
    : `allows ${peer}, but its ports are ${list}`;
}

/** Whom a peer stands for, and why the other end is not among them. */
interface PeerMisfit {
  readonly whom: string;
  readonly why: string;
}

/** "from 10.0.0.0/8; default/web has 192.0.2.1", or several, each with its reason in brackets. */
function onlyText(from: string, misfits: readonly PeerMisfit[]): string {
  const [first] = misfits;
  if (first === undefined) return `${from} IPv6 addresses`;
  if (misfits.length === 1) return `${from} ${first.whom}; ${first.why}`;
  return misfits.map(({ whom, why }) => `${from} ${whom} (${why})`).join(" or ");
}

/** Null where the other end is one of them. */
function peerMisfit(peer: PolicyPeer, own: string, { other, namespaceLabels }: AskedConnection): PeerMisfit | null {
  if (peer.kind === "ipBlock") return rangeMisfit(peer, other);
  const { podSelector, namespaceSelector } = peer;
  const pods = podSelector === null || isEmpty(podSelector) ? "all pods" : `pods with ${selectorText(podSelector)}`;
  const ofNamespaces =
    namespaceSelector === null
      ? ""
      : ` of ${isEmpty(namespaceSelector) ? "all namespaces" : `namespaces with ${selectorText(namespaceSelector)}`}`;
  if (typeof other === "number" || other.hostNetwork)
    return {
      whom: `${pods}${ofNamespaces}`,
      why: `${addressOf(other)} is no pod's own address: an ipBlock is missing`,
    };
  const namespace = other.kubernetesNamespace;
  const labels = labelsOfNamespace(namespace, namespaceLabels.get(namespace));
  const isOwn = namespaceSelector === null ? namespace === own : matchesLabels(namespaceSelector, labels);
  const isSelected = podSelector === null || matchesLabels(podSelector, other.labels);
  if (isOwn && isSelected) return null;
  const reasons = [
    ...(isSelected ? [] : [unmetText(other.fullName, podSelector, other.labels)]),
    ...(isOwn ? [] : [namespaceText(other, namespaceSelector, labels)]),
  ];
  const ofOwn = namespaceSelector === null && !isOwn ? ` of the policy's own namespace, ${own}` : ofNamespaces;
  return { whom: `${pods}${ofOwn}`, why: reasons.join(", and ") };
}

function namespaceText(
  { fullName, kubernetesNamespace }: ClusterPod,
  selector: LabelSelector | null,
  labels: Labels,
): string {
  return selector === null
    ? `${fullName} is in ${kubernetesNamespace}: a namespaceSelector is missing`
    : unmetText(`namespace ${kubernetesNamespace}`, selector, labels);
}

function rangeMisfit(
  { cidr, except }: Extract<PolicyPeer, { kind: "ipBlock" }>,
  other: ClusterPod | number,
): PeerMisfit | null {
  const address = typeof other === "number" ? other : other.address;
  const whom = formatPrefix(cidr) + (except.length === 0 ? "" : ` except ${except.map(formatPrefix).join(", ")}`);
  const has = typeof other === "number" ? "" : `${other.fullName} has ${formatIpv4(address)}`;
  if (!prefixContains(cidr, address)) return { whom, why: has === "" ? `${formatIpv4(address)} is not in it` : has };
  const exception = except.find((prefix) => prefixContains(prefix, address));
  if (exception === undefined) return null;
  const why =
    has === "" ? `${formatIpv4(address)} is in ${formatPrefix(exception)}` : `${has}, in ${formatPrefix(exception)}`;
  return { whom, why };
}

function nameOf(end: ClusterPod | number): string {
  return typeof end === "number" ? formatIpv4(end) : end.fullName;
}

function addressOf(other: ClusterPod | number): string {
  return formatIpv4(typeof other === "number" ? other : other.address);
}

/** The container ports that a port's name may mean: those of the receiving pod. */
function namedPorts({ protocol, port: name }: PolicyPort, { direction, end, other }: AskedConnection): number[] {
  const receiver = direction === "ingress" ? end : other;
  if (typeof receiver === "number" || receiver.hostNetwork) return [];
  return receiver.containers.flatMap(({ ports = [] }) =>
    ports.flatMap((port) => (port.name === name && port.protocol === protocol ? [port.containerPort] : [])),
  );
}

function fitsPort(policyPort: PolicyPort, asked: AskedConnection): boolean {
  const { protocol, port, endPort } = policyPort;
  const [askedProtocol, text] = asked.service.split(" ");
  if (askedProtocol !== protocol) return false;
  const number = Number(text);
  if (port === null) return true;
  if (typeof port === "string") return namedPorts(policyPort, asked).includes(number);
  return number >= port && number <= (endPort ?? port);
}

/** "TCP 80", "TCP 80-89", "TCP of any port", "TCP http (8080 of default/web)". */
function portText(policyPort: PolicyPort, asked: AskedConnection): string {
  const { protocol, port, endPort } = policyPort;
  if (port === null) return `${protocol} of any port`;
  if (typeof port === "number") return `${protocol} ${port}${endPort === null ? "" : `-${endPort}`}`;
  const numbers = namedPorts(policyPort, asked);
  const receiver = nameOf(asked.direction === "ingress" ? asked.end : asked.other);
  const meaning =
    numbers.length === 0 ? `${receiver} has no port of that name` : `${numbers.join(", ")} of ${receiver}`;
  return `${protocol} ${port} (${meaning})`;
}

function isEmpty({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** All that a selector asks, a requirement each. */
function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): LabelSelector[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({ matchLabels: { [key]: value }, matchExpressions: [] })),
    ...matchExpressions.map((requirement) => ({ matchLabels: {}, matchExpressions: [requirement] })),
  ];
}

/** As kubectl's -l has it: "app=web,tier in (a,b),!old". */
function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...equal, ...matchExpressions.map(requirementText)].join(",");
}

function requirementText({ key, operator, values }: LabelRequirement): string {
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
}

/** "default/web has app=web and no label tier": of the labels that stand in the way. */
function unmetText(name: string, selector: LabelSelector | null, labels: Labels): string {
  const unmet = selector === null ? [] : requirementsOf(selector).filter((part) => !matchesLabels(part, labels));
  const keys = unmet.map(
    ({ matchLabels, matchExpressions }) => Object.keys(matchLabels)[0] ?? matchExpressions[0]!.key,
  );
  const texts = [...new Set(keys)].map((key) =>
    Object.hasOwn(labels, key) ? `${key}=${labels[key]!}` : `no label ${key}`,
  );
  return `${name} has ${texts.join(" and ")}`;
}
