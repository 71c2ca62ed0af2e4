/** Whether one part of a policy holds whatever another holds, whichever pods there are and come. */
import type { Ipv4Prefix } from "../wire/index.ts";
import { holds, overlaps } from "./cluster-file-address.ts";
import { type Labels, matchesLabels, SELECT_ALL } from "./label-selector.ts";
import type { AdminPeer, LabelRequirement, LabelSelector, PolicyPeer, PolicyPort } from "./network-policy.ts";

/** Whether what meets `inner` meets `outer` for certain. */
export function selectorCovers(outer: LabelSelector, inner: LabelSelector): boolean {
  const given = requirementsOf(inner);
  return requirementsOf(outer).every((wanted) => given.some((requirement) => implies(requirement, wanted)));
}

function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): LabelRequirement[] {
  const labels = Object.entries(matchLabels).map(([key, value]): LabelRequirement => ({
    key,
    operator: "In",
    values: [value],
  }));
  return [...labels, ...matchExpressions];
}

function implies(given: LabelRequirement, wanted: LabelRequirement): boolean {
  if (given.key !== wanted.key) return false;
  const isAmong = given.values.every((value) => wanted.values.includes(value));
  const isApart = given.values.every((value) => !wanted.values.includes(value));
  switch (wanted.operator) {
    case "In":
      return given.operator === "In" && isAmong;
    case "NotIn":
      if (given.operator === "NotIn") return wanted.values.every((value) => given.values.includes(value));
      return given.operator === "DoesNotExist" || (given.operator === "In" && isApart);
    case "Exists":
      return given.operator === "Exists" || given.operator === "In";
    case "DoesNotExist":
      return given.operator === "DoesNotExist";
  }
}

/** Whether a peer of a policy, in a namespace of these labels, holds another. */
export function peerCovers(outer: PolicyPeer, inner: PolicyPeer, own: Labels): boolean {
  if (outer.kind === "ipBlock")
    return (
      inner.kind === "ipBlock" &&
      holds(outer.cidr, inner.cidr) &&
      outer.except.every((range) => !overlaps(range, inner.cidr) || inner.except.some((other) => holds(other, range)))
    );
  if (inner.kind === "ipBlock" || !selectorCovers(outer.podSelector ?? SELECT_ALL, inner.podSelector ?? SELECT_ALL))
    return false;
  if (outer.namespaceSelector === null) return inner.namespaceSelector === null;
  if (inner.namespaceSelector === null) return matchesLabels(outer.namespaceSelector, own);
  return selectorCovers(outer.namespaceSelector, inner.namespaceSelector);
}

/** The same for peers of an administrator's policy. */
export function adminPeerCovers(outer: AdminPeer, inner: AdminPeer): boolean {
  if (outer.kind === "networks" || inner.kind === "networks") {
    if (outer.kind !== "networks" || inner.kind !== "networks") return false;
    return inner.prefixes.every((range) => outer.prefixes.some((other) => holds(other, range)));
  }
  const [outerPods, innerPods] = [podSelectorOf(outer), podSelectorOf(inner)];
  return selectorCovers(namespacesOf(outer), namespacesOf(inner)) && selectorCovers(outerPods, innerPods);
}

type AdminPods = Exclude<AdminPeer, { kind: "networks" }>;

function namespacesOf(peer: AdminPods): LabelSelector {
  return peer.kind === "namespaces" ? peer.selector : peer.namespaceSelector;
}

function podSelectorOf(peer: AdminPods): LabelSelector {
  return peer.kind === "namespaces" ? SELECT_ALL : peer.podSelector;
}

/** Whether the ports of a rule hold those of another. */
export function portsCover(outer: readonly PolicyPort[] | null, inner: readonly PolicyPort[] | null): boolean {
  if (outer === null) return true;
  return inner !== null && inner.every((port) => outer.some((other) => portCovers(other, port)));
}

function portCovers(outer: PolicyPort, inner: PolicyPort): boolean {
  if (outer.protocol !== inner.protocol) return false;
  if (outer.port === null) return true;
  if (typeof outer.port === "string" || typeof inner.port === "string") return outer.port === inner.port;
  if (inner.port === null) return false;
  return outer.port <= inner.port && (inner.endPort ?? inner.port) <= (outer.endPort ?? outer.port);
}

/** Whether the exceptions leave nothing of a range. */
export function isAllExcepted(range: Ipv4Prefix, except: readonly Ipv4Prefix[]): boolean {
  if (except.some((other) => holds(other, range))) return true;
  const inside = except.filter((other) => holds(range, other));
  if (range.length === 32 || inside.length === 0) return false;
  const length = range.length + 1;
  const upper = (range.address | (1 << (32 - length))) >>> 0;
  return [range.address, upper].every((address) => isAllExcepted({ address, length }, inside));
}
